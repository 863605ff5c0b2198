"""The intervention: what changes in diet or supplements, for how long, and what is assumed about it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epsom.base.arrays import FloatArray, IntArray
from epsom.people.people import People


@dataclass(frozen=True)
class Defaults:
    """Hold what is assumed about a plan that leaves something open."""

    compound: str = "citrate"
    doses_per_day: float = 2.0
    with_meals: float = 1.0
    years: float = 10.0


@dataclass(frozen=True)
class Plan:
    """Hold the plan of each person as columns (n,).

    ``new_intake`` [mg/day] is NaN where the diet stays; ``assumed`` names what was not stated by all.
    """

    supplement: FloatArray
    compound: NDArray[np.str_]
    dissolved: FloatArray
    doses: FloatArray
    with_meals: FloatArray
    new_intake: FloatArray
    years: FloatArray
    assumed: tuple[str, ...]

    def take(self, where: IntArray) -> Plan:
        """Return the plans of the chosen people, in their order."""
        columns = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "assumed"}
        return Plan(**{name: column[where] for name, column in columns.items()}, assumed=self.assumed)


@cache
def compounds() -> Mapping[str, Mapping[str, Any]]:
    """Return the compounds with the share that dissolves and its source.

    Examples
    --------
    >>> compounds()["oxide"]["dissolved"]
    0.6
    """
    text = files("epsom.people").joinpath("data", "compounds.toml").read_text("utf-8")
    return {name: record for name, record in tomllib.loads(text).items() if name != "schema"}


def plan_of(people: People, defaults: Defaults | None = None) -> Plan:
    """Complete the plan of each person with stated defaults."""
    base = defaults or Defaults()
    fallback = {
        "supplement_mg_per_day": 0.0,
        "doses_per_day": base.doses_per_day,
        "with_meals": base.with_meals,
        "years": base.years,
    }
    numbers = {n: np.where(np.isnan(people.numbers[n]), v, people.numbers[n]) for n, v in fallback.items()}
    assumed = [n for n in fallback if n != "supplement_mg_per_day" and np.isnan(people.numbers[n]).any()]
    words = people.words["compound"]
    compound = np.where(words == "", base.compound, words)
    if (words == "").any():
        assumed.append("compound")
    return Plan(
        supplement=numbers["supplement_mg_per_day"],
        compound=compound,
        dissolved=np.array([float(compounds()[name]["dissolved"]) for name in compound]),
        doses=numbers["doses_per_day"],
        with_meals=numbers["with_meals"],
        new_intake=people.numbers["new_intake_mg_per_day"],
        years=numbers["years"],
        assumed=tuple(assumed),
    )
