"""Forecasts made of given differences, without a model: what pages and sentences are tested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from epsom.cli.commands.forecast import EXAMPLE
from epsom.engine.solution import Status
from epsom.model.causal import outcomes
from epsom.people.people import people_from_rows
from epsom.people.plan import plan_of
from epsom.people.row import read_row
from epsom.people.typical import complete
from epsom.study.forecast import Forecast, Settings, time_grid

LEVELS = {"sbp": 142.0, "dbp": 88.0, "diabetes_probability": 40.0, "egfr": 85.0}


def forecast_of(
    differences: Mapping[str, Sequence[float]] | None = None, *, years: float = 10.0, n_draws: int = 40
) -> Forecast:
    """Build a forecast whose differences at the end are given: middle first, then each draw.

    Outcomes that are not named differ by a tenth of their level; every difference grows with time.
    """
    people = people_from_rows([read_row({**EXAMPLE, "years": years})], ["1"])
    grid = time_grid(years)
    names = tuple(outcomes())
    shape = (1, 1 + n_draws, len(grid), len(names))
    without, change = np.empty(shape), np.empty(shape)
    growth = (1.0 - np.exp(-grid / 60.0)) / (1.0 - np.exp(-grid[-1] / 60.0))
    for index, name in enumerate(names):
        level = LEVELS.get(name, 5.0)
        usual = np.concatenate([[-0.1 * level], np.linspace(-0.15, -0.05, n_draws) * level])
        end = np.asarray((differences or {}).get(name, usual), dtype=np.float64)
        without[0, :, :, index] = level + 0.5 * np.linspace(0.0, 1.0, len(grid))
        change[0, :, :, index] = end[:, None] * growth
    return Forecast(
        people=people,
        facts=complete(people),
        plan=plan_of(people),
        times=grid[None, :],
        names=names,
        without=without,
        with_plan=without + change,
        status=np.array([int(Status.OK)]),
        draws_used=np.array([n_draws]),
        problems=((),),
        settings=Settings(draws=n_draws),
    )
