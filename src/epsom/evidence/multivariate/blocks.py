"""What a study contributes to a multivariate random-effects model, in a form that makes every step O(m).

Study i reports ``y_i ~ N(Z_i A_i beta, S_i + Z_i Psi Z_i')``. All that the likelihood needs is
``P_i = Z_i'S_i^-1 Z_i`` (q x q), ``h_i = Z_i'S_i^-1 r_i`` and two scalars, because by Woodbury's identity
``Z'(S + Z Psi Z')^-1 Z = P - P L (I + L'P L)^-1 L'P`` with ``Psi = L L'``. Studies with fewer contrasts than
q, missing outcomes and full-rank two-stage estimates are all special cases.

The blocks are stored in scaled coordinates in which the mean of P, and the information on the coefficients,
are identity matrices: tiny and huge doses then cost no digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats, Ints


@dataclass(frozen=True)
class Blocks:
    """Hold the scaled contributions of m studies with q random effects and p coefficients.

    Attributes
    ----------
    information
        ``P_i``, (q, q, m): studies last, so that small matrices of all studies are handled as columns.
    pull
        ``Z_i'S_i^-1 r_i`` for residuals of the fixed-effect fit, (q, m).
    residual
        ``r_i'S_i^-1 r_i``, (m,).
    link
        ``A_i``: coefficients to random-effect coordinates, (q, p, m); (q, p, 1) when all studies share it.
    start
        Fixed-effect coefficients that were subtracted, in scaled coordinates, (p,).
    scale
        ``R`` with ``u_scaled = R u``: Psi = R^-1 Psi_scaled R^-T, (q, q).
    back
        Scaled to original coefficients, (p, p).
    n
        Observations per study, (m,).
    log_det_s
        Sum of ``log |S_i|``.
    log_det_xtx
        ``log |X'X|`` of the original stacked design.
    log_det_back
        ``log |det back|``, needed to express the restricted likelihood in original units.
    """

    information: Floats
    pull: Floats
    residual: Floats
    link: Floats
    start: Floats
    scale: Floats
    back: Floats
    n: Ints
    log_det_s: float
    log_det_xtx: float
    log_det_back: float

    @cached_property
    def total_residual(self) -> float:
        """Return the sum of ``residual``."""
        return float(np.sum(self.residual))

    @cached_property
    def rows(self) -> int:
        """Return the number of observations."""
        return int(np.sum(self.n))

    @property
    def m(self) -> int:
        """Return the number of studies."""
        return int(self.pull.shape[1])

    @property
    def q(self) -> int:
        """Return the number of random effects."""
        return int(self.pull.shape[0])

    @property
    def p(self) -> int:
        """Return the number of coefficients."""
        return int(self.link.shape[1])


@dataclass(frozen=True)
class Whitened:
    """Hold studies multiplied by ``S_i^-1/2``; rows beyond a study's own are zero.

    Attributes
    ----------
    y, z
        Whitened effects (m, K) and random-effect designs (m, K, q).
    log_det_s
        ``log |S_i|``, (m,).
    n
        Rows per study, (m,).
    y_raw, z_raw
        Effects and designs before whitening, (m, K) and (m, K, q).
    """

    y: Floats
    z: Floats
    log_det_s: Floats
    n: Ints
    y_raw: Floats
    z_raw: Floats


def whiten(y: Floats, s: Floats, z: Floats, n: Ints) -> Whitened:
    """Multiply each study by the inverse Cholesky factor of its covariance.

    Parameters
    ----------
    y
        Effects, zero beyond row n_i, [analysis scale] and (m, K).
    s
        Covariances, identity beyond row n_i, [analysis scale^2] and (m, K, K).
    z
        Designs, zero beyond row n_i, (m, K, q).
    n
        Rows of each study, (m,).

    Raises
    ------
    EpsomError
        ``E-EV-NOT-PD`` with the number of the first study whose covariance is not positive definite.
    """
    try:
        factor = np.linalg.cholesky(s)
    except np.linalg.LinAlgError as error:
        smallest = np.linalg.eigvalsh(s)[:, 0]
        first = int(np.argmin(smallest))
        raise EpsomError(Problem("E-EV-NOT-PD", value=first + 1, details={"study": first + 1})) from error
    both = np.linalg.solve(factor, np.concatenate((y[:, :, None], z), axis=2))
    log_det = 2 * np.sum(np.log(np.einsum("ijj->ij", factor)), axis=1)
    return Whitened(both[:, :, 0], both[:, :, 1:], log_det, n, y, z)


def make_blocks(data: Whitened, link: Floats | None = None, *, mix: bool = True) -> Blocks:
    """Reduce whitened studies to scaled blocks.

    Parameters
    ----------
    data
        From `whiten`.
    link
        ``A_i`` with ``X_i = Z_i A_i``, (m, q, p); None for ``X = Z``.
    mix
        Scale with a full matrix; False keeps random effects apart (needed by structured Psi).

    Raises
    ------
    EpsomError
        ``E-EV-COLLINEAR`` when the studies together do not determine the coefficients.
    """
    q = data.z.shape[2]
    if link is None:
        link = np.eye(q)[None]
    x = data.z @ link
    back, log_det_back = _column_scale(x.reshape(-1, x.shape[2]))
    information = np.einsum("ijk,ijl->ikl", data.z, data.z)
    scale = _random_scale(np.mean(information, axis=0), mix)
    inverse = np.linalg.inv(scale)
    z = data.z @ inverse
    links = scale @ link @ back
    xs = x @ back
    flat = xs.reshape(-1, xs.shape[2])
    start = np.asarray(np.linalg.lstsq(flat, data.y.reshape(-1), rcond=None)[0], dtype=np.float64)
    residual = data.y - np.einsum("ijk,k->ij", xs, start)
    raw = (data.z_raw @ link).reshape(-1, x.shape[2])
    return Blocks(
        information=np.ascontiguousarray(np.einsum("ijk,ijl->kli", z, z)),
        pull=np.ascontiguousarray(np.einsum("ijk,ij->ki", z, residual)),
        residual=np.einsum("ij,ij->i", residual, residual),
        link=np.ascontiguousarray(np.moveaxis(links, 0, 2)),
        start=start,
        scale=scale,
        back=back,
        n=data.n,
        log_det_s=float(np.sum(data.log_det_s)),
        log_det_xtx=_log_det_gram(raw),
        log_det_back=log_det_back,
    )


def _column_scale(x: Floats) -> tuple[Floats, float]:
    size = np.sqrt(np.einsum("ij,ij->j", x, x))
    if x.shape[0] < x.shape[1] or not np.all(size > 0):
        raise EpsomError(Problem("E-EV-COLLINEAR", value=x.shape[1]))
    r = np.linalg.qr(x / size, mode="r")
    diagonal = np.abs(np.diag(r))
    if np.min(diagonal) < 1e-10:
        raise EpsomError(Problem("E-EV-COLLINEAR", value=x.shape[1]))
    back = np.linalg.inv(r) / size[:, None]
    return back, float(-np.sum(np.log(diagonal * size)))


def _random_scale(mean: Floats, mix: bool) -> Floats:
    if mix:
        size = np.sqrt(np.diag(mean))
        return np.asarray(np.linalg.cholesky(mean / np.outer(size, size)).T * size)
    return np.asarray(np.sqrt(np.trace(mean) / len(mean)) * np.eye(len(mean)))


def _log_det_gram(x: Floats) -> float:
    size = np.sqrt(np.einsum("ij,ij->j", x, x))
    r = np.linalg.qr(x / size, mode="r")
    return float(2 * np.sum(np.log(np.abs(np.diag(r)) * size)))
