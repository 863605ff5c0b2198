"""Sobol indices from paired samples, with bootstrap intervals; samples without a value are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.people.draws import uniform

RESAMPLES = 1000
MOST_WEIGHTS = 2**21  # resamples times rows at once; keeps memory bounded
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Index:
    """Hold one kind of index for every factor (n_factors,): estimate and 90 % bootstrap interval [1]."""

    value: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class Indices:
    """Hold both kinds of index.

    Attributes
    ----------
    first
        Share of the variance that goes away on average when the factor alone is known.
    total
        Share that stays on average when everything but the factor is known.
    rows
        Rows of the sample that each factor's indices rest on (n_factors,).
    """

    first: Index
    total: Index
    rows: FloatArray


def _resampling_weights(seed: int, n: int, first: int, last: int) -> FloatArray:
    """Return how often each of the resamples from ``first`` to ``last`` takes each row (n_resamples, n)."""
    here = np.arange(first, last)
    share = uniform(seed, np.arange(n)[None, :], here[:, None], "sensitivity:bootstrap")
    chosen = np.minimum((share * n).astype(np.int64), n - 1)
    taken = chosen + n * (here - first)[:, None]
    return np.bincount(taken.ravel(), minlength=n * len(here)).reshape(-1, n).astype(np.float64)


def _index(value: FloatArray, resamples: FloatArray) -> Index:
    low, high = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    known = ~np.isnan(resamples).any(axis=0) & ~np.isnan(value)
    if known.any():
        low[known], high[known] = np.quantile(resamples[:, known], INTERVAL, axis=0)
    return Index(value, low, high)


def sobol_indices(
    f_a: FloatArray, f_b: FloatArray, f_first: FloatArray, f_total: FloatArray | None = None, seed: int = 1
) -> Indices:
    """Estimate first-order and total indices.

    First order: Saltelli et al. 2010 (table 2, row b), on values that are centred first. Total: Jansen 1999.
    A factor that does nothing gets exactly 0 for both.

    Parameters
    ----------
    f_a, f_b
        Outcome at the points A and B (n_rows,); NaN where there is none.
    f_first, f_total
        Outcome at A with one factor taken from B (n_rows, n_factors); NaN where there is none. They are the
        same where factors are independent; for dependent ones see `epsom.study.sensitivity.spread`.
    seed
        Seed of the addressed resampling.

    Returns
    -------
    Indices
        NaN where the outcome does not vary or no row is known.

    References
    ----------
    Saltelli et al. 2010, Comput Phys Commun 181:259, doi 10.1016/j.cpc.2009.09.018. Jansen 1999, Comput
    Phys Commun 117:35, doi 10.1016/S0010-4655(98)00154-4. Dependent factors: Kucherenko et al. 2012, Comput
    Phys Commun 183:937, doi 10.1016/j.cpc.2011.12.020.
    """
    both = ~(np.isnan(f_a) | np.isnan(f_b))
    pooled = np.concatenate([f_a[both], f_b[both]])
    middle = pooled.mean() if pooled.size else 0.0
    a, b = (np.where(both, f - middle, 0.0) for f in (f_a, f_b))
    swapped = [f_first, f_first if f_total is None else f_total]
    known = [both[:, None] & ~np.isnan(f) for f in swapped]
    change = [
        np.where(k, np.where(k, f - middle, 0.0) - a[:, None], 0.0)
        for f, k in zip(swapped, known, strict=True)
    ]
    parts = (b[:, None] * change[0], 0.5 * change[1] ** 2)
    sums = _Sums(
        both.astype(np.float64), a + b, a**2 + b**2, parts, tuple(k.astype(np.float64) for k in known)
    )
    n = len(f_a)
    whole, step = sums.indices(np.ones((1, n))), max(1, MOST_WEIGHTS // max(n, 1))
    found = [
        sums.indices(_resampling_weights(seed, n, begin, min(begin + step, RESAMPLES)))
        for begin in range(0, RESAMPLES, step)
    ]
    first, total = (_index(whole[kind][0], np.concatenate([one[kind] for one in found])) for kind in range(2))
    return Indices(first, total, np.minimum(*(k.sum(axis=0).astype(np.float64) for k in known)))


@dataclass(frozen=True)
class _Sums:
    """Hold what is summed over rows, so that a resample is one product of matrices."""

    pairs: FloatArray
    values: FloatArray
    squares: FloatArray
    parts: tuple[FloatArray, FloatArray]
    known: tuple[FloatArray, ...]

    def indices(self, weights: FloatArray) -> list[FloatArray]:
        """Return first-order and total indices (n_resamples, n_factors) of weighted rows."""
        pairs = weights @ self.pairs
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (weights @ self.values) / (2.0 * pairs)
            variance = (weights @ self.squares) / (2.0 * pairs) - mean**2
        variance = np.where(variance > 0.0, variance, np.nan)
        found = []
        for part, known in zip(self.parts, self.known, strict=True):
            spread = (weights @ known) * variance[:, None]
            unknown = np.full(spread.shape, np.nan)
            found.append(np.divide(weights @ part, spread, out=unknown, where=spread > 0.0))
        return found
