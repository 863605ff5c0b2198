"""How much one study matters: leave-one-out, cumulative pooling, influence diagnostics.

Diagnostics after Viechtbauer & Cheung, Res Synth Methods 2010;1:112.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epsom.evidence.arrays import Floats, Ints
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.heterogeneity import Heterogeneity, heterogeneity
from epsom.evidence.pooling.inference import Inference, infer
from epsom.evidence.pooling.result import PooledResult
from epsom.evidence.pooling.tau2 import estimate_tau2


@dataclass(frozen=True)
class Refits:
    """Hold a series of pooled results, one per row; all arrays (rows,) on the analysis scale.

    Attributes
    ----------
    labels
        The study left out, or added last.
    estimate, se, ci_low, ci_high, p_value, tau2, i2, q
        Figures of each fit; I2 in %.
    """

    labels: tuple[str, ...]
    estimate: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    p_value: Floats
    tau2: Floats
    i2: Floats
    q: Floats


@dataclass(frozen=True)
class Influence:
    """Hold influence diagnostics per study, (k,).

    Attributes
    ----------
    labels
        Studies.
    rstudent
        Externally standardised residual [-].
    dffits, cook, covratio
        Change of the fitted value, of all coefficients, and of their covariance when the study is left out.
    tau2_deleted, q_deleted
        tau2 [effect^2] and Q without the study; NaN where the others do not determine the model.
    hat, weight
        Leverage [-] and weight [%].
    influential
        True where any diagnostic passes its usual threshold.
    """

    labels: tuple[str, ...]
    rstudent: Floats
    dffits: Floats
    cook: Floats
    covratio: Floats
    tau2_deleted: Floats
    q_deleted: Floats
    hat: Floats
    weight: Floats
    influential: tuple[bool, ...]


@dataclass(frozen=True)
class _Refit:
    found: Inference
    tau2: float
    heterogeneity: Heterogeneity
    scale: float


def _refit(result: PooledResult, rows: Ints) -> _Refit:
    y, v = result.y[rows], result.v[rows]
    design = ls.make_design(result.x[rows], result.terms)
    tau2 = estimate_tau2(result.method, design, y, v).value
    fit = ls.weighted_fit(design, y, 1 / (v + tau2))
    found = infer(design, fit, result.test, result.level)
    h = heterogeneity(design, y, v, None if result.method == "EE" else tau2)
    scale = fit.rss / (design.k - design.p) if result.test in ("knha", "adhoc") else 1.0
    return _Refit(found, tau2, h, max(1.0, scale) if result.test == "adhoc" else scale)


def _series(labels: Sequence[str], fits: Sequence[_Refit]) -> Refits:
    def first(name: str) -> Floats:
        return np.array([getattr(fit.found, name)[0] for fit in fits])

    return Refits(
        tuple(labels), first("coefficients"), first("se"), first("low"), first("high"), first("p_value"),
        np.array([fit.tau2 for fit in fits]), np.array([fit.heterogeneity.i2 for fit in fits]),
        np.array([fit.heterogeneity.q for fit in fits]),
    )  # fmt: skip


def leave_one_out(result: PooledResult) -> Refits:
    """Pool again without each study in turn, with the method and test of ``result``.

    Raises
    ------
    EpsomError
        ``E-EV-TOO-FEW`` for a single study.

    Examples
    --------
    >>> from epsom.evidence import pool
    >>> leave_one_out(pool([0.0, 1.0, 5.0], se=[1, 1, 1], method="EE")).estimate
    array([3. , 2.5, 0.5])
    """
    everyone = np.arange(result.k)
    return _series(result.labels, [_refit(result, np.delete(everyone, i)) for i in everyone])


def cumulative(result: PooledResult, order: Sequence[float] | None = None) -> Refits:
    """Pool the first study, the first two, and so on.

    Parameters
    ----------
    result
        A pooled result without moderators; the single first study is tested by z.
    order
        Sort key such as the year, (k,); ties keep their order. None: as given.

    Examples
    --------
    >>> from epsom.evidence import pool
    >>> cumulative(pool([0.0, 1.0, 5.0], se=[1, 1, 1], method="EE")).estimate
    array([0. , 0.5, 2. ])
    """
    ranks = np.arange(result.k) if order is None else np.argsort(np.asarray(order), kind="stable")
    fits = [_refit(result, ranks[: i + 1]) for i in range(result.k)]
    return _series([result.labels[i] for i in ranks], fits)


def influence(result: PooledResult) -> Influence:
    """Compute influence diagnostics.

    Examples
    --------
    >>> from epsom.evidence import pool
    >>> found = influence(pool([0.0, 0.1, 2.0], se=[0.1, 0.1, 0.1], method="DL", test="z"))
    >>> int(np.argmax(np.abs(found.rstudent)))
    2
    """
    design = ls.make_design(result.x, result.terms)
    fit = ls.weighted_fit(design, result.y, 1 / (result.v + result.tau2))
    hat = ls.leverage(design, fit)
    precision = np.linalg.inv(result.vcov)
    volume = np.linalg.slogdet(result.vcov)[1]
    everyone = np.arange(result.k)
    table = np.full((6, result.k), np.nan)
    for i in everyone:
        rest = np.delete(everyone, i)
        if len(rest) < design.p or np.linalg.matrix_rank(result.x[rest]) < design.p:
            continue
        fitted = _refit(result, rest)
        x = result.x[i]
        left = float(x @ fitted.found.coefficients)
        spread = result.v[i] + fitted.tau2
        change = result.coefficients - fitted.found.coefficients
        table[:, i] = (
            (result.y[i] - left) / np.sqrt(spread + x @ fitted.found.vcov @ x),
            float(x @ change) / np.sqrt(fitted.scale * hat[i] * spread),
            change @ precision @ change,
            np.exp(np.linalg.slogdet(fitted.found.vcov)[1] - volume),
            fitted.tau2,
            fitted.heterogeneity.q,
        )
    weight = result.weights
    p, k = design.p, design.k
    flagged = (np.abs(table[1]) > 3 * np.sqrt(p / max(k - p, 1))) | (hat > 3 * p / k) | (table[2] > p)
    rstudent, dffits, cook, covratio, tau2, q = table
    return Influence(
        result.labels, rstudent, dffits, cook, covratio, tau2, q, hat, weight,
        tuple(bool(x) for x in flagged),
    )  # fmt: skip
