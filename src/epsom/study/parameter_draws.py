"""Draw parameter sets from the records' own spreads, each draw with its own address."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.model.priors import admissible, from_standard_normal, uncertain_parameters
from epsom.people.draws import standard_normal

MOST_ATTEMPTS = 64


@dataclass(frozen=True)
class ParameterDraws:
    """Hold parameter sets (n_draws, n_names) in the units of their records."""

    names: tuple[str, ...]
    values: FloatArray


def draw_parameters(seed: int, n: int) -> ParameterDraws:
    """Draw ``n`` admissible parameter sets.

    Draw k is a function of (seed, k): it does not depend on how many are drawn. A set that leaves the
    model's proven range is drawn again at the next attempt's address.

    Raises
    ------
    RuntimeError
        When a draw finds no admissible set in 64 attempts: the spreads would be at fault.

    Examples
    --------
    >>> few, many = draw_parameters(1, 2), draw_parameters(1, 5)
    >>> bool((few.values == many.values[:2]).all())
    True
    """
    names = uncertain_parameters()
    values = np.full((n, len(names)), np.nan)
    pending = np.arange(n)
    for attempt in range(MOST_ATTEMPTS):
        if not pending.size:
            return ParameterDraws(names, values)
        columns = [standard_normal(seed, pending, attempt, f"parameter:{name}") for name in names]
        proposed = from_standard_normal(np.column_stack(columns), names)
        accepted = admissible(proposed, names)
        values[pending[accepted]] = proposed[accepted]
        pending = pending[~accepted]
    if pending.size:
        raise RuntimeError(f"no admissible parameter set in {MOST_ATTEMPTS} attempts for draws {pending}")
    return ParameterDraws(names, values)
