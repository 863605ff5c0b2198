"""Draw people from a reference population: each person depends on the seed and their own number only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from epsom.base.arrays import FloatArray, IntArray
from epsom.people.draws import standard_normal, uniform
from epsom.people.fields import person_fields
from epsom.people.reference.tables import SEXES, Marginal, Reference

# A diastolic pressure nearer than this to the systolic one is a stray draw, not a person [mmHg].
SMALLEST_PULSE = 15.0
_BLOCK = 16384  # people at a time: the hidden scores of a block stay in the processor's cache
_LARGEST_HDL_SHARE = 0.8  # HDL is a part of total cholesterol


class Place:
    """Say where people stand in the tables: sex (0 male, 1 female) and place between age groups (n,)."""

    def __init__(self, reference: Reference, sex: npt.NDArray[np.intp], age: FloatArray) -> None:
        middle = reference.middle_ages
        place = np.clip(np.interp(age + 0.5, middle, np.arange(len(middle))), 0.0, len(middle) - 1.0)
        self.sex = sex
        self.age = age
        self.group = np.minimum(place.astype(np.intp), len(middle) - 2)
        self.toward = place - self.group

    def between(self, table: FloatArray) -> FloatArray:
        """Interpolate a table (sex, age group) at each person's age (n,)."""
        low, high = table[self.sex, self.group], table[self.sex, self.group + 1]
        return np.asarray(low + self.toward * (high - low))


class _Person(Place):
    """Keep what the steps share about people 0..n: sex, age, place between age groups, hidden scores."""

    def __init__(self, reference: Reference, seed: int, persons: IntArray) -> None:
        draw = {d: uniform(seed, persons, 0, f"reference:{d}") for d in ("sex", "age")}
        sex = (draw["sex"] < reference.female).astype(np.intp)
        super().__init__(reference, sex, age_at(reference, sex, draw["age"]))
        self.scores = _hidden_scores(reference, seed, persons, self.sex)


def age_at(reference: Reference, sex: npt.NDArray[np.intp], probability: FloatArray) -> FloatArray:
    """Return the age [years] below which a share ``probability`` of a sex is (n,)."""
    steps = np.cumsum(reference.ages, axis=1)
    ages = np.empty(len(sex))
    for code in range(len(SEXES)):
        mine = sex == code
        found = np.searchsorted(steps[code] / steps[code, -1], probability[mine], side="right")
        ages[mine] = reference.first_age + np.minimum(found, steps.shape[1] - 1)
    return ages


def _hidden_scores(
    reference: Reference, seed: int, persons: IntArray, sex: npt.NDArray[np.intp]
) -> dict[str, FloatArray]:
    """Return correlated standard normal scores, one a fact (n,).

    Sums are taken term by term, so that a person's numbers do not depend on how many are drawn.
    """
    free = [standard_normal(seed, persons, 0, f"reference:{name}") for name in reference.order]
    scores = {name: np.zeros(len(persons)) for name in reference.order}
    for code, factor in enumerate(reference.factor):
        mine = np.flatnonzero(sex == code)
        own = [score[mine] for score in free]
        for i, name in enumerate(reference.order):
            total = factor[i, 0] * own[0]
            for j in range(1, i + 1):
                total += factor[i, j] * own[j]
            scores[name][mine] = total
    return scores


def _node(reference: Reference, score: FloatArray) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Return the node below each score and the distance to it in steps, within the table (n,)."""
    nodes = reference.nodes
    place = np.clip((score - nodes[0]) / (nodes[1] - nodes[0]), 0.0, len(nodes) - 1.0)
    below = np.minimum(place.astype(np.intp), len(nodes) - 2)
    return below, place - below


def value_at(reference: Reference, place: Place, marginal: Marginal, score: FloatArray) -> FloatArray:
    """Look up a fact by hidden score and age (n,); linear between nodes and between age groups."""
    below, beyond = _node(reference, score)
    low, high = marginal.quantiles[..., :-1], marginal.quantiles[..., 1:]
    at = [
        low[place.sex, group, below] * (1.0 - beyond) + high[place.sex, group, below] * beyond
        for group in (place.group, place.group + 1)
    ]
    value: FloatArray = at[0] + place.toward * (at[1] - at[0])
    return np.exp(value) if marginal.log else value


def _flag(person: _Person, name: str, threshold: FloatArray) -> FloatArray:
    """Return 1 for those whose hidden score lies above the threshold of their age (n,)."""
    return np.asarray(person.scores[name] > person.between(threshold), dtype=np.float64)


def _supplement(
    reference: Reference, seed: int, persons: IntArray, person: _Person, user: FloatArray
) -> FloatArray:
    """Return the daily supplement [mg/day] (n,), 0 for those who take none."""
    below, beyond = _node(reference, standard_normal(seed, persons, 0, "reference:supplement"))
    low, high = reference.supplements[person.sex, below], reference.supplements[person.sex, below + 1]
    return np.asarray(user * np.exp(low + beyond * (high - low)))


def moves(reference: Reference, people: Mapping[str, FloatArray]) -> FloatArray:
    """Return how far a person's own facts move serum magnesium, before centring [mmol/L] (n,)."""
    eaten = people["intake_mg_per_day"] + people["current_supplement_mg_per_day"]
    moved = reference.serum.per_100_mg * np.minimum(eaten, reference.serum.up_to_mg) / 100.0
    for flag, shift in reference.serum.shifts.items():
        moved = moved + shift * people[flag]
    return np.asarray(moved)


def serum_at(
    reference: Reference, sex: npt.NDArray[np.intp], moved: FloatArray, score: FloatArray
) -> FloatArray:
    """Return serum magnesium [mmol/L] (n,): the published mean and SD, part of it moved by known causes.

    Parameters
    ----------
    moved
        What known causes do, from `moves` (n,).
    score
        Standard normal score of the rest (n,).
    """
    s = reference.serum
    rest = np.sqrt(s.sd**2 - s.moved_sd**2)[sex]
    return np.asarray(s.mean[sex] + moved - s.moved_mean[sex] + rest * score)


def _within_fields(people: dict[str, FloatArray]) -> None:
    """Keep each fact within what `epsom.people.fields` holds possible; changes ``people``."""
    for name, spec in person_fields().items():
        if name in people and np.isfinite(spec.low):
            people[name] = np.clip(people[name], spec.low, spec.high)


def _block(reference: Reference, seed: int, persons: IntArray) -> dict[str, npt.NDArray[Any]]:
    """Draw the people of one block; see `draw`."""
    person = _Person(reference, seed, persons)
    people: dict[str, Any] = {"age_years": person.age}
    for name, marginal in reference.continuous.items():
        people[name] = value_at(reference, person, marginal, person.scores[name])
    for name, threshold in reference.flags.items():
        people[name] = _flag(person, name, threshold)
    user = people.pop("supplement_user")
    people["current_supplement_mg_per_day"] = _supplement(reference, seed, persons, person, user)
    people["dbp_mmhg"] = np.minimum(people["dbp_mmhg"], people["sbp_mmhg"] - SMALLEST_PULSE)
    people["hdl_mmol_per_l"] = np.minimum(
        people["hdl_mmol_per_l"], _LARGEST_HDL_SHARE * people["total_cholesterol_mmol_per_l"]
    )
    people["weight_kg"] = people["bmi_kg_per_m2"] * (people["height_cm"] / 100.0) ** 2
    _within_fields(people)
    moved = moves(reference, people)
    own = standard_normal(seed, persons, 0, "reference:serum_mg")
    people["serum_mg_mmol_per_l"] = serum_at(reference, person.sex, moved, own)
    words = {"sex": np.array(SEXES)[person.sex]}
    if "black" in people:
        words["race"] = np.where(people.pop("black") == 1.0, "black", "white")
    return {**words, **people}


def draw(reference: Reference, seed: int, persons: IntArray | int) -> dict[str, npt.NDArray[Any]]:
    """Draw people.

    Parameters
    ----------
    reference
        From `epsom.people.reference.tables.reference`.
    seed
        Non-negative seed.
    persons
        Numbers of the people to draw (n,), or how many from 0.

    Returns
    -------
    dict
        Field -> values (n,): ``sex`` in words, flags as 0 or 1, the rest numbers in the units of
        their names. ``race`` is known for Americans and says white for all who are not black, as the
        pooled cohort equations do. Person 7 of a seed is the same whoever else is drawn.

    Examples
    --------
    >>> from epsom.people.reference.tables import reference
    >>> nl = reference("Netherlands")
    >>> bool(draw(nl, 1, 10)["sbp_mmhg"][7] == draw(nl, 1, np.array([7]))["sbp_mmhg"][0])
    True
    """
    numbers = np.arange(persons, dtype=np.int64) if isinstance(persons, int) else persons
    starts = range(0, max(len(numbers), 1), _BLOCK)
    blocks = [_block(reference, seed, numbers[start : start + _BLOCK]) for start in starts]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
