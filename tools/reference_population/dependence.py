"""How the fields hang together: a correlation of normal scores, flags by their hidden score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

SMALLEST_EIGENVALUE = 1e-3
PROJECTIONS = 500
LOWEST, HIGHEST = -0.95, 0.95


def two_scores(a: np.ndarray, b: np.ndarray, w: np.ndarray) -> float:
    """Return the correlation of two hidden scores that gives their weighted rank correlation.

    For normal scores the rank correlation is 6/pi asin(r/2) (Pearson 1907); ranks keep long tails from
    deciding.
    """
    rows = ~np.isnan(a) & ~np.isnan(b) & (w > 0)
    a, b, w = ndtr(a[rows]), ndtr(b[rows]), w[rows]
    a, b = a - np.average(a, weights=w), b - np.average(b, weights=w)
    ranks = np.sum(w * a * b) / np.sqrt(np.sum(w * a**2) * np.sum(w * b**2))
    return float(2.0 * np.sin(np.pi / 6.0 * ranks))


def _both_below(x: float, y: float, r: float) -> float:
    """Return the chance that standard normal scores with correlation r lie below x and below y."""
    return float(multivariate_normal.cdf([x, y], cov=[[1.0, r], [r, 1.0]]))


def _solve(excess: Callable[[float], float], low: float, high: float) -> float:
    if excess(low) > 0.0:
        return low
    return high if excess(high) < 0.0 else float(brentq(excess, low, high, xtol=1e-4))


def score_and_flag(z: np.ndarray, flag: np.ndarray, w: np.ndarray, where: np.ndarray) -> float:
    """Return the correlation of a score with the hidden score of a flag, from ranks, pooled over strata.

    With U the rank of z and W an independent score, E[U flag] = P(W < z, hidden > threshold), a bivariate
    normal probability with correlation r / sqrt(2); r is solved for.
    """
    cells = []
    for s in np.unique(where):
        rows = (where == s) & ~np.isnan(z) & ~np.isnan(flag) & (w > 0)
        if rows.sum() < 20:
            continue
        p = np.average(flag[rows], weights=w[rows])
        if not 0.0 < p < 1.0:
            continue
        u = ndtr(z[rows])
        joint = np.average((u - np.average(u, weights=w[rows])) * flag[rows], weights=w[rows]) + p / 2.0
        cells.append((w[rows].sum(), ndtri(p), joint))
    if not cells:
        return 0.0
    return _solve(
        lambda r: sum(size * (_both_below(0.0, p, r / np.sqrt(2.0)) - joint) for size, p, joint in cells),
        LOWEST,
        HIGHEST,
    )


def two_flags(a: np.ndarray, b: np.ndarray, w: np.ndarray, where: np.ndarray) -> float:
    """Return the tetrachoric correlation that gives the pooled share of people with both flags."""
    cells = []
    for s in np.unique(where):
        rows = (where == s) & ~np.isnan(a) & ~np.isnan(b) & (w > 0)
        p, q = (np.average(x[rows], weights=w[rows]) for x in (a, b))
        if 0.0 < p < 1.0 and 0.0 < q < 1.0:
            joint = np.average(a[rows] * b[rows], weights=w[rows])
            cells.append((w[rows].sum(), ndtri(p), ndtri(q), joint))

    if not cells:
        return 0.0
    return _solve(
        lambda r: sum(size * (_both_below(x, y, r) - joint) for size, x, y, joint in cells), LOWEST, HIGHEST
    )


def nearest_correlation(matrix: np.ndarray) -> np.ndarray:
    """Return the nearest matrix that can be drawn from (alternating projections, Higham 2002)."""
    found, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(PROJECTIONS):
        moved = found - correction
        values, vectors = np.linalg.eigh(moved)
        lifted = (vectors * np.maximum(values, SMALLEST_EIGENVALUE)) @ vectors.T
        correction = lifted - moved
        found = lifted.copy()
        np.fill_diagonal(found, 1.0)
    scale = np.sqrt(np.diag(lifted))
    return lifted / np.outer(scale, scale)


def correlation(
    scores: dict[str, np.ndarray],
    flags: dict[str, np.ndarray],
    weights: dict[str, np.ndarray],
    where: np.ndarray,
    reliability: dict[str, float],
) -> tuple[list[str], np.ndarray]:
    """Return the names and the correlation matrix of all hidden scores for one sex.

    ``weights`` holds the weight of each name; a pair takes that of whom fewer people have it.
    """
    names = [*scores, *flags]
    matrix = np.eye(len(names))
    for i, a in enumerate(names):
        for j, b in enumerate(names[:i]):
            weight = min((weights[a], weights[b]), key=np.count_nonzero)
            if a in scores:
                r = two_scores(scores[a], scores[b], weight)
            elif b in scores:
                r = score_and_flag(scores[b], flags[a], weight, where)
            else:
                r = two_flags(flags[a], flags[b], weight, where)
            r /= np.sqrt(reliability.get(a, 1.0) * reliability.get(b, 1.0))
            matrix[i, j] = matrix[j, i] = np.clip(r, LOWEST, HIGHEST)
    return names, nearest_correlation(matrix)
