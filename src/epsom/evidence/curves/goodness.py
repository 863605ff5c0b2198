"""Goodness of fit of a curve: deviance and explained variation of decorrelated contrasts.

Discacciati, Crippa & Orsini, Res Synth Methods 2017;8:149: contrasts are multiplied by the inverse Cholesky
factor of their covariance, which makes them independent with unit variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.evidence.arrays import Floats
from epsom.evidence.curves.result import DoseResponseResult
from epsom.evidence.distributions import chi2_tail
from epsom.evidence.multivariate.blocks import whiten


@dataclass(frozen=True)
class Goodness:
    """Hold goodness-of-fit figures.

    Attributes
    ----------
    deviance, df, p
        Residual sum of squares of the decorrelated contrasts and its chi-square test.
    r2, r2_adjusted
        Share of the variation that the curve explains [-].
    residuals
        Decorrelated residuals, one per contrast [-].
    """

    deviance: float
    df: int
    p: float
    r2: float
    r2_adjusted: float
    residuals: Floats


def goodness_of_fit(result: DoseResponseResult) -> Goodness:
    """Measure how well the mean curve fits the contrasts.

    Parameters
    ----------
    result
        A fit without moderators; the fixed one-stage fit is the usual choice.
    """
    data, shape = result.contrasts, result.shape
    x = np.where(
        data.mask[:, :, None], shape.columns(data.dose) - shape.columns(data.dose_ref)[:, None, :], 0.0
    )
    white = whiten(data.y, data.s, x, data.sizes)
    residual = (white.y - white.z @ result.coefficients)[data.mask]
    deviance, total = float(residual @ residual), float(np.sum(white.y**2))
    n, q = len(residual), len(result.coefficients)
    r2 = 1 - deviance / total
    adjusted = 1 - (1 - r2) * n / (n - q) if n > q else float("nan")
    p = float(chi2_tail(deviance, n - q))
    return Goodness(deviance, n - q, p, r2, adjusted, residual)
