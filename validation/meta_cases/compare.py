"""Hold numbers against a reference at its stated tolerance.

A tolerance text gives a number and says what it is relative to. Values near zero are compared absolutely,
as the conventions of the file say (a between-study variance below 1e-10 means zero).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

NEAR_ZERO = 1e-10


@dataclass
class Verdict:
    """Collect the deviations of one case, as multiples of what is allowed."""

    tolerance: float
    worst: float = 0.0
    where: str = ""
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def check(
        self,
        name: str,
        found: Any,
        expected: Any,
        *,
        scale: Any = None,
        factor: float = 1.0,
        floor: float | None = None,
    ) -> None:
        """Compare numbers or arrays of numbers.

        ``scale`` replaces the expected value as the yardstick (for example a standard error); ``factor``
        multiplies the tolerance; ``floor`` is the least absolute allowance. An expected null must be met by
        NaN or None.
        """
        e, f = _array(expected), _array(found)
        if e.shape != f.shape:
            self.faults.append(f"{name}: shape {f.shape} instead of {e.shape}")
            self.worst = math.inf
            return
        missing = np.isnan(e)
        if np.any(missing != np.isnan(f)):
            self.faults.append(f"{name}: undefined values differ: {found} instead of {expected}")
            self.worst = math.inf
            return
        yard = np.abs(e) if scale is None else np.broadcast_to(np.abs(_array(scale)), e.shape)
        allowed = np.maximum(
            self.tolerance * yard, max(NEAR_ZERO, 1e-3 * self.tolerance) if scale is None else 0
        )
        allowed = factor * np.maximum(allowed, floor or 0.0)
        with np.errstate(invalid="ignore"):
            ratio = np.where(missing | (f == e), 0.0, np.abs(f - e) / allowed)
        top = float(np.max(ratio, initial=0.0))
        if top > self.worst:
            self.worst, self.where = top, name
        if not top <= 1:
            i = int(np.argmax(ratio))
            self.faults.append(f"{name}: {f.ravel()[i]!r} instead of {e.ravel()[i]!r} ({top:.3g} x allowed)")

    def same(self, name: str, found: Any, expected: Any) -> None:
        """Compare things that are equal or not."""
        if found != expected:
            self.faults.append(f"{name}: {found!r} instead of {expected!r}")
            self.worst = math.inf


def _array(value: Any) -> np.ndarray:
    if value is None:
        return np.array(np.nan)
    return np.array(value, dtype=object if _ragged(value) else None, copy=True).astype(float)


def _ragged(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(x is None for x in value)


def tolerance_of(text: str) -> float:
    """Read the first number of a tolerance text; an exact integer allows nothing."""
    if text.startswith("exact"):
        return 0.0
    if text.startswith("boundary"):
        return 1e-6
    number = r"\d(?:\.\d+)?e-\d+"
    found = re.search(rf"{number}(?= relative)", text) or re.search(number, text)
    if not found:
        raise ValueError(f"tolerance not understood: {text}")
    return float(found.group())
