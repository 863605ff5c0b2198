"""The facts that describe a person: names, units, plausible ranges, accepted other units."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

SUFFIXES = {
    "mg_per_day": "mg/day",
    "mmol_per_day": "mmol/day",
    "mmol_per_l": "mmol/L",
    "mg_per_dl": "mg/dL",
    "meq_per_l": "mEq/L",
    "pmol_per_l": "pmol/L",
    "umol_per_l": "µmol/L",
    "pg_per_ml": "pg/mL",
    "mg_per_l": "mg/L",
    "kpa": "kPa",
    "m": "m",
}


@dataclass(frozen=True)
class PersonField:
    """Describe one fact.

    Parameters
    ----------
    name
        Canonical name, with the unit as suffix.
    group
        ``required``, ``main``, ``detail``, ``flag`` (yes or no), ``plan`` or ``plan_flag`` (the
        intervention).
    unit, low, high, digits
        Canonical unit, plausible range, decimals worth showing.
    also
        Accepted name in another unit -> factor to the canonical unit.
    choices, words
        For a fact with named values: the names, and words that mean one of them.
    """

    name: str
    group: str = "detail"
    unit: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    digits: int = 0
    also: Mapping[str, float] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_flag(self) -> bool:
        """Tell whether the fact is yes or no."""
        return self.group in ("flag", "plan_flag")

    @property
    def is_plan(self) -> bool:
        """Tell whether the fact belongs to the intervention rather than to the person."""
        return self.group.startswith("plan")


@dataclass(frozen=True)
class Named:
    """Tell what a name in a file stands for: the field, the unit it is given in, the factor."""

    field: PersonField
    unit: str
    factor: float


@cache
def person_fields() -> Mapping[str, PersonField]:
    """Return all fields by canonical name.

    Examples
    --------
    >>> person_fields()["age_years"].unit
    'years'
    """
    text = files("epsom.people").joinpath("data", "fields.toml").read_text("utf-8")
    records = {name: record for name, record in tomllib.loads(text).items() if name != "schema"}
    return {
        name: PersonField(name=name, **{**record, "choices": tuple(record.get("choices", ()))})
        for name, record in records.items()
    }


@cache
def accepted_names() -> Mapping[str, Named]:
    """Return every name that a file may use, in canonical and in other units."""
    found: dict[str, Named] = {}
    for spec in person_fields().values():
        found[spec.name] = Named(spec, spec.unit, 1.0)
        for alias, factor in spec.also.items():
            suffix = next(s for s in SUFFIXES if alias.endswith(f"_{s}"))
            found[alias] = Named(spec, SUFFIXES[suffix], factor)
    return found


def nearest_name(name: str) -> str | None:
    """Return the accepted name most like ``name``, if any is close."""
    close = difflib.get_close_matches(name.lower(), list(accepted_names()), n=1, cutoff=0.6)
    return close[0] if close else None
