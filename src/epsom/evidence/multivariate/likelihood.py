"""The (restricted) log-likelihood of the blocks and its gradient, all studies at once.

``l = -n/2 log 2pi - 1/2 sum log|Sigma_i| - 1/2 sum r_i'W_i r_i``; REML adds ``-1/2 log|sum X_i'W_iX_i|`` and
``p/2 log 2pi``. With ``G = sum Z_i'(W_i r_i r_i'W_i - W_i [+ W_iX_i C X_i'W_i]) Z_i`` the derivative in L is
``G L`` (Gasparrini, Armstrong & Kenward, Stat Med 2012;31:3821; Sera et al., Stat Med 2019;38:5429).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.evidence.arrays import Floats
from epsom.evidence.multivariate.blocks import Blocks


@dataclass(frozen=True)
class Evaluation:
    """Hold the likelihood and what it needed, in scaled coordinates.

    Attributes
    ----------
    value
        Log-likelihood in original units, without ``1/2 log|X'X|`` [-].
    slope
        ``G`` with ``dl = 1/2 tr(G dPsi)``, (q, q).
    shift
        Generalised least-squares coefficients, as a change from ``Blocks.start``, (p,).
    cross
        Covariance of the coefficients, (p, p).
    precision, score
        ``Z'W_i Z`` (q, q, m) and ``Z'W_i r_i`` (q, m) at the solution.
    rss
        ``sum r_i'W_i r_i``.
    """

    value: float
    slope: Floats
    shift: Floats
    cross: Floats
    precision: Floats
    score: Floats
    rss: float


def evaluate(blocks: Blocks, factor: Floats, *, restricted: bool) -> Evaluation:
    """Evaluate the log-likelihood at ``Psi = factor factor'``.

    Parameters
    ----------
    blocks
        From `blocks.make_blocks`.
    factor
        Any square root of the scaled Psi, (q, r).
    restricted
        REML instead of ML.
    """
    p_mat, h, link = blocks.information, blocks.pull, blocks.link
    q, m = h.shape
    lp = (factor.T @ p_mat.reshape(q, q * m)).reshape(-1, q, m)
    chol, log_det = _cholesky(np.einsum("ram,as->rsm", lp, factor))
    half = _forward(chol, lp)
    lh = _forward(chol, factor.T @ h)
    k = p_mat - np.einsum("ram,rbm->abm", half, half)
    g = h - np.einsum("ram,rm->am", half, lh)
    base = blocks.total_residual - float(np.vdot(lh, lh))
    if link.shape[2] == 1:
        shared = link[:, :, 0]
        normal, right = shared.T @ k.sum(axis=2) @ shared, shared.T @ g.sum(axis=1)
    else:
        ka = np.einsum("abm,bpm->apm", k, link)
        normal, right = np.einsum("apm,arm->pr", link, ka), np.einsum("apm,am->p", link, g)
    cross = np.linalg.inv(normal)
    cross = 0.5 * (cross + cross.T)
    shift = cross @ right
    rss = base - float(right @ shift)
    s = g - (k * np.einsum("apm,p->am", link, shift)).sum(axis=1)
    slope = s @ s.T - k.sum(axis=2)
    n = blocks.rows
    if restricted:
        n -= blocks.p
        if link.shape[2] == 1:
            spread = (shared @ cross @ shared.T @ k.reshape(q, q * m)).reshape(q, q, m)
            slope = slope + np.einsum("abm,bcm->ac", k, spread)
        else:
            slope = slope + np.einsum("apm,pr,brm->ab", ka, cross, ka, optimize=True)
    value = -0.5 * (n * np.log(2 * np.pi) + blocks.log_det_s + log_det + rss)
    if restricted:
        value -= 0.5 * float(np.linalg.slogdet(normal)[1]) - blocks.log_det_back
    return Evaluation(float(value), slope, shift, cross, k, s, rss)


def _cholesky(inner: Floats) -> tuple[list[list[Floats]], float]:
    """Factor ``I + inner`` for all studies, (r, r, m); return rows of the factor and the log determinants."""
    rows: list[list[Floats]] = []
    log_det = 0.0
    for i in range(len(inner)):
        row: list[Floats] = []
        for j in range(i):
            value = inner[i, j]
            for a, b in zip(row, rows[j][:j], strict=True):
                value = value - a * b
            row.append(value / rows[j][j])
        square = 1 + inner[i, i]
        for a in row:
            square -= a * a
        log_det += float(np.log(square).sum())
        row.append(np.sqrt(square))
        rows.append(row)
    return rows, log_det


def _forward(chol: list[list[Floats]], right: Floats) -> Floats:
    """Solve with the lower factor for all studies; ``right`` is (r, m) or (r, c, m)."""
    out = np.empty_like(right)
    for i, row in enumerate(chol):
        value = right[i]
        for j in range(i):
            value = value - row[j] * out[j]
        np.divide(value, row[i], out=out[i])
    return out
