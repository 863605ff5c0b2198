"""Three-level models: several effects per cluster, with differences within and between clusters.

``V = diag(v + sigma2_within) + sigma2_between 11'`` per cluster, so every quantity costs O(k) by Sherman and
Morrison (Konstantopoulos, Res Synth Methods 2011;2:61). Cluster-robust errors: CR1, a sandwich with factor
m / (m - p) and t on m - p degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats, Ints
from epsom.evidence.distributions import chi2_tail, critical, normal_two_sided, t_two_sided
from epsom.evidence.multivariate.optimise import polish, search
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.moderators import design_columns
from epsom.evidence.pooling.pool import read_effects


@dataclass(frozen=True)
class MultilevelResult:
    """Hold a three-level fit.

    Attributes
    ----------
    terms, coefficients, se, vcov
        Fixed effects, [analysis scale], (p,) and (p, p).
    p_value, ci_low, ci_high
        Normal tests and intervals.
    sigma2_between, sigma2_within
        Variance between clusters and between effects within clusters, [analysis scale^2].
    log_likelihood
        With ``1/2 log|X'X|`` for REML [-].
    q, q_df, q_p
        Heterogeneity at zero variances.
    robust_se, robust_df, robust_p
        Cluster-robust (CR1) standard errors, degrees of freedom and p values.
    boundary
        True when a variance is zero.
    clusters
        Number of clusters.
    """

    terms: tuple[str, ...]
    coefficients: Floats
    se: Floats
    vcov: Floats
    p_value: Floats
    ci_low: Floats
    ci_high: Floats
    sigma2_between: float
    sigma2_within: float
    log_likelihood: float
    q: float
    q_df: int
    q_p: float
    robust_se: Floats
    robust_df: int
    robust_p: Floats
    boundary: bool
    clusters: int


@dataclass(frozen=True)
class _At:
    value: float
    slope: Floats
    coefficients: Floats
    cross: Floats
    weighted: Floats
    pull: Floats


@dataclass(frozen=True)
class _Data:
    y: Floats
    v: Floats
    design: ls.Design
    cluster: Ints
    count: int

    def total(self, values: Floats) -> Floats:
        """Sum over each cluster; keeps trailing axes."""
        out = np.zeros((self.count, *values.shape[1:]))
        np.add.at(out, self.cluster, values)
        return out


def _evaluate(data: _Data, between: float, within: float, restricted: bool) -> _At:
    d = data.v + within
    g = data.total(1 / d)
    shrink = between / (1 + between * g)
    q = data.design.basis

    def times(x: Floats) -> Floats:
        scaled = x / d[:, None]
        return np.asarray(scaled - (shrink[:, None] * data.total(scaled))[data.cluster] / d[:, None])

    wq = times(q)
    normal = q.T @ wq
    cross = np.asarray(np.linalg.inv(normal), dtype=np.float64)
    beta = np.asarray(cross @ (wq.T @ data.y), dtype=np.float64)
    r = data.y - q @ beta
    pull = times(r[:, None])[:, 0]
    k, p = q.shape
    n = k - p if restricted else k
    log_det = float(np.sum(np.log(d)) + np.sum(np.log1p(between * g)))
    value = -0.5 * (n * np.log(2 * np.pi) + log_det + float(r @ pull))
    trace = float(np.sum(1 / d) - np.sum(shrink * data.total(1 / d**2)))
    block = float(np.sum(g / (1 + between * g)))
    if restricted:
        value -= 0.5 * float(np.linalg.slogdet(normal)[1])
        trace -= float(np.sum(cross * (wq.T @ wq)))
        sums = data.total(wq)
        block -= float(np.sum(cross * (sums.T @ sums)))
    slope = 0.5 * np.array([float(np.sum(data.total(pull) ** 2)) - block, float(pull @ pull) - trace])
    return _At(value, slope, beta, cross, wq, pull)


def multilevel(
    estimate: ArrayLike,
    cluster: Sequence[Any],
    *,
    se: ArrayLike | None = None,
    variance: ArrayLike | None = None,
    moderators: Mapping[str, Any] | None = None,
    method: str = "REML",
    level: float = 0.95,
) -> MultilevelResult:
    """Pool effects that come in clusters.

    Parameters
    ----------
    estimate, se, variance
        As in `pool.pool`.
    cluster
        Cluster of each effect, (k,).
    moderators
        As in `pool.pool`.
    method
        ``REML`` or ``ML``.
    level
        Coverage of the intervals.

    Raises
    ------
    EpsomError
        As `pool.pool`; ``E-EV-TOO-FEW`` when there are no more clusters than coefficients.

    Examples
    --------
    >>> r = multilevel([0.1, 0.3, 0.8, 0.9, 0.2], ["a", "a", "b", "b", "c"], se=[0.1] * 5)
    >>> r.clusters, round(float(r.coefficients[0]), 2)
    (3, 0.42)
    """
    if method not in ("REML", "ML"):
        raise EpsomError(Problem("E-EV-CHOICE", field="method", value=method, expected="REML, ML"))
    y, v, _ = read_effects(estimate, se, variance, None)
    if len(cluster) != len(y):
        raise EpsomError(Problem("E-EV-LENGTH", value=f"estimate: {len(y)}, cluster: {len(cluster)}"))
    codes = np.unique([str(c) for c in cluster], return_inverse=True)[1]
    x, terms = design_columns(len(y), moderators)
    data = _Data(y, v, ls.make_design(x, terms), np.asarray(codes, dtype=np.int64), int(codes.max()) + 1)
    if data.count <= len(terms):
        raise EpsomError(Problem("E-EV-TOO-FEW", value=data.count, expected=str(len(terms) + 1)))
    sd, at = _best(data, method == "REML")
    return _result(data, sd, at, level)


def _best(data: _Data, restricted: bool) -> tuple[Floats, _At]:
    unit = float(np.sqrt(np.var(data.y) + np.median(data.v)))

    def objective(theta: Floats) -> tuple[float, Floats]:
        at = _evaluate(data, float(theta[0] ** 2) * unit**2, float(theta[1] ** 2) * unit**2, restricted)
        return -at.value, -2 * theta * unit**2 * at.slope

    starts = ([0.5, 0.5], [1.0, 0.1], [0.1, 1.0], [0.1, 0.1])
    thetas = [polish(objective, search(objective, np.array(start))[0])[0] for start in starts]
    # A variance of zero is a stationary point of its square root, so the borders are searched as well.
    for j in (0, 1):
        edge = _on_border(objective, j)
        thetas.append(np.insert(polish(edge, search(edge, np.array([0.5]))[0])[0], j, 0.0))
    thetas.append(np.zeros(2))
    values = [objective(theta)[0] for theta in thetas]
    theta = thetas[int(np.argmin(values))]
    sd = np.abs(theta) * unit
    return sd, _evaluate(data, float(sd[0] ** 2), float(sd[1] ** 2), restricted)


def _on_border(objective: Any, held: int) -> Any:
    def inner(theta: Floats) -> tuple[float, Floats]:
        value, slope = objective(np.insert(theta, held, 0.0))
        return value, np.delete(slope, held)

    return inner


def _result(data: _Data, sd: Floats, at: _At, level: float) -> MultilevelResult:
    back = data.design.back
    vcov = back @ at.cross @ back.T
    beta, se = back @ at.coefficients, np.sqrt(np.diag(vcov))
    reach = critical(level) * se
    scores = data.total(data.design.basis * at.pull[:, None])
    meat = at.cross @ (scores.T @ scores) @ at.cross
    p = len(beta)
    df = data.count - p
    robust = np.sqrt(np.diag(back @ meat @ back.T) * data.count / df)
    fixed = ls.weighted_fit(data.design, data.y, 1 / data.v)
    q_df = len(data.y) - p
    return MultilevelResult(
        terms=data.design.terms, coefficients=beta, se=se, vcov=vcov,
        p_value=np.asarray(normal_two_sided(beta / se)), ci_low=beta - reach, ci_high=beta + reach,
        sigma2_between=float(sd[0] ** 2), sigma2_within=float(sd[1] ** 2), log_likelihood=at.value,
        q=fixed.rss, q_df=q_df, q_p=float(chi2_tail(fixed.rss, q_df)),
        robust_se=robust, robust_df=df, robust_p=np.asarray(t_two_sided(beta / robust, df)),
        boundary=bool(np.min(sd**2) < 1e-8 * np.median(data.v)), clusters=data.count,
    )  # fmt: skip
