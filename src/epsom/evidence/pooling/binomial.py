"""Log odds ratios from counts without study estimates: binomial-normal models.

``unconditional``: both groups binomial with a free intercept per study and a random effect of +-1/2 the
difference; ``conditional``: the events of group 1 among all events, approximately binomial with the group
sizes as offset (Stijnen, Hamza & Özdemir, Stat Med 2010;29:3046). The random effect is integrated by
adaptive Gauss-Hermite quadrature; study intercepts are profiled, so the cost is O(k).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, gammaln, xlogy

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.distributions import normal_two_sided
from epsom.evidence.effects.two_by_two import Table

_NEWTON = 60
MODELS = ("unconditional", "conditional")


@dataclass(frozen=True)
class BinomialResult:
    """Hold a binomial-normal fit.

    Attributes
    ----------
    estimate, se, p
        Log odds ratio, its standard error and normal p value.
    tau2
        Between-study variance of the log odds ratio; 0 for the equal-effects model.
    log_likelihood
        Including binomial coefficients [-].
    q_wald, q_lrt
        Heterogeneity: Wald and likelihood-ratio statistics against one log odds ratio per study.
    q_df
        Their degrees of freedom.
    """

    estimate: float
    se: float
    p: float
    tau2: float
    log_likelihood: float
    q_wald: float
    q_lrt: float
    q_df: int


def binomial_normal(
    table: Table, *, model: str = "unconditional", random: bool = True, points: int = 7
) -> BinomialResult:
    """Fit a binomial-normal model to 2 x 2 tables.

    Parameters
    ----------
    table
        Uncorrected counts; studies without information are left out.
    model
        ``unconditional`` or ``conditional``.
    random
        False for one common odds ratio.
    points
        Quadrature points of the random effect.

    Raises
    ------
    EpsomError
        ``E-EV-CHOICE``; ``E-EV-NO-EVENTS`` when fewer than 2 studies carry information.
    """
    if model not in MODELS:
        raise EpsomError(Problem("E-EV-CHOICE", field="model", value=model, expected=", ".join(MODELS)))
    keep = ~table.uninformative()
    t = Table(table.a[keep], table.b[keep], table.c[keep], table.d[keep])
    if len(t.a) < 2:
        raise EpsomError(Problem("E-EV-NO-EVENTS", field="events1"))
    study = _unconditional(t) if model == "unconditional" else _conditional(t)
    nodes = _nodes(points)
    beta, value = _fit_common(study)
    hessian = _second(lambda x: study(x[0], 0.0, nodes), np.array([beta]), 1e-4)
    tau, variance = 0.0, 1 / hessian[0, 0]
    common = value
    if random:
        beta, tau, value, variance = _fit_random(study, nodes, beta)
    wald, lrt = _heterogeneity(t, model, -common)
    se = float(np.sqrt(variance))
    return BinomialResult(
        beta, se, float(normal_two_sided(beta / se)), tau**2, -value, wald, lrt, len(t.a) - 1
    )


_Study = Callable[[float, float, tuple[Floats, Floats]], float]


def _nodes(points: int) -> tuple[Floats, Floats]:
    x, w = np.polynomial.hermite_e.hermegauss(points)
    return x, np.log(w) + x**2 / 2  # weights for a standard normal density, density divided out


def _fit_common(study: _Study) -> tuple[float, float]:
    nodes = _nodes(1)

    def objective(x: float) -> float:
        return study(x, 0.0, nodes)

    found = minimize_scalar(objective, bracket=(-1.0, 1.0), method="brent", options={"xtol": 1e-10})
    return float(found.x), float(found.fun)


def _fit_random(
    study: _Study, nodes: tuple[Floats, Floats], beta: float
) -> tuple[float, float, float, float]:
    def objective(x: Floats) -> float:
        return study(float(x[0]), abs(float(x[1])), nodes)

    best, lowest = np.array([beta, 0.0]), objective(np.array([beta, 0.0]))
    for start in (0.2, 0.8):
        found = minimize(
            objective, np.array([beta, start]), method="Nelder-Mead",
            options={"xatol": 1e-8, "fatol": 1e-11, "maxiter": 1000},
        )  # fmt: skip
        if found.fun < lowest - 1e-10:
            best, lowest = np.asarray(found.x), float(found.fun)
    tau = abs(float(best[1]))
    if tau < 1e-4:
        hessian = _second(lambda x: objective(np.array([x[0], 0.0])), best[:1], 1e-4)
        return float(best[0]), 0.0, lowest, float(1 / hessian[0, 0])
    hessian = _second(objective, np.array([best[0], tau]), 1e-4)
    return float(best[0]), tau, lowest, float(np.linalg.inv(hessian)[0, 0])


def _second(function: Callable[[Floats], float], at: Floats, step: float) -> Floats:
    """Return the Hessian by central differences."""
    n = len(at)
    eye = step * np.eye(n)
    out = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            out[i, j] = (
                function(at + eye[i] + eye[j]) - function(at + eye[i] - eye[j])
                - function(at - eye[i] + eye[j]) + function(at - eye[i] - eye[j])
            ) / (4 * step**2)  # fmt: skip
    return out


def _choose(n: Floats, x: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1))


def _integrate(
    log_density: Callable[[Floats], Floats], mode: Floats, curvature: Floats, nodes: tuple[Floats, Floats]
) -> Floats:
    """Integrate exp(log density) over the standardised random effect, one value per study."""
    x, log_w = nodes
    spread = 1 / np.sqrt(curvature)
    values = np.stack([log_density(mode + spread * xi) + lw for xi, lw in zip(x, log_w, strict=True)])
    top = np.max(values, axis=0)
    return np.asarray(top + np.log(np.sum(np.exp(values - top), axis=0)) + np.log(spread))


def _conditional(t: Table) -> _Study:
    total, offset = t.a + t.c, np.log(t.n1 / t.n2)
    constant = _choose(total, t.a)

    def study(beta: float, tau: float, nodes: tuple[Floats, Floats]) -> float:
        def log_density(u: Floats) -> Floats:
            eta = offset + beta + tau * u
            return np.asarray(constant + t.a * eta - total * np.logaddexp(0, eta) - u**2 / 2)

        if tau == 0:
            return float(-np.sum(log_density(np.zeros(len(t.a)))))
        u = np.zeros(len(t.a))
        for _ in range(_NEWTON):
            p = expit(offset + beta + tau * u)
            curve = 1 + tau**2 * total * p * (1 - p)
            step = (tau * (t.a - total * p) - u) / curve
            u = u + np.clip(step, -2, 2)
            if np.max(np.abs(step)) < 1e-12:
                break
        p = expit(offset + beta + tau * u)
        curve = 1 + tau**2 * total * p * (1 - p)
        return float(-np.sum(_integrate(log_density, u, curve, nodes) - 0.5 * np.log(2 * np.pi)))

    return study


def _unconditional(t: Table) -> _Study:
    constant = _choose(t.n1, t.a) + _choose(t.n2, t.c)
    start = np.log((t.a + t.c + 0.5) / (t.b + t.d + 0.5))

    def density(alpha: Floats, beta: float, tau: float, u: Floats) -> Floats:
        half = (beta + tau * u) / 2
        up, down = alpha + half, alpha - half
        return np.asarray(
            constant + t.a * up - t.n1 * np.logaddexp(0, up) + t.c * down - t.n2 * np.logaddexp(0, down)
            - u**2 / 2
        )  # fmt: skip

    def marginal(alpha: Floats, beta: float, tau: float, nodes: tuple[Floats, Floats]) -> Floats:
        if tau == 0:
            return density(alpha, beta, 0.0, np.zeros(len(alpha)))
        u = np.zeros(len(alpha))
        for _ in range(_NEWTON):
            half = (beta + tau * u) / 2
            p, r = expit(alpha + half), expit(alpha - half)
            curve = 1 + tau**2 / 4 * (t.n1 * p * (1 - p) + t.n2 * r * (1 - r))
            step = (tau / 2 * (t.a - t.n1 * p - t.c + t.n2 * r) - u) / curve
            u = u + np.clip(step, -2, 2)
            if np.max(np.abs(step)) < 1e-12:
                break
        inside = _integrate(lambda x: density(alpha, beta, tau, x), u, curve, nodes)
        return np.asarray(inside - 0.5 * np.log(2 * np.pi))

    def study(beta: float, tau: float, nodes: tuple[Floats, Floats]) -> float:
        # The intercept of each study is profiled by Newton on differenced derivatives, all at once.
        alpha, h = start.copy(), 1e-3
        for _ in range(_NEWTON):
            middle = marginal(alpha, beta, tau, nodes)
            up, down = marginal(alpha + h, beta, tau, nodes), marginal(alpha - h, beta, tau, nodes)
            slope, bend = (up - down) / (2 * h), (up - 2 * middle + down) / h**2
            step = np.clip(-slope / np.minimum(bend, -1e-3), -2, 2)
            alpha = alpha + step
            if np.max(np.abs(step)) < 1e-7:
                break
        return float(-np.sum(marginal(alpha, beta, tau, nodes)))

    return study


def _heterogeneity(t: Table, model: str, common: float) -> tuple[float, float]:
    """Return Wald and likelihood-ratio heterogeneity against one log odds ratio per study."""
    if model == "conditional":
        total = t.a + t.c
        best = _choose(total, t.a) + xlogy(t.a, t.a / total) + xlogy(t.c, t.c / total)
        full = (t.a > 0) & (t.c > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            y, weight = np.log(t.a / t.c) - np.log(t.n1 / t.n2), 1 / (1 / t.a + 1 / t.c)
    else:
        best = (
            _choose(t.n1, t.a) + xlogy(t.a, t.a / t.n1) + xlogy(t.b, t.b / t.n1)
            + _choose(t.n2, t.c) + xlogy(t.c, t.c / t.n2) + xlogy(t.d, t.d / t.n2)
        )  # fmt: skip
        full = (t.a > 0) & (t.b > 0) & (t.c > 0) & (t.d > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            y = np.log(t.a * t.d / (t.b * t.c))
            weight = 1 / (1 / t.a + 1 / t.b + 1 / t.c + 1 / t.d)
    # A study with an empty cell has an infinite variance on this scale, so it adds nothing to Wald's sum.
    y, weight = y[full], weight[full]
    wald = float(np.sum(weight * (y - np.sum(weight * y) / np.sum(weight)) ** 2)) if len(y) else 0.0
    return wald, 2 * float(np.sum(best) - common)
