"""A cheap stand-in for the model: every row a quadratic function of the parameters.

It only proposes; the model itself decides (`epsom.calibrate.chains`), so that its errors cost rejected moves
and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray
from epsom.calibrate.laplace import Shape
from epsom.calibrate.target import Target, usable

# Coordinates (n_sets, n_coordinates) -> which of them the model may be run with (n_sets,).
Allowed = Callable[[FloatArray], BoolArray]
RIDGE = 0.3  # as if each coefficient had been seen to be 0 in a third of a set; no more, or the slopes shrink


@dataclass(frozen=True)
class Surrogate:
    """Hold rows = constant + slopes (u - mean) + z' curvature z, with z = (u - mean) basis.

    Attributes
    ----------
    mean
        Parameter coordinates about which it is expanded (n_parameters,).
    basis
        Directions in which rows may curve (n_parameters, n_curved).
    constant, slopes, curvature
        Coefficients (n_rows,), (n_parameters, n_rows), (n_curved, n_curved, n_rows); the last is symmetric.
    """

    mean: FloatArray
    basis: FloatArray
    constant: FloatArray
    slopes: FloatArray
    curvature: FloatArray

    def rows(self, coordinates: FloatArray) -> FloatArray:
        """Return the rows (n_sets, n_rows) for coordinates whose first are the parameters'."""
        moved = coordinates[:, : len(self.mean)] - self.mean
        z = moved @ self.basis
        return np.asarray(self.constant + moved @ self.slopes + _pairs(z) @ self._flat())

    def pull(self, coordinates: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the gradient of sum(weights * rows) in the parameters (n_sets, n_parameters)."""
        z = (coordinates[:, : len(self.mean)] - self.mean) @ self.basis
        n = self.basis.shape[1]
        bent = (weights @ self._flat().T).reshape(-1, n, n)
        along = 2.0 * np.einsum("sij,sj->si", bent, z)
        return np.asarray(weights @ self.slopes.T + along @ self.basis.T)

    def _flat(self) -> FloatArray:
        return self.curvature.reshape(-1, self.curvature.shape[2])


@dataclass(frozen=True)
class Density:
    """Hold the posterior as the surrogate sees it, in the standard coordinates of a shape."""

    surrogate: Surrogate
    target: Target
    shape: Shape
    allowed: Allowed

    def log(self, coordinates: FloatArray) -> FloatArray:
        """Return the log-density of coordinates (n_sets,); -inf outside the model's range."""
        found = self.target.log_posterior(coordinates, self.surrogate.rows(coordinates))
        return np.where(self.allowed(coordinates), found, -np.inf)

    def slope(self, coordinates: FloatArray) -> FloatArray:
        """Return the gradient of the log-density in the shape's standard coordinates (n_sets, n)."""
        by_row, by_kappa = self.target.slopes(coordinates, self.surrogate.rows(coordinates))
        gradient = -coordinates
        n = self.target.n_parameters
        gradient[:, :n] += self.surrogate.pull(coordinates, by_row)
        gradient[:, n:] += by_kappa
        return np.asarray(gradient @ self.shape.factor)


def fit(coordinates: FloatArray, rows: FloatArray, shape: Shape, n: int) -> Surrogate:
    """Fit the coefficients by least squares with a small ridge.

    Parameters
    ----------
    coordinates, rows
        Where the model was run (n_sets, n_coordinates) and what it gave (n_sets, n_rows); sets in which
        a row is missing are left out.
    shape
        Its informed directions are those in which rows may curve.
    n
        Number of parameters, the first coordinates.
    """
    known = usable(rows)
    # In the shape's own coordinates the sets spread alike in every direction.
    standard = np.asarray(np.linalg.inv(shape.factor), dtype=np.float64)[:, :n].T
    moved = (coordinates[known, :n] - shape.mean[:n]) @ standard
    first, second = np.triu_indices(shape.informed)
    features = np.column_stack([np.ones(len(moved)), moved, moved[:, first] * moved[:, second]])
    penalty = np.full(features.shape[1], RIDGE)
    penalty[0] = 0.0
    found = np.linalg.solve(features.T @ features + np.diag(penalty), features.T @ rows[known])
    lines, pairs = found[1 : 1 + moved.shape[1]], found[1 + moved.shape[1] :]
    curvature = np.zeros((shape.informed, shape.informed, rows.shape[1]))
    curvature[first, second] += 0.5 * pairs
    curvature[second, first] += 0.5 * pairs
    basis = standard[:, : shape.informed]
    return Surrogate(shape.mean[:n], basis, np.asarray(found[0]), standard @ lines, curvature)


def _pairs(z: FloatArray) -> FloatArray:
    return np.asarray((z[:, :, None] * z[:, None, :]).reshape(len(z), -1))
