"""Effects of two groups with means: mean difference, standardised differences, ratios of means and spread.

Standardised differences are corrected for small samples with the exact gamma-function factor (Hedges, J Educ
Stat 1981;6:107). Variability ratios: Nakagawa et al., Methods Ecol Evol 2015;6:143, and Senior et al., Res
Synth Methods 2020;11:553. Unequal variances: Bonett, Psychol Methods 2008;13:99.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from epsom.evidence.arrays import Floats


@dataclass(frozen=True)
class Groups:
    """Hold means and SDs [outcome unit] and sizes [person] of two groups, (k,)."""

    m1: Floats
    sd1: Floats
    n1: Floats
    m2: Floats
    sd2: Floats
    n2: Floats


def small_sample_factor(df: Floats) -> Floats:
    """Return Hedges' exact correction factor.

    Examples
    --------
    >>> float(small_sample_factor(np.array([10.0])).round(4)[0])
    0.9227
    """
    with np.errstate(invalid="ignore"):
        factor = np.exp(gammaln(df / 2) - 0.5 * np.log(df / 2) - gammaln((df - 1) / 2))
    return np.where(df > 1, factor, np.nan)


def mean_difference(g: Groups) -> tuple[Floats, Floats]:
    """Return the raw mean difference and its variance."""
    return g.m1 - g.m2, g.sd1**2 / g.n1 + g.sd2**2 / g.n2


def standardised(g: Groups, variance: str = "LS") -> tuple[Floats, Floats]:
    """Return Hedges' g and its variance.

    Parameters
    ----------
    g
        Two groups.
    variance
        ``LS`` large sample at g; ``LS2`` the same at d, then corrected; ``UB`` unbiased; ``AV`` at the
        sample-size weighted average of all g.
    """
    df, total = g.n1 + g.n2 - 2, g.n1 + g.n2
    pooled = np.sqrt(((g.n1 - 1) * g.sd1**2 + (g.n2 - 1) * g.sd2**2) / df)
    d = (g.m1 - g.m2) / pooled
    factor = small_sample_factor(df)
    y = factor * d
    base = 1 / g.n1 + 1 / g.n2
    if variance == "LS2":
        return y, factor**2 * (base + d**2 / (2 * total))
    if variance == "UB":
        return y, base + (1 - (df - 2) / (df * factor**2)) * y**2
    if variance == "AV":
        return y, base + np.average(y, weights=total) ** 2 / (2 * total)
    return y, base + y**2 / (2 * total)


def standardised_unequal(g: Groups) -> tuple[Floats, Floats]:
    """Return the standardised difference for unequal variances and its variance."""
    spread = (g.sd1**2 + g.sd2**2) / 2
    y = small_sample_factor(g.n1 + g.n2 - 2) * (g.m1 - g.m2) / np.sqrt(spread)
    fourth = g.sd1**4 / (g.n1 - 1) + g.sd2**4 / (g.n2 - 1)
    return y, y**2 * fourth / (8 * spread**2) + (g.sd1**2 / (g.n1 - 1) + g.sd2**2 / (g.n2 - 1)) / spread


def glass(g: Groups) -> tuple[Floats, Floats]:
    """Return Glass's difference in units of the second group's SD, and its variance."""
    y = small_sample_factor(g.n2 - 1) * (g.m1 - g.m2) / g.sd2
    return y, 1 / g.n1 + 1 / g.n2 + y**2 / (2 * g.n2)


def log_ratio_of_means(g: Groups) -> tuple[Floats, Floats]:
    """Return the log ratio of means and its delta-method variance; NaN where the means differ in sign.

    The estimate carries the second-order correction for small samples (Lajeunesse, Ecology 2015;96:2056).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        cv1, cv2 = g.sd1**2 / (g.n1 * g.m1**2), g.sd2**2 / (g.n2 * g.m2**2)
        return np.log(g.m1 / g.m2) + (cv1 - cv2) / 2, cv1 + cv2


def log_variability_ratio(g: Groups) -> tuple[Floats, Floats]:
    """Return the log ratio of SDs and its variance."""
    half1, half2 = 1 / (2 * (g.n1 - 1)), 1 / (2 * (g.n2 - 1))
    return np.log(g.sd1 / g.sd2) + half1 - half2, half1 + half2


def log_cv_ratio(g: Groups) -> tuple[Floats, Floats]:
    """Return the log ratio of coefficients of variation and its variance."""
    half1, half2 = 1 / (2 * (g.n1 - 1)), 1 / (2 * (g.n2 - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        cv1, cv2 = g.sd1**2 / (g.n1 * g.m1**2), g.sd2**2 / (g.n2 * g.m2**2)
        y = np.log(g.sd1 / g.m1) - np.log(g.sd2 / g.m2) + half1 - half2 + (cv2 - cv1) / 2
    return y, half1 + half2 + cv1 + cv2
