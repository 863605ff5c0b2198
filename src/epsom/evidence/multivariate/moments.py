"""Moment estimator of a between-study covariance matrix (Jackson, White & Riley, Biom J 2013;55:231).

The multivariate form of DerSimonian and Laird: the matrix of weighted residual products is equated to its
expectation, a linear system in Psi. All sums run over studies once: no matrix grows with their number.
"""

from __future__ import annotations

import numpy as np

from epsom.evidence.arrays import Bools, Floats


def moment_psi(precision: Floats, residual: Floats, design: Floats, present: Bools, cross: Floats) -> Floats:
    """Estimate Psi by the method of moments, before any truncation.

    Parameters
    ----------
    precision
        ``S_i^-1`` padded with zeros at missing outcomes, (m, q, q).
    residual
        ``y_i - X_i beta`` of the fixed-effect fit, zero at missing outcomes, (m, q).
    design
        ``X_i``, zero rows at missing outcomes, (m, q, p).
    present
        True where an outcome was reported, (m, q).
    cross
        ``(sum X_i'S_i^-1X_i)^-1``, (p, p).

    Returns
    -------
    Floats
        Symmetric (q, q), possibly indefinite; see `nearest_psd`.
    """
    q = residual.shape[1]
    there = np.einsum("iq,qr->iqr", present.astype(float), np.eye(q))
    f = precision @ design
    wr = np.einsum("iqr,ir->iq", precision, residual)
    observed = np.einsum("iq,ir->qr", wr, residual)
    fc = f @ cross
    # Diagonal blocks of (I - H)'D with H the hat matrix, and of (I - H)'W.
    b_diagonal = np.sum(there, axis=0) - np.einsum("iqp,irp->qr", fc, design)
    hat_w = np.einsum("iqp,irp->iqr", fc, f)
    hat_d = np.einsum("iqp,irp->iqr", fc, design)
    system = _kron_sum(there, precision) - _kron_sum(there, hat_w) - _kron_sum(hat_d, precision)
    left = np.einsum("iab,icd->acbd", f, f).reshape(q * q, -1)
    right = np.einsum("iab,icd->acbd", design, f).reshape(q * q, -1)
    system = system + left @ np.kron(cross, cross) @ right.T
    # Least squares: with very few studies the system does not determine all of Psi.
    psi = np.linalg.lstsq(system.T, (observed - b_diagonal).reshape(-1, order="F"), rcond=None)[0]
    square = psi.reshape(q, q, order="F")
    return np.asarray(0.5 * (square + square.T))


def _kron_sum(left: Floats, right: Floats) -> Floats:
    """Return the sum over studies of the Kronecker products of two blocks."""
    q = left.shape[1]
    return np.asarray(np.einsum("iab,icd->acbd", left, right).reshape(q * q, q * q))


def nearest_psd(matrix: Floats, floor: float = 0.0) -> Floats:
    """Replace eigenvalues below ``floor`` by ``floor``.

    Examples
    --------
    >>> nearest_psd(np.diag([1.0, -1.0])).tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= 0:
        return matrix
    return np.asarray((vectors * np.where(values < 0, floor, values)) @ vectors.T)
