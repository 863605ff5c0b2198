"""Serum magnesium by several conventions, and the loading test."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from epsom.people.depletion_score import status_rules
from epsom.people.status.facts import Facts


@dataclass(frozen=True)
class Reading:
    """Hold what one convention says: ``low``, ``latent``, ``normal``, ``high``; or ``retained``."""

    convention: str
    reading: str
    limit: str
    source: str
    confidence: str


def serum_readings(facts: Facts) -> list[Reading]:
    """Read serum magnesium by each convention that holds for the person's sex.

    Examples
    --------
    >>> [r.reading for r in serum_readings(Facts("a", "female", 50.0, serum=0.72))]
    ['normal', 'low', 'low', 'normal', 'low']
    """
    if math.isnan(facts.serum):
        return []
    rules = [rule for rule in status_rules()["serum"] if rule.get("sex", facts.sex) == facts.sex]
    return [
        Reading(rule["name"], _serum(facts.serum, rule), _limit(rule), rule["source"], rule["confidence"])
        for rule in rules
    ]


def _serum(value: float, rule: Mapping[str, Any]) -> str:
    if value < rule.get("low_below", -math.inf) or value <= rule.get("low_at", -math.inf):
        return "low"
    if value < rule.get("latent_below", -math.inf):
        return "latent"
    return "high" if value > rule.get("high_above", math.inf) else "normal"


def _limit(rule: Mapping[str, Any]) -> str:
    parts = [f"<{rule['low_below']:.2f}" if "low_below" in rule else f"≤{rule['low_at']:.2f}"]
    if "latent_below" in rule:
        parts.append(f"<{rule['latent_below']:.2f}")
    if "high_above" in rule:
        parts.append(f">{rule['high_above']:.3g}")
    return " ".join(parts)


def retention(dose: float, urine_before: float, urine_after: float) -> float:
    """Return the share of an infused dose that stayed in the body [%].

    100 x (1 - (urine after - urine before) / dose), all in the same unit.

    Examples
    --------
    >>> retention(32.0, 4.0, 28.0)
    25.0
    """
    return 100.0 * (1.0 - (urine_after - urine_before) / dose)


def loading_readings(facts: Facts) -> tuple[float, list[Reading]] | None:
    """Return the retained share [%] and its readings, or None without a test."""
    if math.isnan(facts.dose + facts.urine_before + facts.urine_after):
        return None
    kept = retention(facts.dose, facts.urine_before, facts.urine_after)
    readings = [
        Reading(
            rule["name"],
            "retained" if kept > rule["normal_to"] else "normal",
            f">{rule['normal_to']:g} %",
            rule["source"],
            rule["confidence"],
        )
        for rule in status_rules()["loading"]
    ]
    return kept, readings
