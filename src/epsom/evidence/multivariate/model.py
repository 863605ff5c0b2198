"""Fit a multivariate random-effects model to blocks: fixed, method of moments, ML or REML."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.multivariate.blocks import Blocks, Whitened
from epsom.evidence.multivariate.likelihood import evaluate
from epsom.evidence.multivariate.moments import moment_psi, nearest_psd
from epsom.evidence.multivariate.optimise import Optimum, maximise

METHODS = ("fixed", "mm", "ml", "reml")
FLOOR = float(np.sqrt(np.finfo(float).eps))  # what negative eigenvalues of a moment estimate become


@dataclass(frozen=True)
class RandomEffects:
    """Hold a fitted model in original units.

    Attributes
    ----------
    coefficients, vcov
        (p,) and (p, p).
    psi
        Between-study covariance, (q, q).
    log_likelihood
        Without ``1/2 log|X'X|``; None for the method of moments.
    log_likelihood_with_design
        With it; None unless REML.
    q
        Cochran's Q of the fixed-effect fit [-].
    shrunken
        Best linear unbiased prediction of each study's random effect, (m, q).
    share, starts, boundary, converged
        See `optimise.Optimum`.
    """

    coefficients: Floats
    vcov: Floats
    psi: Floats
    log_likelihood: float | None
    log_likelihood_with_design: float | None
    q: float
    shrunken: Floats
    share: float
    starts: int
    boundary: bool
    converged: bool


def fit_blocks(
    blocks: Blocks, method: str, *, starts: int, whitened: Whitened, link: Floats | None
) -> RandomEffects:
    """Fit the model.

    Parameters
    ----------
    blocks
        From `blocks.make_blocks`, of the same ``whitened`` studies and ``link``.
    method
        ``fixed``, ``mm``, ``ml`` or ``reml``.
    starts
        Number of starts of the likelihood search.
    """
    fixed = evaluate(blocks, np.zeros((blocks.q, 1)), restricted=False)
    if method == "fixed":
        optimum = Optimum(np.zeros((blocks.q, blocks.q)), fixed.value, 1.0, 1, False, True)
    elif method == "mm":
        psi = moments(blocks, whitened, link)
        optimum = Optimum(blocks.scale @ square_root(nearest_psd(psi, FLOOR)), np.nan, 1.0, 1, False, True)
    else:
        first = _start(blocks, moments(blocks, whitened, link)) if _selects(whitened) else None
        optimum = maximise(blocks, restricted=method == "reml", starts=starts, first=first)
    return finish(blocks, optimum, method, fixed.rss)


def finish(blocks: Blocks, optimum: Optimum, method: str, q_statistic: float) -> RandomEffects:
    """Take an optimum back to original units."""
    at = evaluate(blocks, optimum.factor, restricted=method == "reml")
    inverse = np.linalg.inv(blocks.scale)
    root = inverse @ optimum.factor
    psi_scaled = optimum.factor @ optimum.factor.T
    value = None if method == "mm" else at.value
    with_design = at.value + 0.5 * blocks.log_det_xtx if method == "reml" else None
    return RandomEffects(
        coefficients=blocks.back @ (blocks.start + at.shift),
        vcov=blocks.back @ at.cross @ blocks.back.T,
        psi=root @ root.T,
        log_likelihood=value,
        log_likelihood_with_design=with_design,
        q=q_statistic,
        shrunken=at.score.T @ psi_scaled @ inverse.T,
        share=optimum.share,
        starts=optimum.starts,
        boundary=optimum.boundary,
        converged=optimum.converged,
    )


def _selects(data: Whitened) -> bool:
    """Tell whether each row of the designs is one outcome, as the moment estimator needs."""
    z = data.z_raw
    return z.shape[1] == z.shape[2] and bool(np.all((z == 0) | (z == np.eye(z.shape[1]))))


def moments(blocks: Blocks, data: Whitened, link: Floats | None) -> Floats:
    """Estimate Psi by moments, in original units and before truncation, (q, q).

    Raises
    ------
    EpsomError
        ``E-EV-MOMENTS`` for one-stage designs, where the estimator is not defined.
    """
    if not _selects(data):
        raise EpsomError(Problem("E-EV-MOMENTS", field="method", value="mm"))
    precision = np.einsum("ikq,ikr->iqr", data.z, data.z)
    size = np.sqrt(np.mean(np.einsum("ijj->ij", precision), axis=0))
    design = data.z_raw if link is None else data.z_raw @ link
    fixed = evaluate(blocks, np.zeros((blocks.q, 1)), restricted=False)
    residual = data.y_raw - np.einsum("ikp,p->ik", design, blocks.back @ (blocks.start + fixed.shift))
    present = np.any(data.z_raw != 0, axis=2)
    cross = blocks.back @ fixed.cross @ blocks.back.T
    psi = moment_psi(
        precision / np.outer(size, size), residual * size, design * size[:, None], present, cross
    )
    return np.asarray(psi / np.outer(size, size))


def square_root(psi: Floats) -> Floats:
    """Return a square root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(psi)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def _start(blocks: Blocks, psi: Floats) -> Floats:
    """Return a lower-triangular start near the moment estimate."""
    values, vectors = np.linalg.eigh(blocks.scale @ psi @ blocks.scale.T)
    return np.asarray(np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.01))).T)[1].T)
