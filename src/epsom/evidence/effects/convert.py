"""Between scales: interval to standard error, contrast to contrast, one effect size to another.

Odds ratio to standardised difference: Chinn, Stat Med 2000;19:3127. Odds ratio to risk ratio at a baseline
risk: Zhang & Yu, JAMA 1998;280:1690. Contrasts per unit are rescaled on the analysis (log) scale.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats, at_row, column, same_length
from epsom.evidence.distributions import critical

_LOGISTIC = np.sqrt(3) / np.pi  # standard deviation of the standard logistic, inverted


def ratio_from_interval(
    ratio: ArrayLike, low: ArrayLike, high: ArrayLike, level: float = 0.95, tolerance: float = 0.1
) -> tuple[Floats, Floats, tuple[Problem, ...]]:
    """Turn ratios with confidence intervals into log effects and standard errors.

    Parameters
    ----------
    ratio, low, high
        Odds, risk, rate or hazard ratios and their interval limits, [-] and (k,).
    level
        Coverage of the intervals.
    tolerance
        Largest shift of the estimate from the middle of the log interval, as a share of its half-width.

    Returns
    -------
    (y, se, warnings)
        Log ratios [-], standard errors [-], and ``W-EV-ASYMMETRIC`` for each interval that is not
        symmetric on the log scale.

    Raises
    ------
    EpsomError
        ``E-EV-INTERVAL`` where a limit is not positive, limits are swapped, or the interval does not contain
        the estimate.

    Examples
    --------
    >>> y, se, _ = ratio_from_interval([0.8], [0.64], [1.0])
    >>> float(y[0].round(4)), float(se[0].round(4))
    (-0.2231, 0.1138)
    """
    r, lo, hi = column(ratio, "ratio"), column(low, "low"), column(high, "high")
    same_length(ratio=r, low=lo, high=hi)
    bad = np.flatnonzero(~((lo > 0) & (lo < hi) & (lo <= r) & (r <= hi)))
    if bad.size:
        raise EpsomError.of(
            at_row("E-EV-INTERVAL", int(i), "ratio", r[i], None, low=float(lo[i]), high=float(hi[i]))
            for i in bad
        )
    y, width = np.log(r), np.log(hi) - np.log(lo)
    se = width / (2 * critical(level))
    off = np.abs(y - (np.log(lo) + np.log(hi)) / 2) / (width / 2)
    remarks = tuple(
        at_row("W-EV-ASYMMETRIC", int(i), "ratio", r[i], None, low=float(lo[i]), high=float(hi[i]))
        for i in np.flatnonzero(off > tolerance)
    )
    return y, se, remarks


def per_dose(y: ArrayLike, se: ArrayLike, given: float, wanted: float) -> tuple[Floats, Floats]:
    """Rescale an effect per ``given`` dose units to one per ``wanted`` dose units.

    Examples
    --------
    >>> per_dose([-0.1], [0.02], 50, 100)
    (array([-0.2]), array([0.04]))
    """
    if given == 0 or wanted == 0:
        raise EpsomError(Problem("E-EV-CHOICE", field="dose", value=0, expected="> 0"))
    share = wanted / given
    return np.asarray(y, dtype=np.float64) * share, np.asarray(se, dtype=np.float64) * abs(share)


def odds_ratio_to_difference(y: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Turn log odds ratios into standardised mean differences.

    Examples
    --------
    >>> float(odds_ratio_to_difference(np.array([1.0]), np.array([0.1]))[0].round(4)[0])
    0.5513
    """
    return y * _LOGISTIC, v * _LOGISTIC**2


def difference_to_odds_ratio(y: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Turn standardised mean differences into log odds ratios."""
    return y / _LOGISTIC, v / _LOGISTIC**2


def odds_ratio_to_risk_ratio(y: Floats, se: Floats, baseline: Floats) -> tuple[Floats, Floats]:
    """Turn log odds ratios into log risk ratios at a baseline risk (delta method).

    Parameters
    ----------
    y, se
        Log odds ratios and standard errors, [-] and (k,).
    baseline
        Risk in the reference group, [-] and (k,).

    Examples
    --------
    >>> y, _ = odds_ratio_to_risk_ratio(np.log([2.0]), np.array([0.1]), np.array([0.1]))
    >>> float(np.exp(y).round(3)[0])
    1.818
    """
    odds = np.exp(y)
    base = 1 - baseline + baseline * odds
    return y - np.log(base), se * (1 - baseline) / base
