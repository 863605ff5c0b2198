"""What the parameters are drawn from: the records' own spreads, or the posterior with its correlations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.model.posterior import posterior
from epsom.model.priors import uncertain_parameters

SpreadName = Literal["posterior", "records"]
SPREADS: tuple[SpreadName, ...] = ("posterior", "records")


@dataclass(frozen=True)
class Spread:
    """Hold a normal distribution of the parameters' coordinates (`epsom.model.priors`).

    Attributes
    ----------
    names
        Parameters.
    mean, covariance
        Of their coordinates (n_names,), (n_names, n_names).
    """

    names: tuple[str, ...]
    mean: FloatArray
    covariance: FloatArray

    @property
    def independent(self) -> bool:
        """Tell whether no parameter says anything about another."""
        return bool(np.array_equal(self.covariance, np.diag(np.diag(self.covariance))))

    @cached_property
    def _root(self) -> FloatArray:
        return np.asarray(np.linalg.cholesky(self.covariance))

    def points(self, normal: FloatArray) -> FloatArray:
        """Turn standard normal points into coordinates (n_rows, n_names)."""
        return np.asarray(self.mean + normal @ self._root.T)

    def learned(self, a: FloatArray, b: FloatArray, columns: list[int]) -> FloatArray:
        """Return points that have the chosen columns of B, and in all else what A has beside them.

        What A says about the other columns through its own values of the chosen ones is replaced by what
        B's values say: points of the distribution, given the chosen columns (Kucherenko et al. 2012).
        """
        found = a.copy()
        moved = b[:, columns] - a[:, columns]
        inside = self.covariance[np.ix_(columns, columns)]
        others = [k for k in range(len(self.names)) if k not in columns]
        across = np.linalg.solve(inside, self.covariance[np.ix_(columns, others)])
        found[:, others] += moved @ across
        found[:, columns] = b[:, columns]
        return found

    def left_open(self, a: FloatArray, b: FloatArray, columns: list[int]) -> FloatArray:
        """Return points that are A in all but the chosen columns, which have what B leaves open there.

        Points of the distribution of the chosen columns, given all the others as in A.
        """
        found = a.copy()
        others = [k for k in range(len(self.names)) if k not in columns]
        moved = a[:, others] - b[:, others]
        outside = self.covariance[np.ix_(others, others)]
        across = np.linalg.solve(outside, self.covariance[np.ix_(others, columns)])
        found[:, columns] = b[:, columns] + moved @ across
        return found


def shrunk_covariance(draws: FloatArray) -> FloatArray:
    """Estimate a covariance (k, k) from draws (n, k), with correlations shrunk towards none.

    As much as their own sampling error makes up of them: with about as many parameters as a tenth of the
    draws, chance correlations would otherwise explain a parameter by all the others.

    References
    ----------
    Schäfer and Strimmer 2005, Stat Appl Genet Mol Biol 4:32, doi 10.2202/1544-6115.1175.
    """
    n = len(draws)
    deviation = draws - draws.mean(axis=0)
    size = np.sqrt((deviation**2).sum(axis=0) / (n - 1))
    scaled = deviation / size
    mean = scaled.T @ scaled / n
    error = n / (n - 1) ** 3 * ((scaled**2).T @ scaled**2 - n * mean**2)
    correlation = mean * n / (n - 1)
    off = ~np.eye(len(size), dtype=np.bool_)
    strength = float((correlation[off] ** 2).sum())
    kept = 1.0 - min(1.0, float(error[off].sum()) / strength) if strength > 0.0 else 0.0
    shrunk = np.where(off, kept * correlation, 1.0)
    return np.asarray(shrunk * np.outer(size, size))


def spread_of(name: SpreadName) -> Spread:
    """Return a spread by name."""
    names = uncertain_parameters()
    if name == "records":
        return Spread(names, np.zeros(len(names)), np.eye(len(names)))
    coordinates = posterior().coordinates
    return Spread(names, coordinates.mean(axis=0), shrunk_covariance(coordinates))
