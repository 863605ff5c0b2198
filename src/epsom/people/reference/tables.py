"""The tables behind a reference population: marginals by sex and age, and how the facts hang together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from scipy.special import ndtri

from epsom.base.arrays import FloatArray
from epsom.base.errors import problem

COUNTRIES = ("USA", "Netherlands")
SEXES = ("male", "female")
_RAREST = 1e-4  # a share of nobody in a small group of the survey is taken as one in ten thousand
_DATA = "epsom.people.reference"


@dataclass(frozen=True)
class Marginal:
    """Hold the distribution of one fact.

    Parameters
    ----------
    quantiles
        Values at the nodes, or their logarithms [unit of the fact] (sex, age group, node).
    log
        Whether logarithms are stored.
    """

    quantiles: FloatArray
    log: bool


@dataclass(frozen=True)
class Serum:
    """Say how serum magnesium is made: mean and SD per sex, and what moves it within them.

    Parameters
    ----------
    mean, sd
        Of all people [mmol/L] (sex,).
    shifts
        Flag -> shift of those who have it [mmol/L].
    per_100_mg
        Rise for 100 mg/day more magnesium, food and supplement together [mmol/L].
    up_to_mg
        Intake above which serum rises no further, since absorption and kidney see to that [mg/day].
    moved_mean, moved_sd
        Mean and SD of the sum of these moves in the population [mmol/L] (sex,).
    """

    mean: FloatArray
    sd: FloatArray
    shifts: Mapping[str, float]
    per_100_mg: float
    up_to_mg: float
    moved_mean: FloatArray
    moved_sd: FloatArray


@dataclass(frozen=True)
class Reference:
    """Hold everything from which people of one country are drawn.

    Parameters
    ----------
    country
        ``USA`` or ``Netherlands``.
    nodes
        Normal scores at which the marginals are tabled (node,).
    middle_ages
        Age at the middle of each group [years] (age group,).
    female
        Share of women.
    first_age, ages
        Lowest age [years], and the share of each age upwards (sex, age).
    continuous
        Fact -> its marginal.
    flags
        Fact -> hidden score above which somebody has it (sex, age group).
    supplements
        Daily supplement of users at the nodes, logarithms [mg/day] (sex, node).
    order
        Facts in the order of the hidden scores.
    factor
        Lower Cholesky factor of the correlation of the hidden scores (sex, fact, fact).
    serum
        How serum magnesium is made.
    origin
        Source, ranges and borrowed facts, for those who ask.
    """

    country: str
    nodes: FloatArray
    middle_ages: FloatArray
    female: float
    first_age: int
    ages: FloatArray
    continuous: Mapping[str, Marginal]
    flags: Mapping[str, FloatArray]
    supplements: FloatArray
    order: tuple[str, ...]
    factor: FloatArray
    serum: Serum
    origin: Mapping[str, Any]


def _load(name: str) -> dict[str, Any]:
    text = files(_DATA).joinpath("data", f"{name}.json").read_text(encoding="utf-8")
    record: dict[str, Any] = json.loads(text)
    return record


def _by_sex(record: Mapping[str, Any]) -> FloatArray:
    return np.array([record[sex] for sex in SEXES], dtype=np.float64)


def _marginal(entry: Mapping[str, Any], groups: int) -> Marginal:
    values = np.array(entry["quantiles"], dtype=np.float64).reshape(len(SEXES), groups, -1)
    return Marginal(np.log(values) if entry["log"] else values, bool(entry["log"]))


def _serum(entry: Mapping[str, Any]) -> Serum:
    both = {key: np.array([entry["by_sex"][sex][key] for sex in SEXES]) for key in ("mean", "sd")}
    moved = {key: np.array([entry["moved"][sex][key] for sex in SEXES]) for key in ("mean", "sd")}
    return Serum(
        mean=both["mean"],
        sd=both["sd"],
        shifts=entry["shifts"],
        per_100_mg=entry["per_100_mg_intake"],
        up_to_mg=entry["up_to_mg_intake"],
        moved_mean=moved["mean"],
        moved_sd=moved["sd"],
    )


@cache
def reference(country: str) -> Reference:
    """Read the tables of one country.

    Raises
    ------
    EpsomError
        ``E-COUNTRY`` for a country without a reference population.

    Examples
    --------
    >>> reference("Netherlands").female > 0.5
    True
    """
    if country not in COUNTRIES:
        raise problem("E-COUNTRY", value=country, expected=", ".join(COUNTRIES))
    d, dependence = _load(country.lower()), _load("dependence")
    groups = len(d["age_from"])
    shares = {name: np.array(rows).reshape(len(SEXES), groups) for name, rows in d["flags"].items()}
    rare = {name: np.clip(share, _RAREST, 1.0 - _RAREST) for name, share in shares.items()}
    # A fact that this country lacks keeps its place in the hidden scores and is simply not shown.
    return Reference(
        country=country,
        nodes=np.array(d["nodes"]),
        middle_ages=np.array(d["age_from"]) + 5.0,
        female=float(d["ages"]["female"]),
        first_age=int(d["ages"]["first"]),
        ages=_by_sex(d["ages"]["share"]),
        continuous={name: _marginal(entry, groups) for name, entry in d["continuous"].items()},
        flags={name: np.asarray(-ndtri(share)) for name, share in rare.items()},
        supplements=np.log(_by_sex(d["supplement_mg_per_day"])),
        order=tuple(dependence["order"]),
        factor=np.asarray(np.linalg.cholesky(_by_sex(dependence["correlation"])), dtype=np.float64),
        serum=_serum(d["serum_mg_mmol_per_l"]),
        origin={key: d[key] for key in ("source", "ranges", "borrowed")},
    )
