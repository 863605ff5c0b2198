"""What the scores can read: fields, their units, what a living adult can show, other spellings.

A key is a field and its unit, ``sbp_mmhg``. The table is ``data/fields.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_DATA = "epsom.risk.data"


@dataclass(frozen=True)
class Field:
    """Describe one thing about a person.

    Parameters
    ----------
    name
        Name without unit.
    kind
        ``number``, ``flag`` (0 or 1) or ``choice``.
    choices
        Allowed words of a choice; a code is an index into them.
    units
        Unit -> lowest and highest possible value in that unit.
    convert
        Name of the conversion between the two units, if there are two.
    """

    name: str
    kind: str
    choices: tuple[str, ...] = ()
    units: Mapping[str, tuple[float, float]] | None = None
    convert: str | None = None

    def key(self, unit: str) -> str:
        """Return the key of this field in ``unit``."""
        return f"{self.name}_{unit}" if unit else self.name

    @property
    def keys(self) -> tuple[str, ...]:
        """Return all keys under which the field can be given."""
        return tuple(self.key(unit) for unit in self.units or ("",))


@dataclass(frozen=True)
class Key:
    """Name a field in one unit, with the other unit's key where there is one."""

    name: str
    field: Field
    unit: str

    @property
    def possible(self) -> tuple[float, float]:
        """Return the lowest and highest possible value [unit]."""
        return (0.0, 1.0) if self.field.units is None else self.field.units[self.unit]

    @property
    def unit_name(self) -> str:
        """Return the unit as people write it, empty where there is none."""
        name: str = _table()["unit_names"].get(self.unit, "")
        return name

    @property
    def twin(self) -> Key | None:
        """Return the key of the same field in the other unit."""
        others = [unit for unit in self.field.units or () if unit != self.unit]
        return key(self.field.key(others[0])) if others else None


@dataclass(frozen=True)
class Conversion:
    """Convert between two units: value in ``of`` = ``factor`` times value in ``per``."""

    of: str
    per: str
    factor: float

    def to(self, unit: str) -> float:
        """Return the factor that brings a value from the other unit to ``unit``."""
        return self.factor if unit == self.of else 1.0 / self.factor


@cache
def _table() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(files(_DATA).joinpath("fields.json").read_text(encoding="utf-8"))
    return loaded


@cache
def keys() -> Mapping[str, Key]:
    """Return every key that a score may read."""
    found: dict[str, Key] = {}
    for name, entry in _table()["fields"].items():
        units = {unit: (low, high) for unit, (low, high) in entry.get("units", {}).items()} or None
        field = Field(name, entry["kind"], tuple(entry.get("choices", ())), units, entry.get("convert"))
        found |= {field.key(unit): Key(field.key(unit), field, unit) for unit in units or ("",)}
    return found


def key(name: str) -> Key:
    """Return one key by its canonical name."""
    return keys()[name]


def canonical(name: str) -> str | None:
    """Return the canonical key for a name or one of its other spellings, None if unknown.

    Examples
    --------
    >>> canonical("tc_mg_dl"), canonical("shoe_size")
    ('total_cholesterol_mg_per_dl', None)
    """
    if name in keys():
        return name
    alias: str | None = _table()["aliases"].get(name)
    return alias


def also_spelled(name: str) -> tuple[str, ...]:
    """Return the other spellings of a key."""
    return tuple(alias for alias, at in _table()["aliases"].items() if at == name)


@cache
def spellings() -> tuple[str, ...]:
    """Return every name that is understood, canonical names first."""
    return (*keys(), *_table()["aliases"])


@cache
def conversion(name: str) -> Conversion:
    """Return a conversion by name."""
    entry = _table()["conversions"][name]
    return Conversion(entry["of"], entry["per"], float(entry["factor"]))


@dataclass(frozen=True)
class Pair:
    """State that one field of a person lies below another: always (``impossible``), or as a rule."""

    lower: str
    upper: str
    impossible: bool


@cache
def pairs() -> tuple[Pair, ...]:
    """Return the pairs of fields of which one must lie below the other."""
    return tuple(Pair(**entry) for entry in _table()["pairs"])
