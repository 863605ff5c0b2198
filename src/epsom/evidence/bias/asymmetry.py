"""Tests for funnel-plot asymmetry: Egger's regression, PET and PEESE, Begg and Mazumdar's rank test.

Egger et al., BMJ 1997;315:629; Sterne & Egger 2005 (mixed-effects form); Stanley & Doucouliagos, Res Synth
Methods 2014;5:60 (PET-PEESE); Begg & Mazumdar, Biometrics 1994;50:1088.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.pooling.pool import pool
from epsom.evidence.pooling.result import PooledResult

_EXACT_BELOW = 170  # studies; the exact distribution of Kendall's tau is used below this number


@dataclass(frozen=True)
class Regression:
    """Hold an asymmetry regression of effects on their standard error or variance.

    Attributes
    ----------
    predictor
        ``se`` or ``variance``.
    statistic, df, p
        Test of the slope; ``df`` is None for z.
    limit, limit_se, limit_ci
        Intercept: the effect that a study of infinite size would show, [analysis scale].
    slope, slope_se
        Asymmetry, [analysis scale per unit of the predictor].
    limit_statistic, limit_p
        Test of the intercept.
    """

    predictor: str
    statistic: float
    df: int | None
    p: float
    limit: float
    limit_se: float
    limit_ci: tuple[float, float]
    slope: float
    slope_se: float
    limit_statistic: float
    limit_p: float


@dataclass(frozen=True)
class RankTest:
    """Hold Kendall's rank correlation between standardised effects and variances, and its p."""

    tau: float
    p: float


def egger(result: PooledResult, *, model: str = "multiplicative", predictor: str = "se") -> Regression:
    """Regress effects on their standard error (Egger, PET) or variance (PEESE).

    Parameters
    ----------
    result
        A pooled result without moderators; with ``additive`` its heterogeneity method is used.
    model
        ``multiplicative``: weights 1/v and a free residual scale, t test. ``additive``: random effects,
        z test.
    predictor
        ``se`` or ``variance``.

    Raises
    ------
    EpsomError
        ``E-EV-TOO-FEW`` for fewer than 3 studies, ``E-EV-COLLINEAR`` when all standard errors are equal.

    Examples
    --------
    >>> r = pool([0.1, 0.3, 0.5, 0.9], se=[0.1, 0.2, 0.3, 0.4])
    >>> round(egger(r).slope, 3)
    2.385
    """
    if model not in ("multiplicative", "additive"):
        expected = "multiplicative, additive"
        raise EpsomError(Problem("E-EV-CHOICE", field="model", value=model, expected=expected))
    if predictor not in ("se", "variance"):
        raise EpsomError(Problem("E-EV-CHOICE", field="predictor", value=predictor, expected="se, variance"))
    if result.k < 3:
        raise EpsomError(Problem("E-EV-TOO-FEW", value=result.k, expected="3"))
    x = np.sqrt(result.v) if predictor == "se" else result.v
    free = model == "multiplicative"
    fit = pool(
        result.y, variance=result.v, moderators={predictor: x}, labels=result.labels,
        method="EE" if free else result.method, test="knha" if free else "z", level=result.level,
    )  # fmt: skip
    return Regression(
        predictor, float(fit.statistic[1]), fit.residual_df, float(fit.p_value[1]), fit.estimate,
        float(fit.se[0]), fit.ci, float(fit.coefficients[1]), float(fit.se[1]), float(fit.statistic[0]),
        float(fit.p_value[0]),
    )  # fmt: skip


def begg(result: PooledResult) -> RankTest:
    """Correlate standardised effects with their variances by ranks.

    The p value is exact without ties and below 170 studies, else normal with the tie correction.

    Examples
    --------
    >>> r = pool([0.1, 0.3, 0.5, 0.9], se=[0.1, 0.2, 0.3, 0.4])
    >>> round(begg(r).tau, 4)
    0.6667
    """
    from scipy.stats import kendalltau

    w = 1 / result.v
    centre = np.sum(w * result.y) / np.sum(w)
    deviate = (result.y - centre) / np.sqrt(result.v - 1 / np.sum(w))
    ties = _has_ties(deviate) or _has_ties(result.v)
    exact = not ties and result.k < _EXACT_BELOW
    found = kendalltau(deviate, result.v, method="exact" if exact else "asymptotic")
    return RankTest(float(found.statistic), float(found.pvalue))


def _has_ties(values: Floats) -> bool:
    return len(np.unique(values)) < len(values)
