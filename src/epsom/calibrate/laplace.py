"""Find the mode of the posterior and its Gaussian shape there, from batches of model runs alone.

Gauss-Newton with finite differences: all shifted parameter sets of one iteration are one batch of the
ensemble engine, so no gradient of the model is needed. The result only steers the sampler; the sampler's
own acceptance step makes its draws those of the exact posterior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.calibrate.discrepancy import scales
from epsom.calibrate.target import Target, usable

# Parameter coordinates (n_sets, n_parameters) -> rows (n_sets, n_rows).
Predict = Callable[[FloatArray], FloatArray]
SHIFT = 0.1  # of a prior standard deviation: far above the solver's noise, far below the priors' width
INFORMED = 0.005  # of the prior's information: directions that the data tell more about count as informed
MOST = 45  # informed directions at most: pairs of them are what the surrogate learns
STEPS = (1.0, 0.5, 0.2, 0.05)
KAPPA_GRID = np.linspace(-3.0, 3.0, 61)


@dataclass(frozen=True)
class Shape:
    """Hold a Gaussian reference.

    Attributes
    ----------
    mean
        Its mean (n,).
    factor
        A factor of its covariance (n, n): covariance = factor @ factor.T, columns from the direction that
        the data tell most about to those that they leave to the prior.
    informed
        Number of the first columns that the data tell about.
    """

    mean: FloatArray
    factor: FloatArray
    informed: int


def find_shape(
    predict: Predict, target: Target, iterations: int, start: FloatArray, progress: Callable[[int], None]
) -> Shape:
    """Return the mode and the inverse curvature there.

    Parameters
    ----------
    predict
        The model's rows for parameter coordinates.
    start
        Coordinates to start from (n_coordinates,).
    iterations
        Gauss-Newton steps, each of ``n_parameters + 1`` model runs and a short line search.
    """
    n, n_all = target.n_parameters, target.n_coordinates
    at = start.copy()
    jacobian = np.zeros((len(target.observed), n))
    for iteration in range(iterations):
        base, jacobian = _slopes(predict, at[:n])
        at[n:] = _best_kappas(target, at, base)
        direction = _gauss_newton(target, at, base, jacobian)
        tried = np.vstack([at] + [np.concatenate([at[:n] + s * direction, at[n:]]) for s in STEPS])
        scores = target.log_posterior(tried, np.vstack([base[None], predict(tried[1:, :n])]))
        at = tried[int(np.argmax(scores))]
        progress(iteration + 1)
    weight = np.sqrt(target.weight) / target.spread(at[None])[0]
    weighted = jacobian * weight[:, None]
    information = np.zeros((n_all, n_all))
    information[:n, :n] = weighted.T @ weighted
    strength, directions = np.linalg.eigh(information)
    strength, directions = np.maximum(strength[::-1], 0.0), directions[:, ::-1]
    factor = directions / np.sqrt(1.0 + strength)
    return Shape(at, factor, min(max(int((strength > INFORMED).sum()), 1), MOST))


def _slopes(predict: Predict, at: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the rows at a point (n_rows,) and their slopes (n_rows, n); 0 where a shift cannot be run."""
    shifted = np.vstack([at, at + SHIFT * np.eye(len(at))])
    rows = predict(shifted)
    if not usable(rows[:1])[0]:
        raise ValueError("the starting point of the calibration cannot be simulated")
    slopes = (rows[1:] - rows[0]) / SHIFT
    return rows[0], np.where(np.isnan(slopes), 0.0, slopes).T


def _gauss_newton(target: Target, at: FloatArray, base: FloatArray, jacobian: FloatArray) -> FloatArray:
    weight = np.sqrt(target.weight) / target.spread(at[None])[0]
    weighted = jacobian * weight[:, None]
    gradient = at[: target.n_parameters] + weighted.T @ (target.residual(base[None])[0] * weight)
    return -np.asarray(np.linalg.solve(np.eye(len(gradient)) + weighted.T @ weighted, gradient))


def _best_kappas(target: Target, at: FloatArray, base: FloatArray) -> FloatArray:
    """Return each kappa's coordinate with the highest density, given the residuals (n_scales,)."""
    n, best = target.n_parameters, at[target.n_parameters :].copy()
    for number in range(len(scales())):
        tried = np.repeat(np.concatenate([at[:n], best])[None], len(KAPPA_GRID), axis=0)
        tried[:, n + number] = KAPPA_GRID
        scores = target.log_posterior(tried, np.repeat(base[None], len(KAPPA_GRID), axis=0))
        best[number] = KAPPA_GRID[int(np.argmax(scores))]
    return best
