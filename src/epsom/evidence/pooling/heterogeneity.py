"""How different the studies are: Q, I2, H2, and Q-profile intervals for all of them.

I2 and H2 follow from tau2 through the typical sampling variance ``(k - p) / tr P`` (Higgins & Thompson,
Stat Med 2002;21:1539, generalised to moderators); intervals by inverting Q(tau2) against chi-square
quantiles (Viechtbauer, Stat Med 2007;26:37).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.evidence.arrays import Floats
from epsom.evidence.distributions import chi2_critical, chi2_tail
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.tau2 import solve_q


@dataclass(frozen=True)
class Heterogeneity:
    """Hold the heterogeneity statistics of one fit.

    Attributes
    ----------
    q, q_df, q_p
        Cochran's Q at tau2 = 0 [-], degrees of freedom, upper-tail p.
    i2, h2
        Share of variance between studies [%] and its ratio form [-].
    typical_variance
        Typical within-study variance, [effect^2].
    """

    q: float
    q_df: int
    q_p: float
    i2: float
    h2: float
    typical_variance: float


@dataclass(frozen=True)
class Profile:
    """Hold a Q-profile interval: (low, high) of each statistic; None when no tau2 >= 0 is compatible."""

    tau2: tuple[float, float] | None
    tau: tuple[float, float] | None
    i2: tuple[float, float] | None
    h2: tuple[float, float] | None


def heterogeneity(design: ls.Design, y: Floats, v: Floats, tau2: float | None) -> Heterogeneity:
    """Compute Q, I2 and H2.

    Parameters
    ----------
    design, y, v
        As in `tau2.estimate_tau2`.
    tau2
        The estimate that I2 and H2 describe; None takes both from Q itself (equal-effects model).
    """
    fit = ls.weighted_fit(design, y, 1 / v)
    df = design.k - design.p
    if df == 0:
        return Heterogeneity(0.0, 0, 1.0, 0.0, 1.0, float("nan"))
    typical = df / ls.trace_p(design, fit)
    if tau2 is None:
        i2 = 100 * max(0.0, (fit.rss - df) / fit.rss) if fit.rss > 0 else 0.0
        h2 = fit.rss / df
    else:
        i2, h2 = 100 * tau2 / (typical + tau2), tau2 / typical + 1
    return Heterogeneity(fit.rss, df, float(chi2_tail(fit.rss, df)), i2, h2, typical)


def q_profile(design: ls.Design, y: Floats, v: Floats, level: float = 0.95) -> Profile:
    """Compute the Q-profile interval of tau2 and what follows from it.

    Parameters
    ----------
    design, y, v
        As in `tau2.estimate_tau2`.
    level
        Coverage [-].

    Examples
    --------
    >>> d = ls.make_design(np.ones((3, 1)), ("intercept",))
    >>> interval = q_profile(d, np.array([0.0, 1.0, 2.0]), np.full(3, 0.1))
    >>> [round(x, 2) for x in interval.tau2]
    [0.17, 39.4]
    """
    df = design.k - design.p
    if df < 1:
        return Profile(None, None, None, None)
    tail = (1 - level) / 2
    high = solve_q(design, y, v, chi2_critical(1 - tail, df))
    if high is None:
        return Profile(None, None, None, None)
    low = solve_q(design, y, v, chi2_critical(tail, df)) or 0.0
    typical = df / ls.trace_p(design, ls.weighted_fit(design, y, 1 / v))
    return Profile(
        (low, high),
        (float(np.sqrt(low)), float(np.sqrt(high))),
        (100 * low / (typical + low), 100 * high / (typical + high)),
        (low / typical + 1, high / typical + 1),
    )
