"""The number that a record holds, whatever its type, for lists and filters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from epsom.evidence.base.load import Base
from epsom.evidence.base.records import Animal, Contrast, DoseStudy, Level, Marker, Published, Record, Trial

Z95 = 1.959963984540054


def bounds(estimate: float | None, se: float | None) -> tuple[float | None, float | None]:
    """Return the 95 % interval of an estimate with a standard error [same unit]."""
    if estimate is None or se is None:
        return None, None
    return estimate - Z95 * se, estimate + Z95 * se


def log_se(low: float, high: float) -> float:
    """Return the standard error of a log ratio from its 95 % interval [-].

    Examples
    --------
    >>> round(log_se(0.67, 0.88), 4)
    0.0696
    """
    return (math.log(high) - math.log(low)) / (2 * Z95)


def printed(record: Record, base: Base) -> tuple[float | None, float | None, float | None]:
    """Return estimate and interval of a record; of a dose study, highest against lowest."""
    if isinstance(record, Contrast):
        return record.ratio, record.low, record.high
    if isinstance(record, Trial):
        low, high = record.low, record.high
        return (
            (record.estimate, low, high)
            if low is not None
            else (record.estimate, *bounds(record.estimate, record.se))
        )
    if isinstance(record, Published):
        return record.estimate, record.low, record.high
    if isinstance(record, DoseStudy):
        return _extremes(base.levels_of.get(record.id, ()))
    return None, None, None


def _extremes(levels: Sequence[Level]) -> tuple[float | None, float | None, float | None]:
    """Return the ratio of the level farthest from the reference, as more against less magnesium."""
    known = [level for level in levels if not level.reference and level.low is not None]
    if not known:
        return None, None, None
    reference = next((level.category for level in levels if level.reference), 1)
    far = max(known, key=lambda level: abs(level.category - reference))
    if far.category > reference or far.ratio is None or far.low is None or far.high is None:
        return far.ratio, far.low, far.high
    return 1 / far.ratio, 1 / far.high, 1 / far.low


def plain(record: Record, base: Base) -> dict[str, Any]:
    """Return a record as plain values with its publication, ready for JSON."""
    found = asdict(record)
    source = base.source_of.get(record.source)
    found["type"] = type(record).__name__
    found["publication"] = asdict(source) if source else None
    if isinstance(record, DoseStudy):
        found["levels"] = [asdict(level) for level in base.levels_of.get(record.id, ())]
    return found


def flat(record: Record, base: Base) -> dict[str, Any]:
    """Return a record as one row that every type shares, for CSV."""
    estimate, low, high = printed(record, base)
    numbers = {"estimate": estimate, "low": low, "high": high, "words": words_only(record)}
    shared = {field.name: getattr(record, field.name) for field in fields(Record)}
    note = shared.pop("note")
    return {**shared, **numbers, "note": note}


def words_only(record: Record) -> str:
    """Return what a record says without a number, if that is all it says."""
    if isinstance(record, Marker):
        return record.effect
    if isinstance(record, Animal):
        return record.value
    return getattr(record, "words", "")
