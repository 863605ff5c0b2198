"""Structured between-study covariances: diagonal, multiples of I, (heterogeneous) compound symmetry."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from epsom.evidence.arrays import Floats
from epsom.evidence.multivariate.blocks import Blocks
from epsom.evidence.multivariate.likelihood import evaluate
from epsom.evidence.multivariate.model import square_root
from epsom.evidence.multivariate.optimise import Optimum, best_of, is_boundary, search

_NUDGE = 1e-6


def _correlation(q: int, theta: float) -> Floats:
    """Return equal correlations, mapped into the range that keeps the matrix positive definite."""
    low = -1 / (q - 1) if q > 1 else -1.0
    rho = low + (1 - low) * (1 + np.tanh(theta)) / 2
    return np.asarray((1 - rho) * np.eye(q) + rho * np.ones((q, q)))


def _diagonal(q: int, theta: Floats) -> Floats:
    return np.diag(theta**2)


def _identity(q: int, theta: Floats) -> Floats:
    return np.asarray(theta[0] ** 2 * np.eye(q))


def _compound(q: int, theta: Floats) -> Floats:
    return np.asarray(theta[0] ** 2 * _correlation(q, float(theta[1])))


def _heterogeneous(q: int, theta: Floats) -> Floats:
    return np.asarray(np.outer(theta[:q], theta[:q]) * _correlation(q, float(theta[q])))


STRUCTURES: dict[str, tuple[Callable[[int, Floats], Floats], Callable[[int], int], int]] = {
    "diag": (_diagonal, lambda q: q, 0),
    "id": (_identity, lambda q: 1, 0),
    "cs": (_compound, lambda q: 1, 1),
    "hcs": (_heterogeneous, lambda q: q, 1),
}


def maximise_structured(blocks: Blocks, structure: str, *, restricted: bool, starts: int) -> Optimum:
    """Find the best Psi of a given structure.

    Parameters
    ----------
    blocks
        Made with ``mix=False``, so that outcomes keep their identity.
    structure
        ``diag``, ``id``, ``cs`` (equal variances, equal correlations) or ``hcs`` (free variances).
    restricted
        REML instead of ML.
    starts
        Number of starts.
    """
    build, scales, correlations = STRUCTURES[structure]
    q = blocks.q
    sizes = scales(q)

    def objective(theta: Floats) -> tuple[float, Floats]:
        at = evaluate(blocks, square_root(build(q, theta)), restricted=restricted)
        slope = np.empty(len(theta))
        for j in range(len(theta)):
            up, down = theta.copy(), theta.copy()
            up[j] += _NUDGE
            down[j] -= _NUDGE
            change = (build(q, up) - build(q, down)) / (2 * _NUDGE)
            slope[j] = -0.5 * float(np.sum(at.slope * change))
        return -at.value, slope

    rng = np.random.default_rng(q)
    ends = []
    for i in range(max(starts, 1)):
        size = (0.3, 1.0, 3.0)[i % 3] * (1.0 if i < 3 else 10 ** rng.uniform(-1, 1))
        angle = np.full(correlations, 0.5 if i == 0 else rng.uniform(-1.5, 1.5))
        ends.append(search(objective, np.concatenate((np.full(sizes, size), angle))))
    theta, value, steep = best_of(objective, ends)
    factor = square_root(build(q, theta))
    share = float(np.mean([end[1] < value + 1e-4 for end in ends]))
    return Optimum(factor, -value, share, len(ends), is_boundary(factor), steep < 1e-5)
