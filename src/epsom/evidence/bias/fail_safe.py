"""Fail-safe numbers: how many null studies would make the result lose significance.

Rosenthal, Psychol Bull 1979;86:638; Rosenberg, Evolution 2005;59:464. Given for comparison with older
reviews; they say little about bias.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from epsom.evidence.pooling.result import PooledResult


def _up(value: float) -> int:
    """Round up, unless the value is an integer to rounding."""
    nearest = round(value)
    return int(nearest if abs(value - nearest) < np.sqrt(np.finfo(float).eps) else np.ceil(value))


def rosenthal(result: PooledResult, alpha: float = 0.05) -> int:
    """Return Rosenthal's number (sum of z values, one-tailed alpha).

    Examples
    --------
    >>> from epsom.evidence import pool
    >>> rosenthal(pool([0.5, 0.6], se=[0.1, 0.1]))
    43
    """
    z = result.y / np.sqrt(result.v)
    mean = abs(float(np.sum(z))) / np.sqrt(result.k)
    return _up(max(0.0, result.k * (mean / float(ndtri(alpha))) ** 2 - result.k))


def rosenberg(result: PooledResult, alpha: float = 0.05) -> int:
    """Return Rosenberg's number (inverse-variance weights, two-tailed alpha)."""
    w = 1 / result.v
    reach = (float(np.sum(w * result.y)) / float(ndtri(alpha / 2))) ** 2
    return _up(max(0.0, (reach - float(np.sum(w))) / float(np.mean(w))))
