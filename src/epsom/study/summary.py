"""From trajectories to what is said: with, without, difference, interval, certainty, sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.model.causal import Outcome, outcomes
from epsom.model.records import parameters
from epsom.study.forecast import INTERVAL, Forecast


@dataclass(frozen=True)
class Band:
    """Hold a curve: values with the records' numbers, and the 5th and 95th percentile of the draws."""

    middle: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class OutcomeForecast:
    """Hold one outcome of one person: three curves over ``days`` and what stands at the end.

    Attributes
    ----------
    outcome
        What it is, with its certainty and sources.
    days
        Days since the start (n_times,).
    without, with_plan, difference
        Curves in the outcome's unit (n_times,); the difference is taken draw by draw.
    draws_at_end
        Differences at the end, one per draw that ended well (n_draws_used,), rising.
    """

    outcome: Outcome
    days: FloatArray
    without: Band
    with_plan: Band
    difference: Band
    draws_at_end: FloatArray

    @property
    def at_years(self) -> float:
        """Return the end of the forecast in years."""
        return float(self.days[-1] / parameters()["d_per_y"].value)

    @property
    def no_difference_found(self) -> bool:
        """Tell whether the interval of the difference at the end reaches zero, or is lost in rounding."""
        low, high = self.difference.low[-1], self.difference.high[-1]
        tiny = 0.5 * 10.0**-self.outcome.digits
        return bool(low <= 0.0 <= high or max(abs(low), abs(high)) < tiny)


def _band(sets: FloatArray) -> Band:
    """Summarise curves (1 + n_draws, n_times): the first is the middle, the others give the interval."""
    draws = sets[1:][~np.isnan(sets[1:]).any(axis=1)]
    if not len(draws):
        unknown = np.full(sets.shape[1], np.nan)
        return Band(sets[0], unknown, unknown)
    low, high = np.quantile(draws, INTERVAL, axis=0)
    return Band(sets[0], low, high)


def summarise(result: Forecast, person: int) -> tuple[OutcomeForecast, ...]:
    """Summarise every outcome of one person.

    Parameters
    ----------
    result
        A forecast.
    person
        Position of the person in it.
    """
    keep = ~np.isnan(result.times[person])
    days = result.times[person][keep]
    without, with_plan = result.without[person][:, keep], result.with_plan[person][:, keep]
    found = []
    for index, name in enumerate(result.names):
        difference = with_plan[:, :, index] - without[:, :, index]
        at_end = difference[1:, -1]
        found.append(
            OutcomeForecast(
                outcome=outcomes()[name],
                days=days,
                without=_band(without[:, :, index]),
                with_plan=_band(with_plan[:, :, index]),
                difference=_band(difference),
                draws_at_end=np.sort(at_end[~np.isnan(at_end)]),
            )
        )
    return tuple(found)
