"""Fit a multivariate random-effects model to blocks: fixed, method of moments, ML or REML."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.evidence.arrays import Floats
from epsom.evidence.multivariate.blocks import Blocks, Whitened
from epsom.evidence.multivariate.likelihood import evaluate
from epsom.evidence.multivariate.moments import moment_psi, nearest_psd
from epsom.evidence.multivariate.optimise import Optimum, maximise

METHODS = ("fixed", "mm", "ml", "reml")
_FLOOR = float(np.sqrt(np.finfo(float).eps))  # what negative eigenvalues of a moment estimate become


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
        factor = _moment_factor(blocks)
        optimum = Optimum(factor, np.nan, 1.0, 1, False, True)
    else:
        restricted = method == "reml"
        first = start_from_moments(blocks)
        optimum = maximise(blocks, restricted=restricted, starts=starts, first=first)
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
        shrunken=at.score @ psi_scaled @ inverse.T,
        share=optimum.share,
        starts=optimum.starts,
        boundary=optimum.boundary,
        converged=optimum.converged,
    )


def _moment_scaled(blocks: Blocks) -> Floats:
    """Estimate the scaled Psi by moments from blocks whose information matrices are all invertible."""
    fixed = evaluate(blocks, np.zeros((blocks.q, 1)), restricted=False)
    solved = np.linalg.solve(blocks.information, fixed.score[:, :, None])
    residual = np.asarray(solved[:, :, 0], dtype=np.float64)
    present = np.ones(residual.shape, dtype=bool)
    return moment_psi(blocks.information, residual, blocks.link, present, fixed.cross)


def _moment_factor(blocks: Blocks) -> Floats:
    """Return a square root of the moment estimate, truncated in original units."""
    inverse = np.linalg.inv(blocks.scale)
    psi = nearest_psd(inverse @ _moment_scaled(blocks) @ inverse.T, _FLOOR)
    values, vectors = np.linalg.eigh(psi)
    return np.asarray(blocks.scale @ (vectors * np.sqrt(np.maximum(values, 0.0))))


def start_from_moments(blocks: Blocks) -> Floats | None:
    """Return a lower-triangular start near the moment estimate, or None when studies lack outcomes."""
    if np.min(np.linalg.eigvalsh(blocks.information)[:, 0]) < 1e-9:
        return None
    values, vectors = np.linalg.eigh(_moment_scaled(blocks))
    psi = (vectors * np.maximum(values, 0.01)) @ vectors.T
    return np.asarray(np.linalg.cholesky(0.5 * (psi + psi.T)))
