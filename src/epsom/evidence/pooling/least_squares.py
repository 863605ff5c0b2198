"""Weighted least squares for k studies and p terms, in O(k p^2) time and O(k p) memory.

The design is orthogonalised once (``X = Q R``), so that a far-off moderator such as a calendar year costs
no digits; each weighted fit then solves well-scaled normal equations of size p. The k x k projection
``P = W - W X (X'WX)^-1 X'W`` is never formed: only its traces are needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats


@dataclass(frozen=True)
class Design:
    """Hold an orthogonalised design.

    Attributes
    ----------
    basis
        Orthonormal columns ``Q`` that span the design, [-] and (k, p).
    back
        ``R^-1``, which takes coefficients of the basis to coefficients of the terms, (p, p).
    log_det_xtx
        ``log |X'X|`` [-].
    terms
        Names of the columns.
    constant
        The value of the basis when it is an intercept alone, which needs sums only.
    """

    basis: Floats
    back: Floats
    log_det_xtx: float
    terms: tuple[str, ...]
    constant: float | None = None

    @property
    def k(self) -> int:
        """Return the number of studies."""
        return int(self.basis.shape[0])

    @property
    def p(self) -> int:
        """Return the number of terms."""
        return int(self.basis.shape[1])


def make_design(x: Floats, terms: tuple[str, ...]) -> Design:
    """Orthogonalise a design matrix.

    Parameters
    ----------
    x
        Design, [units of the moderators] and (k, p).
    terms
        Names of the p columns.

    Raises
    ------
    EpsomError
        ``E-EV-COLLINEAR`` when the columns depend on one another, ``E-EV-TOO-FEW`` when k < p.

    Examples
    --------
    >>> make_design(np.ones((3, 1)), ("intercept",)).p
    1
    """
    k, p = x.shape
    if k < p:
        raise EpsomError(Problem("E-EV-TOO-FEW", value=k, expected=str(p)))
    scale = np.sqrt(np.einsum("ij,ij->j", x, x))
    if not np.all(scale > 0):
        raise EpsomError(Problem("E-EV-COLLINEAR", value=", ".join(terms)))
    q, r = np.linalg.qr(x / scale)
    diagonal = np.abs(np.diag(r))
    if np.min(diagonal) < 1e-10 * np.max(diagonal):
        raise EpsomError(Problem("E-EV-COLLINEAR", value=", ".join(terms)))
    back = np.linalg.inv(r) / scale[:, None]
    flat = float(q[0, 0]) if p == 1 and np.all(x == x[0]) else None
    return Design(q, back, float(2 * np.sum(np.log(diagonal * scale))), terms, flat)


@dataclass(frozen=True)
class Fit:
    """Hold one weighted fit on the orthonormal basis.

    Attributes
    ----------
    weights, residuals
        Weights [1 / effect^2] and residuals [effect], both (k,).
    coefficients
        On the basis, [effect] and (p,).
    cross
        ``(Q'WQ)^-1``, (p, p).
    rss
        Weighted residual sum of squares, [-].
    """

    weights: Floats
    residuals: Floats
    coefficients: Floats
    cross: Floats
    rss: float
    log_det: float


def weighted_fit(design: Design, y: Floats, weights: Floats) -> Fit:
    """Fit y on the design with the given weights.

    Parameters
    ----------
    design
        From `make_design`.
    y
        Effects, [analysis scale] and (k,).
    weights
        Inverse variances, [analysis scale^-2] and (k,).

    Examples
    --------
    >>> d = make_design(np.ones((2, 1)), ("intercept",))
    >>> float((d.back @ weighted_fit(d, np.array([1.0, 3.0]), np.ones(2)).coefficients)[0])
    2.0
    """
    if design.constant is not None:
        return _weighted_mean(design.constant, y, weights)
    q = design.basis
    wq = q * weights[:, None]
    normal = q.T @ wq
    cross = np.linalg.inv(normal)
    cross = 0.5 * (cross + cross.T)
    coefficients = cross @ (wq.T @ y)
    residuals = y - q @ coefficients
    # One step of refinement: weights may span many orders of magnitude.
    step = cross @ (wq.T @ residuals)
    coefficients = coefficients + step
    residuals = residuals - q @ step
    rss = float(np.sum(weights * residuals**2))
    return Fit(weights, residuals, coefficients, cross, rss, float(np.linalg.slogdet(normal)[1]))


def _weighted_mean(constant: float, y: Floats, weights: Floats) -> Fit:
    total = float(np.sum(weights))
    mean = float(weights @ y) / total
    residuals = y - mean
    mean += float(weights @ residuals) / total  # one step of refinement, as in the general fit
    np.subtract(y, mean, out=residuals)
    normal = constant**2 * total
    rss = float(weights @ (residuals * residuals))
    cross, coefficients = np.array([[1 / normal]]), np.array([mean / constant])
    return Fit(weights, residuals, coefficients, cross, rss, float(np.log(normal)))


def moment(design: Design, values: Floats) -> Floats:
    """Return ``Q' diag(values) Q``, (p, p)."""
    if design.constant is not None:
        return np.array([[design.constant**2 * float(np.sum(values))]])
    return design.basis.T @ (design.basis * values[:, None])


def trace_p(design: Design, fit: Fit) -> float:
    """Return ``tr P`` = sum w - tr((Q'WQ)^-1 Q'W^2Q)."""
    w = fit.weights
    if design.constant is not None:
        return float(np.sum(w) - design.constant**2 * fit.cross[0, 0] * (w @ w))
    return float(np.sum(w) - np.sum(fit.cross * moment(design, w**2)))


def trace_pp(design: Design, fit: Fit) -> float:
    """Return ``tr PP``, the sum of squares of the elements of P."""
    w = fit.weights
    inner = fit.cross @ moment(design, w**2)
    return float(np.sum(w**2) - 2 * np.sum(fit.cross * moment(design, w**3)) + np.sum(inner * inner.T))


def trace_pv(design: Design, fit: Fit, v: Floats) -> float:
    """Return ``tr PV`` for the diagonal matrix V."""
    w = fit.weights
    return float(np.sum(w * v) - np.sum(fit.cross * moment(design, w**2 * v)))


def trace_pvpv(design: Design, fit: Fit, v: Floats) -> float:
    """Return ``tr PVPV`` for the diagonal matrix V."""
    w = fit.weights
    inner = fit.cross @ moment(design, w**2 * v)
    third = np.sum(fit.cross * moment(design, w**3 * v**2))
    return float(np.sum((w * v) ** 2) - 2 * third + np.sum(inner * inner.T))


def trace_pvp(design: Design, fit: Fit, v: Floats) -> float:
    """Return ``tr PVP`` for the diagonal matrix V."""
    w = fit.weights
    left = fit.cross @ moment(design, w**2 * v)
    right = fit.cross @ moment(design, w**2)
    third = np.sum(fit.cross * moment(design, w**3 * v))
    return float(np.sum(w**2 * v) - 2 * third + np.sum(left * right.T))


def leverage(design: Design, fit: Fit) -> Floats:
    """Return the hat values of the weighted fit, [-] and (k,)."""
    q = design.basis
    return np.asarray(fit.weights * np.einsum("ij,jk,ik->i", q, fit.cross, q))
