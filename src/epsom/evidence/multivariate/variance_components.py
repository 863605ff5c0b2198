"""Variance-component estimator of Psi: residual products minus sampling variances, iterated.

Residuals are divided by the square root of ``I - H_i`` so that their products are unbiased (Sera et al.,
Stat Med 2019;38:5429, the adjusted form). The iteration need not converge; whether it did is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.evidence.arrays import Bools, Floats
from epsom.evidence.multivariate.moments import nearest_psd


@dataclass(frozen=True)
class Components:
    """Hold Psi, (q, q), with the rounds used and whether they settled."""

    psi: Floats
    rounds: int
    converged: bool


def variance_components(
    y: Floats, s: Floats, design: Floats, present: Bools, *, rounds: int = 100, tolerance: float = 1.490116e-8
) -> Components:
    """Iterate the adjusted variance-component estimator.

    Parameters
    ----------
    y
        Outcomes, 0 where missing, (m, q).
    s
        Sampling covariances, 0 where missing, (m, q, q).
    design
        ``X_i``, zero rows where missing, (m, q, p).
    present
        True where an outcome was reported, (m, q).
    rounds, tolerance
        Most iterations, and the relative change at which they stop.
    """
    q = y.shape[1]
    gap = np.einsum("iq,qr->iqr", (~present).astype(float), np.eye(q))
    there = np.sum(present, axis=0)
    number = np.minimum.outer(there, there).astype(float)
    within = np.sum(s, axis=0) / number
    both = present[:, :, None] & present[:, None, :]
    psi = np.zeros((q, q))
    for count in range(1, rounds + 1):
        before = psi
        weight = np.linalg.inv(s + np.where(both, psi, 0.0) + gap) - gap
        wx = weight @ design
        cross = np.linalg.inv(np.einsum("iqp,iqr->pr", design, wx))
        beta = cross @ np.einsum("iqp,iq->p", wx, y)
        residual = y - np.einsum("iqp,p->iq", design, beta)
        adjusted = np.einsum("iqr,ir->iq", _inverse_root(design, wx, cross, s, psi, both, gap), residual)
        psi = nearest_psd(np.einsum("iq,ir->qr", adjusted, adjusted) / number - within, tolerance)
        if np.all(np.abs(psi - before) < tolerance * np.abs(psi + tolerance)):
            return Components(psi, count, True)
    return Components(psi, rounds, False)


def _inverse_root(
    design: Floats, wx: Floats, cross: Floats, s: Floats, psi: Floats, both: Bools, gap: Floats
) -> Floats:
    """Return ``(I - H_i)^-1/2``, through the symmetric matrix that is similar to I - H."""
    sigma = s + np.where(both, psi, 0.0) + gap
    factor = np.linalg.cholesky(sigma)
    half = np.linalg.solve(factor, design)
    symmetric = np.eye(s.shape[1]) - half @ cross @ np.swapaxes(half, 1, 2)
    values, vectors = np.linalg.eigh(symmetric)
    root = (vectors / np.sqrt(values)[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    return np.asarray(factor @ root @ np.linalg.inv(factor))
