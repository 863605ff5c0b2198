"""A supplement against upper levels, and when magnesium asks for care."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from epsom.people.reference_intakes import BODIES, find_reference
from epsom.people.status.facts import Facts

LIMITS = ("UL", "GL")


@dataclass(frozen=True)
class Limit:
    """Compare a supplement [mg/d] with the upper (UL) or guidance level (GL) of one body."""

    body: str
    kind: str
    limit: float
    dose: float
    planned: bool
    above: bool
    source: str
    confidence: str


@dataclass(frozen=True)
class Caution:
    """Name a reason for care: what to do is ``block``, ``doctor``, ``separate`` or ``monitor``."""

    id: str
    action: str
    source: str
    confidence: str


def limits_of(facts: Facts) -> list[Limit]:
    """Compare what is taken, and what is planned on top of it, with each body's level."""
    found = []
    now = 0.0 if math.isnan(facts.supplement) else facts.supplement
    doses = [(now, False)] if now > 0 else []
    if facts.planned > 0:
        doses.append((now + facts.planned, True))
    for dose, planned in doses:
        for body in BODIES:
            r = find_reference(body, LIMITS, facts.age, facts.sex, facts.state)
            if r is not None:
                above = dose > r.mg_per_day
                found.append(Limit(body, r.kind, r.mg_per_day, dose, planned, above, r.source, r.confidence))
    return found


@cache
def caution_rules() -> tuple[Mapping[str, Any], ...]:
    """Read the rules of care."""
    text = files("epsom.people").joinpath("data", "cautions.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["caution"])


@cache
def caution_words() -> Mapping[str, str]:
    """Return word for a medicine or condition -> id of its caution."""
    return {word: rule["id"] for rule in caution_rules() for word in rule.get("words", ())}


def cautions_of(facts: Facts) -> list[Caution]:
    """Return the cautions that hold for a person, the gravest first."""
    order = ("block", "doctor", "separate", "monitor")
    found = [
        Caution(rule["id"], rule["action"], rule["source"], rule["confidence"])
        for rule in caution_rules()
        if _holds(rule, facts) and (rule["when"] == "always" or facts.takes_supplement)
    ]
    return sorted(found, key=lambda caution: order.index(caution.action))


def _holds(rule: Mapping[str, Any], facts: Facts) -> bool:
    if rule["id"] in facts.listed:
        return True
    flags = [rule[key] for key in ("flag", "or_flag") if key in rule]
    if any(facts.flags.get(name) == 1.0 for name in flags):
        return True
    if rule.get("field") == "egfr":
        return bool(rule.get("at_least", -math.inf) <= facts.egfr < rule["below"])
    return False
