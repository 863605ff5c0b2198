"""Take parameter sets from the posterior, each draw with its own address."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.model.posterior import posterior
from epsom.people.draws import uniform


@dataclass(frozen=True)
class ParameterDraws:
    """Hold parameter sets (n_draws, n_names) in the units of their records."""

    names: tuple[str, ...]
    values: FloatArray


def draw_parameters(seed: int, n: int) -> ParameterDraws:
    """Draw ``n`` parameter sets from the posterior.

    Draw k is a function of (seed, k): it does not depend on how many are drawn. The sets come in an
    addressed random order without repetition, and from the first again once all were taken.

    Examples
    --------
    >>> few, many = draw_parameters(1, 2), draw_parameters(1, 5)
    >>> bool((few.values == many.values[:2]).all())
    True
    """
    found = posterior()
    chosen = draw_order(seed, len(found.coordinates))[np.arange(n) % len(found.coordinates)]
    return ParameterDraws(found.names, found.values[chosen])


def draw_order(seed: int, available: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return the numbers of the posterior's rows (available,) in the order in which they are taken."""
    return np.asarray(np.argsort(uniform(seed, np.arange(available), 0, "posterior")), dtype=np.int64)
