"""Standard errors by leaving out one sampling unit at a time, for what cannot be linearised simply."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from epsom.people.survey.design import F64, Design


def replicates(design: Design) -> Iterator[tuple[int, F64]]:
    """Yield for each sampling unit its number and the factor on everybody's weight without it (n,).

    People of the unit get 0, the other units of its stratum n_h / (n_h - 1), all others 1.
    """
    stratum = design.stratum_of_unit[design.unit]
    for unit in range(len(design.stratum_of_unit)):
        here = design.stratum_of_unit[unit]
        size = design.units_in_stratum[here]
        factor = np.where(stratum == here, size / (size - 1.0), 1.0)
        factor[design.unit == unit] = 0.0
        yield unit, factor


def jackknife(design: Design, statistic: Callable[[F64], F64]) -> tuple[F64, F64]:
    """Return a statistic and its standard error by the stratified jackknife.

    Variance = sum over strata of (n_h - 1) / n_h x sum over units of (theta without the unit - theta)^2:
    Rust and Rao, Stat Methods Med Res 1996;5:283-310.

    Parameters
    ----------
    design
        The full sample.
    statistic
        Takes a factor on everybody's weight (n,), gives one or more values (k,).

    Returns
    -------
    tuple
        Values (k,) and standard errors (k,).
    """
    whole = statistic(np.ones(len(design.weight)))
    variance = np.zeros_like(whole)
    for unit, factor in replicates(design):
        size = design.units_in_stratum[design.stratum_of_unit[unit]]
        variance += (size - 1.0) / size * (statistic(factor) - whole) ** 2
    return whole, np.sqrt(variance)
