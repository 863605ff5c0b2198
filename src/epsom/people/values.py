"""Check one fact: is it a number, is it plausible, does it look like another unit?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from epsom.base.errors import EpsomError, Problem
from epsom.people.fields import SUFFIXES, Named, PersonField

YES_WORDS = frozenset({"1", "true", "yes", "ja", "y", "j", "1.0"})
NO_WORDS = frozenset({"0", "false", "no", "nee", "n", "0.0"})
UNKNOWN_WORDS = frozenset({"", "na", "nan", "unknown", "onbekend", "none", "null"})


def is_unknown(value: Any) -> bool:
    """Tell whether a cell says that the fact is not known (empty, NA, unknown)."""
    return value is None or (isinstance(value, str) and value.strip().lower() in UNKNOWN_WORDS)


def flag(name: str, value: Any) -> float:
    """Read yes or no as 1.0 or 0.0.

    Raises
    ------
    EpsomError
        ``E-FLAG`` when the value is neither.
    """
    word = str(value).strip().lower()
    if word in YES_WORDS or word in NO_WORDS:
        return 1.0 if word in YES_WORDS else 0.0
    raise EpsomError(Problem("E-FLAG", field=name, value=value, expected="yes, no"))


def choice(spec: PersonField, value: Any) -> str:
    """Read a named value such as a sex or a compound, in Dutch or English.

    Raises
    ------
    EpsomError
        ``E-CHOICE`` when the word is not known.
    """
    word = str(value).strip().lower().replace("-", "_")
    word = spec.words.get(word, word)
    if word not in spec.choices:
        raise EpsomError(Problem("E-CHOICE", field=spec.name, value=value, expected=", ".join(spec.choices)))
    return word


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool):
        raise EpsomError(Problem("E-NUMBER", field=name, value=value))
    if isinstance(value, str):
        decimal_comma = value.count(",") == 1 and "." not in value
        text = value.strip().replace(",", ".") if decimal_comma else value.strip()
        try:
            number = float(text)
        except ValueError:
            raise EpsomError(Problem("E-NUMBER", field=name, value=value)) from None
    else:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise EpsomError(Problem("E-NUMBER", field=name, value=value)) from None
    if not math.isfinite(number):
        raise EpsomError(Problem("E-NUMBER", field=name, value=value))
    return number


def number(name: str, named: Named, value: Any) -> float:
    """Read a number in the unit of ``name`` and return it in the canonical unit.

    Raises
    ------
    EpsomError
        ``E-NUMBER`` when it is no finite number, ``E-RANGE`` when it is implausible, and
        ``E-RANGE-UNIT`` when it would be plausible in another unit: then the error asks.
    """
    given = _number(name, value)
    spec, canonical = named.field, _number(name, value) * named.factor
    if spec.low <= canonical <= spec.high:
        return canonical
    low, high = spec.low / named.factor, spec.high / named.factor
    fault = Problem(
        "E-RANGE",
        field=name,
        value=given,
        unit=named.unit,
        expected=f"{low:.4g} – {high:.4g} {named.unit}".strip(),
    )
    for unit, factor in _other_units(named):
        if spec.low <= given * factor <= spec.high:
            meant = given * factor / named.factor
            details = {"other_unit": unit, "meant": float(f"{meant:.4g}")}
            raise EpsomError(replace(fault, code="E-RANGE-UNIT", details=details))
    raise EpsomError(fault)


def _other_units(named: Named) -> list[tuple[str, float]]:
    units = [(named.field.unit, 1.0)]
    for alias, factor in named.field.also.items():
        units.append((next(SUFFIXES[s] for s in SUFFIXES if alias.endswith(f"_{s}")), factor))
    return [(unit, factor) for unit, factor in units if unit != named.unit]
