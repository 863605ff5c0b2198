"""A conservative bound beside the mean curve, in the style of the burden-of-proof method.

After Zheng et al., Nat Med 2022;28:2038: trim the contrasts that fit worst, refit, and take the 5 % quantile
nearest to no effect of a curve drawn from the between-study distribution; the score is its mean over the
bulk of the exposure, counted towards the direction of the mean curve (a negative score means that no effect
is compatible with the studies). It is not that method: the covariance between categories is kept, there is
one set of knots instead of an ensemble, no bias covariates are chosen, and the between-study covariance is
taken as estimated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.curves.fit import Plan, fit_curve
from epsom.evidence.curves.goodness import goodness_of_fit
from epsom.evidence.curves.result import DoseResponseResult
from epsom.evidence.curves.studies import Contrasts
from epsom.evidence.distributions import critical


@dataclass(frozen=True)
class ProofBound:
    """Hold a mean curve and its conservative bound; arrays (doses,).

    Attributes
    ----------
    dose, reference
        [dose unit].
    mean, bound
        Log relative effects of the trimmed fit, and the bound towards no effect.
    score
        Mean of the bound, signed so that positive supports the direction of the mean curve [-].
    trimmed
        (study, dose) of the contrasts that were set aside.
    fit
        The trimmed fit.
    """

    dose: Floats
    reference: float
    mean: Floats
    bound: Floats
    score: float
    trimmed: tuple[tuple[str, float], ...]
    fit: DoseResponseResult


def burden_of_proof(
    result: DoseResponseResult,
    low: float,
    high: float,
    reference: float,
    *,
    trim: float = 0.1,
    points: int = 100,
) -> ProofBound:
    """Bound a dose-response curve conservatively.

    Parameters
    ----------
    result
        A one-stage fit with random effects (``ml`` or ``reml``) and without moderators.
    low, high
        Range over which the score is taken, for example the 15th and 85th percentile of exposure
        [dose unit].
    reference
        Dose without effect [dose unit].
    trim
        Share of the contrasts to set aside [-].
    points
        Doses between ``low`` and ``high``.

    Raises
    ------
    EpsomError
        ``E-EV-CHOICE`` for another kind of fit, an empty range or an impossible share.
    """
    if result.stage != 1 or result.method not in ("ml", "reml") or len(result.terms) != result.q:
        given = f"{result.stage}/{result.method}"
        raise EpsomError(Problem("E-EV-CHOICE", field="result", value=given, expected="1/reml, 1/ml"))
    if not low < high or not 0 <= trim < 0.5:
        given, expected = f"{low} - {high}, {trim}", "low < high, 0 <= trim < 0.5"
        raise EpsomError(Problem("E-EV-CHOICE", field="range", value=given, expected=expected))
    kept, aside = _trimmed(result, trim)
    plan = Plan(1, result.method, result.level, result.starts)
    fit = fit_curve(kept, result.shape, plan) if aside else result
    dose = np.linspace(low, high, points)
    curve = fit.predict(dose, reference)
    z = fit.shape.columns(dose) - fit.shape.columns(np.asarray(float(reference)))
    spread = np.sqrt(curve.se**2 + np.einsum("ij,jk,ik->i", z, fit.psi, z))
    sign = 1.0 if float(np.mean(curve.effect)) >= 0 else -1.0
    bound = curve.effect - sign * critical(0.90) * spread
    return ProofBound(dose, float(reference), curve.effect, bound, float(sign * np.mean(bound)), aside, fit)


def _trimmed(result: DoseResponseResult, trim: float) -> tuple[Contrasts, tuple[tuple[str, float], ...]]:
    """Set aside the contrasts with the largest decorrelated residuals."""
    data = result.contrasts
    residual = np.zeros(data.mask.shape)
    residual[data.mask] = np.abs(goodness_of_fit(result).residuals)
    count = int(trim * np.sum(data.mask))
    if not count:
        return data, ()
    worst = np.argsort(residual, axis=None)[::-1][:count]
    mask = data.mask.copy()
    mask.ravel()[worst] = False
    both = mask[:, :, None] & mask[:, None, :]
    alone = np.where(mask, 0.0, 1.0)[:, :, None] * np.eye(mask.shape[1])
    kept = replace(data, mask=mask, y=np.where(mask, data.y, 0.0), s=np.where(both, data.s, 0.0) + alone)
    rows, columns = np.unravel_index(worst, mask.shape)
    return kept, tuple(
        (data.ids[int(i)], float(data.dose[int(i), int(j)])) for i, j in zip(rows, columns, strict=True)
    )
