"""Between-study variance: ten estimators behind one name table.

Moment estimators are closed forms in traces of P (DerSimonian & Laird 1986; Hedges & Olkin 1985;
Hunter & Schmidt 2004; Sidik & Jonkman 2005); PM solves Q(tau2) = k - p (Paule & Mandel 1982; EB, and
the iterated DL and SJ, have the same root); ML and REML maximise the likelihood over all its modes.
Standard errors: Viechtbauer, J Stat Softw 2010;36(3), and the asymptotic information.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.distributions import chi2_critical
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.likelihood import maximise


@dataclass(frozen=True)
class Tau2:
    """Hold an estimate of the between-study variance, [effect^2].

    Attributes
    ----------
    value, se
        Estimate and asymptotic standard error; the latter is None where it has no meaning.
    at_boundary
        True when the unconstrained optimum is at or below zero.
    maxima
        Number of local maxima seen (ML and REML; 1 otherwise).
    """

    value: float
    se: float | None
    at_boundary: bool = False
    maxima: int = 1


_Estimator = Callable[[ls.Design, Floats, Floats], Tau2]


def _moment_se(design: ls.Design, fit: ls.Fit, tau2: float, scale: float) -> float:
    df = design.k - design.p
    spread = 2 * df + 4 * tau2 * ls.trace_p(design, fit) + 2 * tau2**2 * ls.trace_pp(design, fit)
    return float(scale * np.sqrt(spread))


def _none(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    return Tau2(0.0, None)


def _truncated(raw: float, se: Callable[[float], float]) -> Tau2:
    value = max(0.0, raw)
    return Tau2(value, se(value), raw <= 0)


def _dl(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    fit = ls.weighted_fit(design, y, 1 / v)
    trace = ls.trace_p(design, fit)
    raw = (fit.rss - (design.k - design.p)) / trace
    return _truncated(raw, lambda t: _moment_se(design, fit, t, 1 / trace))


def _hs(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    fit = ls.weighted_fit(design, y, 1 / v)
    total = float(np.sum(fit.weights))
    return _truncated((fit.rss - design.k) / total, lambda t: _moment_se(design, fit, t, 1 / total))


def _hsk(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    fit = ls.weighted_fit(design, y, 1 / v)
    total, grow = float(np.sum(fit.weights)), design.k / (design.k - design.p)
    raw = (grow * fit.rss - design.k) / total
    return _truncated(raw, lambda t: _moment_se(design, fit, t, grow / total))


def _he(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    fit = ls.weighted_fit(design, y, np.ones(design.k))
    df, trace = design.k - design.p, ls.trace_pv(design, fit, v)

    def se(t: float) -> float:
        spread = 2 * ls.trace_pvpv(design, fit, v) + 4 * t * trace + 2 * t**2 * df
        return float(np.sqrt(spread) / df)

    return _truncated((fit.rss - trace) / df, se)


def _sj(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    start = float(np.var(y))
    if start == 0:
        return Tau2(0.0, None, True)
    fit = ls.weighted_fit(design, y, 1 / (v + start))
    df = design.k - design.p

    def se(t: float) -> float:
        vp, pp = ls.trace_pvp(design, fit, v), ls.trace_pp(design, fit)
        spread = 2 * ls.trace_pvpv(design, fit, v) + 4 * t * vp + 2 * t**2 * pp
        return float(start * np.sqrt(spread) / df)

    return _truncated(start * fit.rss / df, se)


def generalised_q(design: ls.Design, y: Floats, v: Floats, tau2: float) -> float:
    """Return Q(tau2), the weighted residual sum of squares at this between-study variance."""
    return ls.weighted_fit(design, y, 1 / (v + tau2)).rss


def solve_q(design: ls.Design, y: Floats, v: Floats, target: float) -> float | None:
    """Find the tau2 at which Q(tau2) equals ``target``; None when Q(0) is already below it.

    Q falls monotonically in tau2, so there is at most one root (Viechtbauer, Stat Med 2007;26:37).

    Examples
    --------
    >>> d = ls.make_design(np.ones((3, 1)), ("intercept",))
    >>> solve_q(d, np.array([0.0, 0.0, 0.0]), np.ones(3), 2.0) is None
    True
    """
    if generalised_q(design, y, v, 0.0) <= target or target <= 0:
        return None
    unit = float(np.median(v))
    high = max(float(np.var(y)), unit)
    while generalised_q(design, y, v, high) > target:
        high *= 4
    low = 0.0
    # A root far below the bracket is found on its own scale, so that the relative error stays small.
    while high > 1e-12 * unit and generalised_q(design, y, v, high / 16) <= target:
        high /= 16
    if high > 1e-12 * unit:
        low = high / 16
    root = brentq(lambda t: generalised_q(design, y, v, t) - target, low, high, xtol=1e-16 * unit, rtol=1e-14)
    return float(root)


def _root_se(design: ls.Design, v: Floats, tau2: float) -> float:
    total = float(np.sum(1 / (v + tau2)))
    return float(np.sqrt(2 * design.k**2 / (design.k - design.p)) / total)


def _pm(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    root = solve_q(design, y, v, design.k - design.p)
    value = root or 0.0
    return Tau2(value, _root_se(design, v, value), root is None)


def _pmm(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    root = solve_q(design, y, v, chi2_critical(0.5, design.k - design.p))
    value = root or 0.0
    return Tau2(value, _root_se(design, v, value), root is None)


def _ml(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    best = maximise(design, y, v, restricted=False)
    se = float(np.sqrt(2 / np.sum((v + best.tau2) ** -2.0)))
    return Tau2(best.tau2, se, best.tau2 == 0, best.maxima)


def _reml(design: ls.Design, y: Floats, v: Floats) -> Tau2:
    best = maximise(design, y, v, restricted=True)
    fit = ls.weighted_fit(design, y, 1 / (v + best.tau2))
    return Tau2(best.tau2, float(np.sqrt(2 / ls.trace_pp(design, fit))), best.tau2 == 0, best.maxima)


ESTIMATORS: dict[str, _Estimator] = {
    "EE": _none, "DL": _dl, "HE": _he, "HS": _hs, "HSk": _hsk, "SJ": _sj, "ML": _ml, "REML": _reml,
    "EB": _pm, "PM": _pm, "PMM": _pmm, "DLIT": _pm, "SJIT": _pm,
}  # fmt: skip


def estimate_tau2(method: str, design: ls.Design, y: Floats, v: Floats) -> Tau2:
    """Estimate the between-study variance.

    Parameters
    ----------
    method
        One of EE (none: equal effects), DL, HE, HS, HSk, SJ, ML, REML, EB, PM, PMM (median unbiased),
        DLIT, SJIT.
    design
        From `least_squares.make_design`.
    y, v
        Effects [analysis scale] and their variances [analysis scale^2], (k,).

    Raises
    ------
    EpsomError
        ``E-EV-CHOICE`` for an unknown method.

    Examples
    --------
    >>> d = ls.make_design(np.ones((3, 1)), ("intercept",))
    >>> round(estimate_tau2("DL", d, np.array([0.0, 1.0, 2.0]), np.full(3, 0.1)).value, 3)
    0.9
    """
    if method not in ESTIMATORS:
        raise EpsomError(Problem("E-EV-CHOICE", field="method", value=method, expected=", ".join(ESTIMATORS)))
    if design.k <= design.p:
        return Tau2(0.0, None, True)
    return ESTIMATORS[method](design, y, v)
