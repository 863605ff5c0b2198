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
        ``Z'W_i Z`` (m, q, q) and ``Z'W_i r_i`` (m, q) at the solution.
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
    p_mat, h = blocks.information, blocks.pull
    pl = p_mat @ factor
    inner = np.eye(factor.shape[1]) + factor.T @ pl
    chol = np.linalg.cholesky(inner)
    half = np.linalg.solve(chol, np.swapaxes(pl, 1, 2))
    lh = np.linalg.solve(chol, (h @ factor)[:, :, None])[:, :, 0]
    k = p_mat - np.swapaxes(half, 1, 2) @ half
    g = h - np.einsum("irq,ir->iq", half, lh)
    log_det = 2 * float(np.sum(np.log(np.einsum("ijj->ij", chol))))
    base = float(np.sum(blocks.residual) - np.sum(lh * lh))
    ka = k @ blocks.link
    normal = np.einsum("iqp,iqr->pr", blocks.link, ka)
    right = np.einsum("iqp,iq->p", blocks.link, g)
    cross = np.linalg.inv(normal)
    cross = 0.5 * (cross + cross.T)
    shift = cross @ right
    rss = base - float(right @ shift)
    s = g - ka @ shift
    slope = np.einsum("iq,ir->qr", s, s) - np.sum(k, axis=0)
    n = int(np.sum(blocks.n))
    if restricted:
        n -= blocks.p
        slope = slope + np.einsum("iqp,pr,isr->qs", ka, cross, ka)
    value = -0.5 * (n * np.log(2 * np.pi) + blocks.log_det_s + log_det + rss)
    if restricted:
        value -= 0.5 * float(np.linalg.slogdet(normal)[1]) - blocks.log_det_back
    return Evaluation(float(value), slope, shift, cross, k, s, rss)
