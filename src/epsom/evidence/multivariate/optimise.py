"""Maximise the likelihood over an unstructured Psi from several starts, and say how many agreed.

Psi = L L' is searched over lower-triangular L, so singular solutions are ordinary interior points; BFGS with
the exact gradient is followed by damped Newton steps on a differenced gradient until the gain is below
rounding. The likelihood is often multimodal or maximal at a singular Psi: both facts are reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from epsom.evidence.arrays import Floats
from epsom.evidence.multivariate.blocks import Blocks
from epsom.evidence.multivariate.likelihood import evaluate

_SAME = 1e-4  # log-likelihoods closer than this count as the same optimum
_BOUNDARY = 1e-6  # smallest over largest eigenvalue of the scaled Psi
_NEWTON_STEPS = 30
_CLOSE = 1e-2  # ends of a search this close to the best are polished too
_POLISHED = 4
_SEED = 20160125


@dataclass(frozen=True)
class Optimum:
    """Hold the best maximum found.

    Attributes
    ----------
    factor
        Scaled square root of Psi, (q, r).
    value
        Log-likelihood (see `likelihood.Evaluation`).
    share
        Share of the starts that reached it [-].
    starts
        Number of starts.
    boundary
        True when Psi is singular.
    converged
        True when the gradient vanished to working precision.
    """

    factor: Floats
    value: float
    share: float
    starts: int
    boundary: bool
    converged: bool


_Objective = Callable[[Floats], tuple[float, Floats]]


def start_factors(q: int, count: int, first: Floats | None) -> list[Floats]:
    """List lower-triangular starts: a given one, multiples of I, then random ones.

    Random starts have random axes with lengths over more than three decades, because modes with one long
    axis (a direction on which the studies say little) have small basins.
    """
    starts = [] if first is None else [first]
    starts += [scale * np.eye(q) for scale in (0.3, 1.0, 5.0)]
    rng = np.random.default_rng(_SEED)
    while len(starts) < count:
        axes = np.linalg.qr(rng.standard_normal((q, q)))[0]
        lengths = 10 ** rng.uniform(-1.5, 1.8, q)
        starts.append(np.linalg.qr((axes * lengths).T)[1].T)
    return starts[:count]


def search(objective: _Objective, start: Floats) -> tuple[Floats, float]:
    """Minimise by quasi-Newton steps from one start; return the point and its value."""
    found = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-4, "maxiter": 400})
    return np.asarray(found.x), float(found.fun)


def polish(objective: _Objective, theta: Floats) -> tuple[Floats, float, float]:
    """Take Newton steps to rounding level; return the point, its value and the size of its gradient."""
    value, gradient = objective(theta)
    for _ in range(_NEWTON_STEPS):
        if np.max(np.abs(gradient)) < 1e-11:
            break
        moved = _line(objective, theta, value, gradient)
        if moved is None:
            break
        theta, value, gradient = moved
    return theta, value, float(np.max(np.abs(gradient)))


def _line(
    objective: _Objective, theta: Floats, value: float, gradient: Floats
) -> tuple[Floats, float, Floats] | None:
    """Take a Newton step, shortened until it gains; at rounding level a flatter gradient is a gain too."""
    step, scale = _newton_step(objective, theta, gradient), 1.0
    steep = float(np.sum(gradient**2))
    while scale > 1e-4:
        trial = theta + scale * step
        new, slope = objective(trial)
        level = abs(new - value) < 1e-11 * (1 + abs(value))
        if new < value or (level and float(np.sum(slope**2)) < 0.25 * steep):
            return trial, new, slope
        scale /= 4
    return None


def _newton_step(objective: _Objective, theta: Floats, gradient: Floats) -> Floats:
    size = len(theta)
    hessian = np.empty((size, size))
    for j in range(size):
        h = 1e-4 * max(abs(theta[j]), 1e-2)
        up, down = theta.copy(), theta.copy()
        up[j] += h
        down[j] -= h
        hessian[j] = (objective(up)[1] - objective(down)[1]) / (2 * h)
    values, vectors = np.linalg.eigh(0.5 * (hessian + hessian.T))
    floor = 1e-7 * max(float(np.max(np.abs(values))), 1e-300)
    return np.asarray(-vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), floor)))


def best_of(objective: _Objective, ends: list[tuple[Floats, float]]) -> tuple[Floats, float, float]:
    """Polish every distinct end that may still turn out to be the lowest, and return the lowest."""
    ends = sorted(ends, key=lambda end: end[1])
    kept: list[tuple[Floats, float]] = []
    for end in ends:
        near = end[1] < ends[0][1] + _CLOSE
        if near and all(np.max(np.abs(np.abs(end[0]) - np.abs(k[0]))) > 1e-2 for k in kept):
            kept.append(end)
    return min((polish(objective, end[0]) for end in kept[:_POLISHED]), key=lambda end: end[1])


def maximise(blocks: Blocks, *, restricted: bool, starts: int, first: Floats | None = None) -> Optimum:
    """Find the best unstructured Psi.

    Parameters
    ----------
    blocks
        From `blocks.make_blocks`.
    restricted
        REML instead of ML.
    starts
        Number of starts.
    first
        A square root of the scaled Psi to start from, (q, q) lower triangular.
    """
    q = blocks.q
    rows, cols = np.tril_indices(q)

    def objective(theta: Floats) -> tuple[float, Floats]:
        factor = np.zeros((q, q))
        factor[rows, cols] = theta
        at = evaluate(blocks, factor, restricted=restricted)
        return -at.value, -(at.slope @ factor)[rows, cols]

    ends = [search(objective, s[rows, cols]) for s in start_factors(q, starts, first)]
    zero = objective(np.zeros(len(rows)))[0]
    theta, value, steep = best_of(objective, ends)
    if zero <= value:
        # Psi = 0 is a stationary point of the factor, so searches may only creep towards it.
        theta, value, steep = np.zeros(len(rows)), zero, 0.0
    share = float(np.mean([end[1] < value + _SAME for end in ends]))
    factor = np.zeros((q, q))
    factor[rows, cols] = theta
    return Optimum(factor, -value, share, len(ends), is_boundary(factor), steep < 1e-5)


def is_boundary(factor: Floats) -> bool:
    """Tell whether ``factor factor'`` is singular to working precision."""
    singular = np.linalg.svd(factor, compute_uv=False)
    if singular[0] ** 2 < _BOUNDARY:
        return True
    return bool(len(singular) < len(factor) or (singular[-1] / singular[0]) ** 2 < _BOUNDARY)
