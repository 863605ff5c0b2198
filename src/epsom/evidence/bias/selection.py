"""Step-function selection model with one cut point (Vevea & Hedges, Psychometrika 1995;60:419).

Studies whose one-sided p lies above the cut are published with relative probability delta; the three
parameters mu, tau2 and delta are estimated by maximum likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtr, ndtri

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Bools, Floats
from epsom.evidence.distributions import chi2_tail
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.likelihood import log_likelihood, maximise
from epsom.evidence.pooling.result import PooledResult

_ZERO = 1e-4  # a tau2 below this share of the median variance counts as zero
_LOW, _HIGH = -12.0, 8.0  # bounds of log delta


@dataclass(frozen=True)
class Selection:
    """Hold a fitted step-function model.

    Attributes
    ----------
    estimate, se, tau2
        Mean corrected for selection, its standard error, and between-study variance, [analysis scale].
    delta
        Relative probability of publication above the cut [-].
    log_likelihood
        [-].
    lrt, p
        Likelihood-ratio test against no selection, one degree of freedom.
    warnings
        ``W-EV-SELECTION`` when all studies lie on one side of the cut, so that delta is not determined.
    """

    estimate: float
    se: float
    tau2: float
    delta: float
    log_likelihood: float
    lrt: float
    p: float
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Data:
    y: Floats
    v: Floats
    bound: Floats  # effects beyond this are significant
    significant: Bools


def selection_model(result: PooledResult, *, alternative: str, cut: float = 0.025) -> Selection:
    """Fit the three-parameter selection model.

    Parameters
    ----------
    result
        A pooled result without moderators.
    alternative
        The direction that was favoured: ``less`` or ``greater``.
    cut
        One-sided p value at which publication becomes less likely.

    Raises
    ------
    EpsomError
        ``E-EV-CHOICE``.
    """
    if alternative not in ("less", "greater"):
        raise EpsomError(
            Problem("E-EV-CHOICE", field="alternative", value=alternative, expected="less, greater")
        )
    sign = -1.0 if alternative == "less" else 1.0
    # Work in the direction in which large effects are significant.
    y, v = sign * result.y, result.v
    bound = -float(ndtri(cut)) * np.sqrt(v)
    data = _Data(y, v, bound, y >= bound)
    design = ls.make_design(np.ones((len(y), 1)), ("intercept",))
    tau2_ml = maximise(design, y, v, restricted=False).tau2
    base = log_likelihood(design, y, v, tau2_ml, restricted=False)
    mean = float(np.average(y, weights=1 / (v + tau2_ml)))
    unit = float(np.sqrt(np.median(v)))
    theta = _search(data, mean, np.sqrt(tau2_ml), unit)
    value = -_minus(theta, data)
    se = _standard_error(theta, data, unit)
    lrt = max(0.0, 2 * (value - base))
    one_side = bool(np.all(data.significant) or not np.any(data.significant))
    return Selection(
        sign * float(theta[0]), se, float(theta[1] ** 2), float(np.exp(theta[2])), value, lrt,
        float(chi2_tail(lrt, 1)), (Problem("W-EV-SELECTION", value=cut),) if one_side else (),
    )  # fmt: skip


def _minus(theta: Floats, data: _Data) -> float:
    """Return minus the log-likelihood at (mu, tau, log delta)."""
    mean, delta = theta[0], float(np.exp(theta[2]))
    total = data.v + theta[1] ** 2
    root = np.sqrt(total)
    tail = ndtr((mean - data.bound) / root)
    kept = tail + delta * ndtr((data.bound - mean) / root)
    terms = -0.5 * (np.log(2 * np.pi * total) + (data.y - mean) ** 2 / total) - np.log(kept)
    return float(-(np.sum(terms) + theta[2] * np.sum(~data.significant)))


def _search(data: _Data, mean: float, tau: float, unit: float) -> Floats:
    """Minimise from several starts, gradient steps first and a simplex after."""
    scale = np.array([unit, unit, 1.0])

    def inside(s: Floats) -> Floats:
        return np.asarray(np.array([s[0], abs(s[1]), min(max(s[2], _LOW), _HIGH)]) * scale)

    def objective(s: Floats) -> float:
        return _minus(inside(s), data)

    bounds = [(None, None), (0.0, None), (_LOW, _HIGH)]
    ends = []
    for shift in (0.0, -1.0, -3.0, 1.0):
        for spread in (max(tau, 0.3 * unit), 2 * unit, 0.1 * unit):
            start = np.array([mean, spread, shift]) / scale
            end = minimize(objective, start, method="L-BFGS-B", bounds=bounds)
            ends.append((float(end.fun), np.asarray(end.x)))
    ends.sort(key=lambda pair: pair[0])
    options = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 2000}
    best, lowest = inside(ends[0][1]), np.inf
    for _, end_x in ends[:2]:
        found = minimize(objective, end_x, method="Nelder-Mead", options=options)  # type: ignore[call-overload]
        if found.fun < lowest:
            lowest, best = float(found.fun), inside(np.asarray(found.x))
    return best


def _standard_error(theta: Floats, data: _Data, unit: float) -> float:
    """Return the SE of the mean from the differenced Hessian in (mu, tau2, delta); a zero tau2 is held."""
    at = np.array([theta[0], theta[1] ** 2, np.exp(theta[2])])
    free = [0, 1, 2] if at[1] > _ZERO * unit**2 else [0, 2]
    step = np.array([1e-3 * unit, 1e-3 * max(at[1], 1e-3 * unit**2), 1e-3 * max(at[2], 1e-4)])

    def value(change: Floats) -> float:
        moved = at + change
        return _minus(np.array([moved[0], np.sqrt(max(moved[1], 0.0)), np.log(max(moved[2], 1e-300))]), data)

    size = len(free)
    hessian = np.empty((size, size))
    for i, a in enumerate(free):
        for j, b in enumerate(free):
            up, across = np.zeros(3), np.zeros(3)
            up[a], across[b] = step[a], step[b]
            mixed = value(up + across) - value(up - across) - value(across - up) + value(-up - across)
            hessian[i, j] = mixed / (4 * step[a] * step[b])
    variance = np.linalg.pinv(hessian)[0, 0]
    return float(np.sqrt(variance)) if variance > 0 else float("nan")
