"""The posterior density: standard normal priors, and rows with error, bound and model discrepancy.

Every coordinate is standard normal beforehand: the first are those of the uncertain parameters
(`epsom.model.priors`), the last those of the discrepancy's kappas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray, IntArray
from epsom.calibrate.discrepancy import kappas, log_spread, scales


@dataclass(frozen=True)
class Target:
    """Hold what was observed, row by row.

    Attributes
    ----------
    observed, error
        Published value and its standard error (n_rows,), in the unit of each row.
    low, high
        Ends within which a bound leaves every value equally likely (n_rows,); NaN for an ordinary row.
    weight
        Share with which a row counts (n_rows,): an outcome that a trial reports at several times is one
        finding, its rows share a weight of 1.
    scale, unit
        Number of the kappa and unit of the discrepancy (n_rows,).
    n_parameters
        Number of uncertain parameters, the first coordinates.
    """

    observed: FloatArray
    error: FloatArray
    low: FloatArray
    high: FloatArray
    weight: FloatArray
    scale: IntArray
    unit: FloatArray
    n_parameters: int

    @property
    def n_coordinates(self) -> int:
        """Return the number of coordinates: parameters, then kappas."""
        return self.n_parameters + len(scales())

    def spread(self, coordinates: FloatArray) -> FloatArray:
        """Return each row's standard deviation, its own error and the discrepancy (n_sets, n_rows)."""
        kappa = kappas(coordinates[:, self.n_parameters :])
        return np.asarray(np.hypot(self.error, kappa[:, self.scale] * self.unit))

    def residual(self, predicted: FloatArray) -> FloatArray:
        """Return predicted minus observed; for a bound the distance to it (n_sets, n_rows)."""
        nearest = np.clip(predicted, self.low, self.high)
        bound = ~np.isnan(self.low)
        return np.asarray(predicted - np.where(bound, nearest, self.observed))

    def log_likelihood(self, coordinates: FloatArray, predicted: FloatArray) -> FloatArray:
        """Return the log-likelihood (n_sets,); -inf where a prediction is missing.

        Parameters
        ----------
        coordinates
            Coordinates (n_sets, n_coordinates).
        predicted
            The model's rows (n_sets, n_rows); NaN where a member failed.
        """
        spread = self.spread(coordinates)
        terms = -0.5 * (self.residual(predicted) / spread) ** 2 - np.log(spread)
        total = np.asarray((self.weight * terms).sum(axis=1))
        return np.where(np.isnan(total), -np.inf, total)

    def slopes(self, coordinates: FloatArray, predicted: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the gradient of the log-likelihood in the rows and in the kappas' coordinates.

        Returns
        -------
        by_row, by_kappa
            Gradients (n_sets, n_rows) and (n_sets, n_scales).
        """
        spread, residual = self.spread(coordinates), self.residual(predicted)
        by_row = -self.weight * residual / spread**2
        by_spread = self.weight * (residual**2 / spread**2 - 1.0) / spread
        extra = kappas(coordinates[:, self.n_parameters :])[:, self.scale] * self.unit
        by_coordinate = by_spread * log_spread() * extra**2 / spread
        members = self.scale[:, None] == np.arange(len(scales()))
        return by_row, np.asarray(by_coordinate @ members)

    def log_posterior(self, coordinates: FloatArray, predicted: FloatArray) -> FloatArray:
        """Return the log-density up to a constant (n_sets,)."""
        prior = -0.5 * np.square(coordinates).sum(axis=1)
        return np.asarray(prior + self.log_likelihood(coordinates, predicted))


def bounds_of(null: tuple[float, float] | None, *, ratio: bool) -> tuple[float, float]:
    """Return the ends of a bound; NaN for a result of no difference, which is a result like any other.

    A range around "no change" says how far from it the effect may be: its middle and its error enter as a
    number. A range on one side (a sign, a maximum) only excludes what lies outside.

    Examples
    --------
    >>> bounds_of((-2.0, 2.0), ratio=False)
    (nan, nan)
    >>> bounds_of((0.0, 12.4), ratio=False)
    (0.0, 12.4)
    """
    nothing = 1.0 if ratio else 0.0
    if null is None or abs(null[0] + null[1] - 2.0 * nothing) <= 1e-9 * (null[1] - null[0]):
        return float("nan"), float("nan")
    return null


def usable(predicted: FloatArray) -> BoolArray:
    """Tell for which sets every row could be computed (n_sets,)."""
    return np.asarray(~np.isnan(predicted).any(axis=1))
