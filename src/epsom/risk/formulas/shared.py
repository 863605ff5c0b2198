"""What several formulas need: coefficients by group, sums of terms, bands that keep NaN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from epsom.base.arrays import BoolArray, FloatArray

Inputs = Mapping[str, Any]
Constants = Mapping[str, Any]

SEXES = ("male", "female")


class Formula(Protocol):
    """What each module of this folder offers."""

    def compute(self, x: Inputs, k: Constants) -> dict[str, FloatArray]:
        """Return each output (n,) from the inputs (n,); choices are integer codes."""
        ...


class ByGroup:
    """Give each person the coefficient of their own group.

    Parameters
    ----------
    groups
        Name of a group -> its coefficients.
    order
        Names of the groups in the order of the codes.
    code
        Group of each person [index into ``order``] (n,).

    Examples
    --------
    >>> ByGroup({"male": {"age": 1.0}, "female": {"age": 2.0}}, SEXES, np.array([0, 1, 1]))["age"]
    array([1., 2., 2.])
    """

    def __init__(self, groups: Mapping[str, Any], order: Sequence[str], code: npt.NDArray[Any]) -> None:
        self._rows = [groups[name] for name in order]
        self._code = code

    def __getitem__(self, name: str | int) -> FloatArray:
        """Return the coefficient ``name`` of each person (n,)."""
        table = np.array([row[name] for row in self._rows], dtype=np.float64)
        return np.asarray(table[self._code], dtype=np.float64)

    def sum(self, terms: Mapping[str, FloatArray], start: FloatArray) -> FloatArray:
        """Return ``start`` plus the sum of coefficient times term (n,)."""
        total = start.copy()
        for name, value in terms.items():
            total += self[name] * value
        return total


def scaled(x: FloatArray, centre_and_unit: Sequence[float]) -> FloatArray:
    """Return (x - centre) / unit (n,)."""
    centre, unit = centre_and_unit
    moved: FloatArray = (x - centre) / unit
    return moved


def either(flag: FloatArray, if_set: FloatArray, if_not: FloatArray) -> FloatArray:
    """Choose by a 0/1 flag (n,), keeping NaN where the flag is NaN."""
    chosen: FloatArray = flag * if_set + (1.0 - flag) * if_not
    return chosen


def yes(condition: BoolArray, *known: FloatArray) -> FloatArray:
    """Return 1 or 0 (n,), and NaN where a value that the condition rests on is NaN."""
    answer = condition.astype(np.float64)
    for value in known:
        answer[np.isnan(value)] = np.nan
    return answer


def banded(x: FloatArray, edges: Sequence[float], values: Sequence[float]) -> FloatArray:
    """Give each x the value of its band (n,); a band begins at its edge.

    Examples
    --------
    >>> banded(np.array([44.9, 45.0, 70.0, np.nan]), [45, 65], [0, 2, 4])
    array([ 0.,  2.,  4., nan])
    """
    band = np.searchsorted(edges, x, side="right").clip(max=len(edges))
    found: FloatArray = np.asarray(values, dtype=np.float64)[band]
    found[np.isnan(x)] = np.nan
    return found
