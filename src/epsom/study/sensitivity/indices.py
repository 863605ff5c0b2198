"""Sobol indices from paired samples, with bootstrap intervals; samples without a value are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.people.draws import uniform

RESAMPLES = 1000
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


def _resampling_weights(seed: int, n: int) -> FloatArray:
    """Return how often each resample takes each row (RESAMPLES, n); the first is the sample itself."""
    share = uniform(seed, np.arange(n)[None, :], np.arange(RESAMPLES - 1)[:, None], "sensitivity:bootstrap")
    chosen = np.minimum((share * n).astype(np.int64), n - 1)
    taken = chosen + n * np.arange(RESAMPLES - 1)[:, None]
    counts = np.bincount(taken.ravel(), minlength=n * (RESAMPLES - 1)).reshape(-1, n)
    return np.concatenate([np.ones((1, n)), counts.astype(np.float64)])


def _index(sums: FloatArray, counts: FloatArray, variance: FloatArray) -> Index:
    spread = counts * variance[:, None]
    sets = np.divide(sums, spread, out=np.full(sums.shape, np.nan), where=spread > 0.0)
    known = ~np.isnan(sets).any(axis=0)
    low, high = np.full(sets.shape[1], np.nan), np.full(sets.shape[1], np.nan)
    if known.any():
        low[known], high[known] = np.quantile(sets[1:, known], INTERVAL, axis=0)
    return Index(sets[0], low, high)


def sobol_indices(f_a: FloatArray, f_b: FloatArray, f_ab: FloatArray, seed: int = 1) -> Indices:
    """Estimate first-order and total indices.

    First order: Saltelli et al. 2010 (table 2, row b), on values that are centred first. Total: Jansen 1999.
    A factor that does nothing gets exactly 0 for both.

    Parameters
    ----------
    f_a, f_b
        Outcome at the points A and B (n_rows,); NaN where there is none.
    f_ab
        Outcome at A with one factor taken from B (n_rows, n_factors); NaN where there is none.
    seed
        Seed of the addressed resampling.

    Returns
    -------
    Indices
        NaN where the outcome does not vary or no row is known.

    References
    ----------
    Saltelli et al. 2010, Comput Phys Commun 181:259, doi 10.1016/j.cpc.2009.09.018. Jansen 1999, Comput
    Phys Commun 117:35, doi 10.1016/S0010-4655(98)00154-4.
    """
    both = ~(np.isnan(f_a) | np.isnan(f_b))
    pooled = np.concatenate([f_a[both], f_b[both]])
    middle = pooled.mean() if pooled.size else 0.0
    a, b = (np.where(both, f - middle, 0.0) for f in (f_a, f_b))
    known = both[:, None] & ~np.isnan(f_ab)
    swapped = np.where(known, f_ab - middle, 0.0)
    change = np.where(known, swapped - a[:, None], 0.0)
    weights = _resampling_weights(seed, len(f_a))
    pairs = weights @ both
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weights @ (a + b)) / (2.0 * pairs)
        variance = (weights @ (a**2 + b**2)) / (2.0 * pairs) - mean**2
    # Rounding leaves a little variance of an outcome that is the same everywhere.
    variance = np.where(variance > 1e-24 * max(middle**2, 1e-300), variance, np.nan)
    counts = weights @ known.astype(np.float64)
    first = _index(weights @ (b[:, None] * change), counts, variance)
    total = _index(weights @ (0.5 * change**2), counts, variance)
    return Indices(first, total, counts[0])
