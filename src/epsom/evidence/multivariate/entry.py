"""Multivariate meta-analysis of several correlated outcomes per study, with missing outcomes allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Bools, Floats, at_row
from epsom.evidence.distributions import chi2_tail
from epsom.evidence.multivariate.blocks import Blocks, make_blocks, whiten
from epsom.evidence.multivariate.likelihood import evaluate
from epsom.evidence.multivariate.model import RandomEffects, finish, fit_blocks, square_root
from epsom.evidence.multivariate.optimise import Optimum
from epsom.evidence.multivariate.structures import STRUCTURES, maximise_structured
from epsom.evidence.multivariate.variance_components import variance_components
from epsom.evidence.pooling.moderators import design_columns

METHODS = ("fixed", "mm", "vc", "ml", "reml")


@dataclass(frozen=True)
class MultivariateResult:
    """Hold a multivariate fit.

    Attributes
    ----------
    method, structure
        How Psi was estimated and its form.
    outcomes, terms
        Names of the outcomes and of the coefficients, outcome by outcome.
    effects
        Coefficients, covariance, Psi, likelihood, starts; see `model.RandomEffects`.
    se
        Standard errors of the coefficients, (p,).
    q, q_df, q_p, i2
        Cochran's Q of all outcomes and then of each outcome, with I2 [%], (1 + outcomes,).
    warnings
        Coded remarks.
    """

    method: str
    structure: str
    outcomes: tuple[str, ...]
    terms: tuple[str, ...]
    effects: RandomEffects
    se: Floats
    q: Floats
    q_df: Floats
    q_p: Floats
    i2: Floats
    warnings: tuple[Problem, ...]


def multivariate(
    estimate: ArrayLike,
    covariance: ArrayLike,
    *,
    outcomes: Sequence[str] | None = None,
    labels: Sequence[Any] | None = None,
    moderators: Mapping[str, Any] | None = None,
    method: str = "reml",
    structure: str = "unstructured",
    starts: int = 12,
) -> MultivariateResult:
    """Pool several outcomes at once.

    Parameters
    ----------
    estimate
        Effects, NaN where a study did not report an outcome, [analysis scale] and (m, q).
    covariance
        Within-study covariances, ignored where missing, [analysis scale^2] and (m, q, q).
    outcomes, labels
        Names of outcomes and studies.
    moderators
        Name -> (m,) values; each outcome gets its own coefficients.
    method
        ``fixed``, ``mm``, ``vc``, ``ml`` or ``reml``.
    structure
        ``unstructured``; with ``ml`` and ``reml`` also ``diag``, ``id``, ``cs``, ``hcs``.
    starts
        Starts of the likelihood search.

    Raises
    ------
    EpsomError
        ``E-EV-CHOICE``, ``E-EV-LENGTH``, ``E-EV-SE``, ``E-EV-NOT-PD``, ``E-EV-NUMBER``, ``E-EV-COLLINEAR``.

    Examples
    --------
    >>> y = [[0.5, 0.2], [0.3, 0.1], [0.9, 0.5]]
    >>> s = [[[0.04, 0.01], [0.01, 0.04]]] * 3
    >>> multivariate(y, s, method="fixed").effects.coefficients.round(3)
    array([0.567, 0.267])
    """
    _check(method, structure)
    y, s, present = _read(estimate, covariance, labels)
    m, q = y.shape
    rows, columns = design_columns(m, moderators)
    link = np.einsum("qr,ic->iqrc", np.eye(q), rows).reshape(m, q, -1)
    eye = np.einsum("iq,qr->iqr", present.astype(float), np.eye(q))
    data = whiten(y, np.where(_pairs(present), s, 0.0) + np.eye(q) - eye, eye, np.sum(present, axis=1))
    blocks = make_blocks(data, link, mix=structure == "unstructured")
    if structure != "unstructured":
        optimum = maximise_structured(blocks, structure, restricted=method == "reml", starts=starts)
        rss = evaluate(blocks, np.zeros((q, 1)), restricted=False).rss
        found = finish(blocks, optimum, method, rss)
    elif method == "vc":
        found = _by_components(blocks, y, np.where(_pairs(present), s, 0.0), eye @ link, present)
    else:
        found = fit_blocks(blocks, method, starts=starts, whitened=data, link=link)
    names = tuple(outcomes or (f"y{j + 1}" for j in range(q)))
    terms = tuple(name if j == 0 else f"{name}:{c}" for name in names for j, c in enumerate(columns))
    statistic, df = _q(blocks, y, s, eye @ link, present)
    remarks = [Problem("W-EV-BOUNDARY")] if found.boundary else []
    if not found.converged:
        remarks.append(Problem("W-EV-CONVERGENCE"))
    with np.errstate(divide="ignore", invalid="ignore"):
        i2 = np.where(statistic > 0, 100 * np.maximum(0.0, (statistic - df) / statistic), 0.0)
    return MultivariateResult(
        method, structure, names, terms, found, np.sqrt(np.diag(found.vcov)), statistic, df,
        np.asarray(chi2_tail(statistic, df)), i2, tuple(remarks),
    )  # fmt: skip


def _check(method: str, structure: str) -> None:
    if method not in METHODS:
        raise EpsomError(Problem("E-EV-CHOICE", field="method", value=method, expected=", ".join(METHODS)))
    known = ("unstructured", *STRUCTURES)
    if structure not in known or (structure != "unstructured" and method not in ("ml", "reml")):
        raise EpsomError(
            Problem("E-EV-CHOICE", field="structure", value=structure, expected=", ".join(known))
        )


def _pairs(present: Bools) -> Bools:
    return np.asarray(present[:, :, None] & present[:, None, :])


def _read(
    estimate: ArrayLike, covariance: ArrayLike, labels: Sequence[Any] | None
) -> tuple[Floats, Floats, Bools]:
    y, s = np.asarray(estimate, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    if y.ndim != 2 or s.shape != (*y.shape, y.shape[1]) or not y.size:
        raise EpsomError(Problem("E-EV-LENGTH", value=f"estimate: {y.shape}, covariance: {s.shape}"))
    names = None if labels is None else [str(label) for label in labels]
    present = np.isfinite(y)
    problems = [
        at_row("E-EV-SE", int(i), f"covariance[{j}]", s[i, j, j], names)
        for i, j in np.argwhere(present)
        if not s[i, j, j] > 0
    ]
    problems += [
        at_row("E-EV-NUMBER", int(i), "covariance", None, names)
        for i in range(len(y))
        if not np.all(np.isfinite(s[i][np.ix_(present[i], present[i])]))
    ]
    problems += [
        at_row("E-EV-NUMBER", int(i), "estimate", None, names) for i in np.flatnonzero(~present.any(axis=1))
    ]
    if problems:
        raise EpsomError.of(problems)
    return np.where(present, y, 0.0), s, present


def _by_components(blocks: Blocks, y: Floats, s: Floats, design: Floats, present: Bools) -> RandomEffects:
    found = variance_components(y, s, design, present)
    factor = blocks.scale @ square_root(found.psi)
    rss = evaluate(blocks, np.zeros((blocks.q, 1)), restricted=False).rss
    return finish(blocks, Optimum(factor, np.nan, 1.0, 1, False, found.converged), "mm", rss)


def _q(blocks: Blocks, y: Floats, s: Floats, design: Floats, present: Bools) -> tuple[Floats, Floats]:
    """Return Q of all outcomes, then Q of each outcome about the fixed-effect fit, with their df."""
    fixed = evaluate(blocks, np.zeros((blocks.q, 1)), restricted=False)
    beta = blocks.back @ (blocks.start + fixed.shift)
    residual = y - np.einsum("iqp,p->iq", design, beta)
    variance = np.where(present, np.einsum("iqq->iq", np.where(present[:, :, None], s, 1.0)), 1.0)
    single = np.sum(np.where(present, residual**2 / variance, 0.0), axis=0)
    per = blocks.p // blocks.q
    df = np.sum(present, axis=0) - per
    return np.concatenate(([fixed.rss], single)), np.concatenate(([np.sum(present) - blocks.p], df)).astype(
        float
    )
