"""Choose, once per model, the order in which the linear systems are eliminated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray

# A pivot must be at least this share of the largest entry of its row and column (Duff, Erisman and
# Reid, Direct Methods for Sparse Matrices, 2nd ed. 2017, section 5.2: threshold pivoting).
PIVOT_THRESHOLD = 0.01


def pivot_order(structure: BoolArray, samples: FloatArray) -> tuple[int, ...]:
    """Order the diagonal pivots by Markowitz cost, leaving small pivots for later.

    Parameters
    ----------
    structure
        Non-zero pattern (n, n); the diagonal is taken to be non-zero.
    samples
        Matrices (n_samples, n, n) that the order must be stable for, scaled so that entries compare.

    Returns
    -------
    tuple
        The order of elimination. Where no pivot passes the threshold in every sample, the one that
        comes nearest goes first.

    Examples
    --------
    >>> arrow = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 1]], dtype=bool)
    >>> pivot_order(arrow, np.eye(3)[None] + 0.1)[-1]
    0
    """
    n = structure.shape[0]
    pattern = structure | np.eye(n, dtype=bool)
    work = samples.astype(np.float64)
    left = list(range(n))
    order: list[int] = []
    while left:
        block = np.ix_(left, left)
        cost = (pattern[block].sum(axis=0) - 1) * (pattern[block].sum(axis=1) - 1)
        strength = _strength(work[:, left][:, :, left])
        good = strength >= PIVOT_THRESHOLD
        chosen = int(np.argmin(np.where(good, cost, cost.max() + 1)) if good.any() else np.argmax(strength))
        pivot = left.pop(chosen)
        order.append(pivot)
        _eliminate(pattern, work, pivot, left)
    return tuple(order)


def _strength(work: FloatArray) -> FloatArray:
    """Return the smallest ratio (n,) over samples of a diagonal entry to its row's and column's largest."""
    if not work.shape[0]:
        return np.ones(work.shape[1])
    size = np.abs(work)
    diagonal = np.diagonal(size, axis1=1, axis2=2)
    largest = np.minimum(size.max(axis=1), size.max(axis=2))
    return np.asarray((diagonal / np.maximum(largest, np.finfo(float).tiny)).min(axis=0))


def _eliminate(pattern: BoolArray, work: FloatArray, pivot: int, left: list[int]) -> None:
    if not left:
        return
    block = np.ix_(left, left)
    pattern[block] |= np.outer(pattern[left, pivot], pattern[pivot, left])
    divisor = work[:, pivot, pivot]
    safe = np.where(divisor == 0.0, 1.0, divisor)
    factors = work[:, left, pivot] / safe[:, None]
    rest = work[:, left][:, :, left] - factors[:, :, None] * work[:, pivot, left][:, None, :]
    work[np.ix_(range(len(work)), left, left)] = rest


@dataclass(frozen=True)
class Elimination:
    """Hold the steps of a factorisation without fill that is not needed.

    Attributes
    ----------
    order
        Pivots in order of elimination.
    entries
        Places (row, column) that are non-zero in the factors.
    updates
        For each pivot, the rows below it and the columns right of it, in elimination order.
    """

    order: tuple[int, ...]
    entries: frozenset[tuple[int, int]]
    updates: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]


def symbolic(structure: Iterable[tuple[int, int]], order: tuple[int, ...]) -> Elimination:
    """Find which entries the factors have when pivots are taken in ``order``."""
    entries = set(structure) | {(i, i) for i in order}
    updates = []
    for k, pivot in enumerate(order):
        later = order[k + 1 :]
        rows = tuple(i for i in later if (i, pivot) in entries)
        columns = tuple(j for j in later if (pivot, j) in entries)
        entries.update((i, j) for i in rows for j in columns)
        updates.append((rows, columns))
    return Elimination(order, frozenset(entries), tuple(updates))
