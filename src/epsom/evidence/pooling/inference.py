"""From a fit to tests and intervals: z, t, Knapp-Hartung, and prediction of a new study.

Knapp & Hartung, Stat Med 2003;22:2693: the covariance is scaled by Q(tau2) / (k - p) and t has k - p
degrees of freedom; ``adhoc`` never lets the scale fall below 1. Prediction intervals after Riley,
Higgins & Deeks, BMJ 2011;342:d549, with t on k - p - 1 degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.evidence.arrays import Floats
from epsom.evidence.distributions import chi2_tail, critical, f_tail, normal_two_sided, t_two_sided
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.result import Interval, ModeratorTest, PooledResult, Prediction

TESTS = ("z", "t", "knha", "adhoc")


@dataclass(frozen=True)
class Inference:
    """Hold coefficients with their tests and intervals, [analysis scale] and (p,)."""

    coefficients: Floats
    se: Floats
    vcov: Floats
    statistic: Floats
    p_value: Floats
    low: Floats
    high: Floats
    df: int | None


def infer(design: ls.Design, fit: ls.Fit, test: str, level: float) -> Inference:
    """Turn a weighted fit into tests and intervals.

    Parameters
    ----------
    design, fit
        From `least_squares`.
    test
        One of `TESTS`.
    level
        Coverage [-].
    """
    # Without residual degrees of freedom there is no t: the normal interval of the data themselves remains.
    df = None if test == "z" else design.k - design.p or None
    vcov = design.back @ fit.cross @ design.back.T
    if df is not None and test in ("knha", "adhoc"):
        scale = fit.rss / df
        vcov = vcov * (max(1.0, scale) if test == "adhoc" else scale)
    coefficients = design.back @ fit.coefficients
    se = np.sqrt(np.diag(vcov))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = coefficients / se
    p_value = normal_two_sided(statistic) if df is None else t_two_sided(statistic, df)
    reach = critical(level, df) * se
    return Inference(
        coefficients, se, vcov, statistic, np.asarray(p_value), coefficients - reach, coefficients + reach, df
    )


def moderator_test(found: Inference, has_intercept: bool) -> ModeratorTest | None:
    """Test all moderators at once: Wald chi-square, or F when the fit uses t."""
    start = 1 if has_intercept else 0
    b, v = found.coefficients[start:], found.vcov[start:, start:]
    if not b.size:
        return None
    wald = float(b @ np.linalg.solve(v, b))
    m = len(b)
    if found.df is None:
        return ModeratorTest(wald, m, None, float(chi2_tail(wald, m)))
    return ModeratorTest(wald / m, m, found.df, f_tail(wald / m, m, found.df))


def prediction_interval(
    estimate: float, se: float, tau2: float, level: float, df: float | None
) -> Interval | None:
    """Return the interval for a new study's true effect; None without degrees of freedom."""
    if df is not None and df < 1:
        return None
    reach = critical(level, df) * float(np.sqrt(se**2 + tau2))
    return Interval(estimate - reach, estimate + reach, df)


def predict(result: PooledResult, rows: Floats | None, prediction: str) -> Prediction:
    """Predict for design rows; see `PooledResult.predict`."""
    p = len(result.terms)
    x = np.zeros((1, p)) if rows is None else np.column_stack((np.ones(len(rows)), rows))
    if rows is None:
        x[0, 0] = 1.0
    estimate = x @ result.coefficients
    se = np.sqrt(np.einsum("ij,jk,ik->i", x, result.vcov, x))
    reach = critical(result.level, result.residual_df) * se
    df = result.residual_df if prediction == "fit" else result.k - p - 1
    if df is not None and df < 1:
        wide = np.full(len(x), np.nan)
    else:
        wide = critical(result.level, df) * np.sqrt(se**2 + result.tau2)
    return Prediction(estimate, se, estimate - reach, estimate + reach, estimate - wide, estimate + wide)
