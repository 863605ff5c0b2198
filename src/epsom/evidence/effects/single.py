"""Effects of one group, or of two groups with person-time: proportions, correlations, incidence rates."""

from __future__ import annotations

import numpy as np

from epsom.evidence.arrays import Floats


def proportion(measure: str, x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return a proportion or a transformation of it, and its variance.

    Parameters
    ----------
    measure
        ``PR`` raw, ``PLN`` log, ``PLO`` logit, ``PAS`` arcsine root, ``PFT`` double arcsine (Freeman &
        Tukey, Ann Math Stat 1950;21:607).
    x, n
        Events and sizes, already corrected where the measure needs it, [person] and (k,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = x / n
        if measure == "PR":
            return share, share * (1 - share) / n
        if measure == "PLN":
            return np.log(share), 1 / x - 1 / n
        if measure == "PLO":
            return np.log(share / (1 - share)), 1 / x + 1 / (n - x)
        if measure == "PAS":
            return np.arcsin(np.sqrt(share)), 1 / (4 * n)
        y = (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2
        return y, 1 / (4 * n + 2)


def rate(measure: str, x: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Return an incidence rate (``IR``), its logarithm (``IRLN``) or root (``IRS``), and its variance.

    Parameters
    ----------
    x, t
        Events [event] and person-time [person-year], (k,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "IR":
            return x / t, x / t**2
        if measure == "IRLN":
            return np.log(x / t), 1 / x
    return np.sqrt(x / t), 1 / (4 * t)


def mean(measure: str, m: Floats, sd: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return a mean (``MN``) or its logarithm (``MNLN``), and its variance."""
    if measure == "MN":
        return m, sd**2 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(m), sd**2 / (n * m**2)


def correlation(r: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return a raw correlation and its large-sample variance."""
    return r, (1 - r**2) ** 2 / (n - 1)


def fisher_z(r: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return Fisher's z of a correlation and its variance ``1 / (n - 3)``."""
    return np.arctanh(r), 1 / (n - 3)


def incidence(measure: str, x1: Floats, t1: Floats, x2: Floats, t2: Floats) -> tuple[Floats, Floats]:
    """Return the log incidence-rate ratio (``IRR``) or the rate difference (``IRD``) and its variance.

    Parameters
    ----------
    x1, x2
        Events of the two groups, [event] and (k,).
    t1, t2
        Person-time, [person-year] and (k,).
    """
    if measure == "IRD":
        return x1 / t1 - x2 / t2, x1 / t1**2 + x2 / t2**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(x1 / t1 / (x2 / t2)), 1 / x1 + 1 / x2
