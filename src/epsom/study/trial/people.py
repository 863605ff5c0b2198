"""The virtual participants of a trial: as its file says, else from the reference population."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from epsom.base.arrays import FloatArray
from epsom.people.draws import uniform
from epsom.people.fields import person_fields
from epsom.people.people import People
from epsom.people.reference.conditional import age_given, other_scores, score_of, score_of_flag
from epsom.people.reference.drawing import SMALLEST_PULSE, Place, moves, serum_at, value_at
from epsom.people.reference.tables import Reference, reference
from epsom.people.typical import Complete, complete
from epsom.study.trial.file import Spread, Trial

SERUM = "serum_mg_mmol_per_l"
LDL_PARTS = ("total_cholesterol_mmol_per_l", "hdl_mmol_per_l", "triglycerides_mmol_per_l")


@dataclass(frozen=True)
class Assumed:
    """Hold a fact that the file does not describe: what was taken, and on which ground.

    ``ground`` is the country of the reference population, ``typical`` (for age and sex) or ``none``.
    """

    name: str
    mean: float
    sd: float
    ground: str


@cache
def _silent() -> Mapping[str, Any]:
    return tomllib.loads(files("epsom.study.trial").joinpath("population.toml").read_text("utf-8"))


def default_reference() -> str:
    """Return the reference population of a trial that names none."""
    return str(_silent()["reference"])


class _Scores:
    """Draw stratified scores: the middles of n equal parts, in an addressed random order."""

    def __init__(self, trial: Trial, n: int, seed: int) -> None:
        self._address = (trial.id, seed)
        self.n = n

    def probability(self, name: str) -> FloatArray:
        """Return one probability a person (n,); 0.5 for a single one."""
        trial, seed = self._address
        order = np.argsort(np.argsort(uniform(seed, np.arange(self.n), 0, f"trial:{trial}:{name}")))
        return (order + 0.5) / self.n

    def normal(self, name: str) -> FloatArray:
        """Return one standard normal score a person (n,); 0 for a single one."""
        return np.asarray(ndtri(self.probability(name)))

    def ranked(self, scores: FloatArray) -> FloatArray:
        """Return stratified normal scores in the order of ``scores`` (n,) (Iman and Conover 1982)."""
        return np.asarray(ndtri((np.argsort(np.argsort(scores)) + 0.5) / self.n))


def participants(trial: Trial, n: int, seed: int) -> tuple[Complete, tuple[Assumed, ...]]:
    """Draw virtual participants.

    Facts that the file describes have its mean and spread. Others are drawn from the reference population
    given age, sex and what is described; one participant alone has their conditional medians.

    Parameters
    ----------
    trial
        The experiment; a trial of one person (``n = 1``) has one virtual participant.
    n
        How many to draw.
    seed
        Seed of the addressed draws.

    Returns
    -------
    facts, assumed
        Complete facts (n,), and what the file does not describe.
    """
    scores = _Scores(trial, 1 if trial.n == 1 else n, seed)
    source = reference(trial.reference or default_reference())
    women = scores.probability("female") < trial.shares.get("female", source.female)
    sex = women.astype(np.intp)
    numbers = _described(trial, source, sex, scores)
    if "age_years" not in numbers:
        numbers["age_years"] = age_given(source, sex, numbers, scores.probability("age_years"))
    place = Place(source, sex, numbers["age_years"])
    drawn = _from_reference(source, place, numbers, scores)
    facts = _complete({**_silent()["none"], **drawn, **numbers}, women)
    described = set(trial.population) | set(trial.shares)
    grounds = dict.fromkeys(drawn, source.country) | dict.fromkeys(_silent()["none"], "none")
    grounds |= {"age_years": source.country, "female": source.country}
    return facts, tuple(
        Assumed(name, float(v.mean()), float(v.std()), grounds.get(name, "typical"))
        for name, v in facts.values.items()
        if name not in described and (name in grounds or name in facts.assumed)
    )


def _described(
    trial: Trial, source: Reference, sex: npt.NDArray[np.intp], scores: _Scores
) -> dict[str, FloatArray]:
    """Return what the file describes (n,), correlated between facts as in the reference population."""
    free = {name: scores.normal(name) for name in source.order}
    together = other_scores(source, sex, {}, free)
    found = {
        name: _within(
            name, spread, scores.ranked(together[name]) if name in together else scores.normal(name)
        )
        for name, spread in trial.population.items()
    }
    for name, share in trial.shares.items():
        if name != "female":
            found[name] = np.where(scores.probability(name) < share, 1.0, 0.0)
    return found


def _from_reference(
    source: Reference, place: Place, stated: Mapping[str, FloatArray], scores: _Scores
) -> dict[str, FloatArray]:
    """Draw what is not stated, given what is (n,)."""
    stated = dict(stated)
    if "weight_kg" in stated and "bmi_kg_per_m2" not in stated:
        height = value_at(source, place, source.continuous["height_cm"], scores.normal("height_cm"))
        stated["bmi_kg_per_m2"] = stated["weight_kg"] / (height / 100.0) ** 2
    known = {
        name: score_of(source, place, marginal, stated[name])
        for name, marginal in source.continuous.items()
        if name in stated
    }
    for name in source.flags:
        if name in stated:
            inside = scores.probability(f"within {name}")
            known[name] = score_of_flag(source, place, name, stated[name], inside)
    hidden = other_scores(source, place.sex, known, {name: scores.normal(name) for name in source.order})
    everything = dict(stated)
    for name, marginal in source.continuous.items():
        if name in hidden:
            everything[name] = value_at(source, place, marginal, hidden[name])
    for name, threshold in source.flags.items():
        if name in hidden:
            everything[name] = np.where(hidden[name] > place.between(threshold), 1.0, 0.0)
    _keep_apart(everything, stated)
    everything.setdefault("weight_kg", everything["bmi_kg_per_m2"] * (everything["height_cm"] / 100.0) ** 2)
    total, hdl, triglycerides = (everything[name] for name in LDL_PARTS)
    everything.setdefault("ldl_mmol_per_l", total - hdl - triglycerides / 2.2)  # Friedewald 1972
    if SERUM not in stated:
        supplement = stated.get("current_supplement_mg_per_day", np.zeros(scores.n))
        moved = moves(source, {**everything, "current_supplement_mg_per_day": supplement})
        everything[SERUM] = serum_at(source, place.sex, moved, scores.normal(SERUM))
    fresh = {name: v for name, v in everything.items() if name in person_fields() and name not in stated}
    return {name: _clipped(name, values) for name, values in fresh.items()}


def _keep_apart(everything: dict[str, FloatArray], stated: Mapping[str, FloatArray]) -> None:
    """Move a drawn pressure that comes too near to the other one; changes ``everything``."""
    sbp, dbp = everything["sbp_mmhg"], everything["dbp_mmhg"]
    if "dbp_mmhg" not in stated:
        everything["dbp_mmhg"] = np.minimum(dbp, sbp - SMALLEST_PULSE)
    elif "sbp_mmhg" not in stated:
        everything["sbp_mmhg"] = np.maximum(sbp, dbp + SMALLEST_PULSE)


def _complete(numbers: Mapping[str, FloatArray | float], women: npt.NDArray[np.bool_]) -> Complete:
    """Fill in what neither the file nor the reference population holds."""
    n = len(women)
    columns = {name: np.full(n, np.nan) for name, spec in person_fields().items() if not spec.choices}
    columns |= {name: np.zeros(n) + values for name, values in numbers.items()}
    words = {name: np.full(n, "", dtype=np.str_) for name, spec in person_fields().items() if spec.choices}
    words["sex"] = np.where(women, "female", "male")
    return complete(People(tuple(map(str, range(n))), columns, words, ((),) * n))


def _within(name: str, spread: Spread, z: FloatArray) -> FloatArray:
    spec = person_fields()[name]
    low, high = max(spread.low, spec.low), min(spread.high, spec.high)
    return np.clip(spread.mean + spread.sd * z, low, high)


def _clipped(name: str, values: FloatArray) -> FloatArray:
    spec = person_fields()[name]
    return np.clip(values, spec.low, spec.high)
