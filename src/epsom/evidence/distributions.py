"""Tail probabilities and critical values, without the overhead of distribution objects.

All functions take scalars or arrays and return the same; tails are upper tails.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special


def normal_two_sided(z: Any) -> Any:
    """Return the two-sided p of a standard normal statistic.

    Examples
    --------
    >>> round(float(normal_two_sided(1.959964)), 4)
    0.05
    """
    return 2 * special.ndtr(-np.abs(z))


def t_two_sided(t: Any, df: float) -> Any:
    """Return the two-sided p of a t statistic."""
    return 2 * special.stdtr(df, -np.abs(t))


def chi2_tail(x: Any, df: Any) -> Any:
    """Return the upper tail of chi-square; 1 where there are no degrees of freedom."""
    return np.where(np.asarray(df) > 0, special.chdtrc(np.maximum(df, 1), x), 1.0)[()]


def f_tail(x: float, df1: int, df2: int) -> float:
    """Return the upper tail of F."""
    return float(special.fdtrc(df1, df2, x))


def chi2_critical(tail: float, df: float) -> float:
    """Return the chi-square value with this upper tail."""
    return float(special.chdtri(df, tail))


def critical(level: float, df: float | None = None) -> float:
    """Return the two-sided critical value of t, or of z without degrees of freedom.

    Examples
    --------
    >>> round(critical(0.95), 3), round(critical(0.95, 10), 3)
    (1.96, 2.228)
    """
    tail = (1 - level) / 2
    return float(-special.ndtri(tail) if df is None else -special.stdtrit(df, tail))
