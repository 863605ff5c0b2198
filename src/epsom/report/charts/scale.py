"""Scales of a chart: from a value to a place, with ticks at round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import overload

import numpy as np

from epsom.base.arrays import FloatArray

SMALLEST_SPAN = 1e-300  # what is nearer to nothing has no powers of ten left


@dataclass(frozen=True)
class Scale:
    """Map values from ``low`` to ``high`` on places from ``start`` to ``end`` [px]."""

    low: float
    high: float
    start: float
    end: float

    @overload
    def __call__(self, value: float) -> float: ...
    @overload
    def __call__(self, value: FloatArray) -> FloatArray: ...
    def __call__(self, value: float | FloatArray) -> float | FloatArray:
        """Return the place of a value."""
        place = self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)
        return np.asarray(place) if isinstance(value, np.ndarray) else float(place)


def round_step(span: float, count: int) -> float:
    """Return the step of 1, 2 or 5 times a power of ten that gives at most ``count`` steps over ``span``.

    Examples
    --------
    >>> round_step(13.0, 4)
    5.0
    """
    if not span > SMALLEST_SPAN:
        return 1.0
    rough = span / count
    power = math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 5.0, 10.0):
        step = factor * 10.0**power if power >= 0 else factor / 10.0**-power
        if step * count >= span * (1.0 - 1e-9):
            return step
    return 10.0 ** (power + 1)


def decimals(step: float) -> int:
    """Return how many decimals the ticks of a step need.

    Examples
    --------
    >>> decimals(0.05), decimals(2.0)
    (2, 0)
    """
    return max(0, -math.floor(math.log10(step) + 1e-9))


def round_ticks(low: float, high: float, count: int) -> tuple[float, ...]:
    """Return round values that enclose ``low`` to ``high`` in at most ``count`` steps, or one more.

    Examples
    --------
    >>> round_ticks(-6.7, 0.0, 4)
    (-8.0, -6.0, -4.0, -2.0, 0.0)
    """
    step = round_step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if first == last:
        last += 1
    return tuple(round(k * step, 12) + 0.0 for k in range(first, last + 1))


def round_reach(value: float) -> float:
    """Return the smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is not below ``value``.

    Examples
    --------
    >>> round_reach(6.7)
    8.0
    """
    if not value > 0.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    for factor in (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0):
        if factor * power >= value * (1.0 - 1e-9):
            return round(factor * power, 12)
    return round(10.0 * power, 12)
