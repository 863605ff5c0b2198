"""The virtual participants of a trial: stratified draws around the published population."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from statistics import NormalDist
from typing import Any

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.people.draws import uniform
from epsom.people.fields import person_fields
from epsom.people.people import People
from epsom.people.typical import Complete, complete
from epsom.study.trial.file import Spread, Trial
from epsom.study.trial.read import SHARES


@cache
def _silent() -> dict[str, Any]:
    text = files("epsom.study.trial").joinpath("population.toml").read_text("utf-8")
    return {name: record for name, record in tomllib.loads(text).items() if name != "schema"}


def _strata(seed: int, n: int, decision: str) -> FloatArray:
    """Return one probability per person (n,): the middles of n equal parts, in an addressed random order."""
    order = np.argsort(np.argsort(uniform(seed, np.arange(n), 0, decision)))
    return (order + 0.5) / n


def _normal(probability: FloatArray) -> FloatArray:
    inverse = NormalDist().inv_cdf
    return np.array([inverse(float(p)) for p in probability])


def participants(trial: Trial, n: int, seed: int) -> tuple[Complete, tuple[str, ...]]:
    """Draw virtual participants.

    Parameters
    ----------
    trial
        The experiment; facts that it does not describe are typical for age and sex, with the
        between-person spread of ``population.toml`` where that lists one.
    n
        How many to draw.
    seed
        Seed of the addressed draws.

    Returns
    -------
    facts, assumed
        Complete facts (n,), and the names of what the file does not describe.
    """
    z = {name: _normal(_strata(seed, n, f"trial:{trial.id}:{name}")) for name in person_fields()}
    numbers = {name: np.full(n, np.nan) for name, spec in person_fields().items() if not spec.choices}
    for name in ("age_years", "intake_mg_per_day"):
        spread = trial.population.get(name, Spread(_silent()[name]["mean"], _silent()[name]["sd"]))
        numbers[name] = _within(name, spread, z[name])
    for name, spread in trial.population.items():
        numbers[name] = _within(name, spread, z[name])
    shares = {**_silent()["shares"], **trial.shares}
    for name in SHARES[1:]:
        chosen = _strata(seed, n, f"trial:{trial.id}:{name}") < shares.get(name, 0.0)
        numbers[name] = np.where(chosen, 1.0, 0.0)
    women = _strata(seed, n, f"trial:{trial.id}:female") < shares["female"]
    words = {name: np.full(n, "", dtype=np.str_) for name, spec in person_fields().items() if spec.choices}
    words["sex"] = np.where(women, "female", "male")
    people = People(tuple(map(str, range(n))), numbers, words, ((),) * n)
    typical = complete(people).values
    for name, record in _silent().items():
        if "mean" not in record and "sd" in record and name not in trial.population:
            spread = Spread(0.0, float(record["sd"]))
            numbers[name] = typical[name] + spread.sd * z[name]
    facts = complete(People(people.ids, numbers, words, people.problems))
    described = set(trial.population) | set(trial.shares)
    silent = [name for name in (*facts.assumed, "age_years", "intake_mg_per_day") if name not in described]
    return facts, tuple(dict.fromkeys(silent))


def _within(name: str, spread: Spread, z: FloatArray) -> FloatArray:
    spec = person_fields()[name]
    low, high = max(spread.low, spec.low), min(spread.high, spec.high)
    return np.clip(spread.mean + spread.sd * z, low, high)
