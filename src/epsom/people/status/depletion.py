"""The depletion score of one person, as a range where something is not known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from epsom.people.depletion_score import depletion_parts, status_rules
from epsom.people.status.facts import Facts

_MOST = {"diuretic": 1.0, "ppi": 1.0, "kidney": 2.0, "alcohol": 1.0}
_DIURETICS = ("thiazide", "loop_diuretic", "k_sparing_diuretic")


@dataclass(frozen=True)
class Depletion:
    """Hold the score: its least and most value, points by domain (NaN unknown), its group when certain."""

    least: int
    most: int
    parts: dict[str, float]
    group: str | None

    @property
    def known(self) -> bool:
        """Tell whether every domain is known."""
        return self.least == self.most


def depletion_of(facts: Facts) -> Depletion | None:
    """Return a person's Magnesium Depletion Score, or None under 20 years.

    A diuretic that is known to be used counts even when others were not asked.
    """
    rule = status_rules()["depletion_score"]
    if facts.age < rule["least_age"]:
        return None
    asked = [facts.flags.get(name, math.nan) for name in _DIURETICS]
    used = 1.0 if 1.0 in asked else math.nan if any(math.isnan(x) for x in asked[:2]) else 0.0
    points = depletion_parts(
        used, facts.flags.get("ppi", math.nan), facts.egfr, facts.drinks, facts.sex == "female"
    )
    parts = {name: float(value) for name, value in points.items()}
    least = sum(0.0 if math.isnan(p) else p for p in parts.values())
    most = sum(_MOST[name] if math.isnan(p) else p for name, p in parts.items())
    groups = [_group(score, rule["groups"]) for score in (least, most)]
    return Depletion(int(least), int(most), parts, groups[0] if groups[0] == groups[1] else None)


def _group(score: float, groups: list[dict[str, object]]) -> str:
    return next(str(g["name"]) for g in groups if score <= float(str(g["most"])))
