"""Forecast what a change of magnesium does: the same people, twice, with the same luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray, IntArray
from epsom.base.errors import Problem
from epsom.engine.interface import Engine
from epsom.engine.members import Members
from epsom.engine.registry import DEFAULT
from epsom.engine.solution import Status
from epsom.engine.system import System
from epsom.model.causal import outcomes
from epsom.model.records import parameters
from epsom.model.system import epsom_system
from epsom.people.people import People
from epsom.people.plan import Plan, plan_of
from epsom.people.typical import Complete, complete
from epsom.study.arms import inputs_at_rest, inputs_with_plan, members_of, person_parameters
from epsom.study.parameter_draws import ParameterDraws, draw_parameters
from epsom.study.plausibility import acute_phase, plan_problems, starting_problems

RTOL, ATOL = 1e-6, 1e-6
EARLY_DAYS = (14.0, 28.0, 56.0, 84.0, 112.0, 140.0, 182.0, 273.0)
INTERVAL = (0.05, 0.95)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Settings:
    """Hold how a forecast is computed: draws for the interval, seed, engine, members per block.

    Without ``trajectory`` only the start and the end are kept, which is what a table of many people needs.
    """

    draws: int = 200
    seed: int = 1
    engine: str = DEFAULT
    block: int = 256
    trajectory: bool = True


@dataclass(frozen=True)
class Forecast:
    """Hold the two futures of each good person.

    Attributes
    ----------
    people, facts, plan
        Who, completed how, with which plan; (n,) columns.
    times
        Days since the start (n, n_times); the last one is the end of that person's plan.
    names
        Outcome names.
    without, with_plan
        Values (n, 1 + n_draws, n_times, n_outcomes); set 0 uses the central values.
    status
        `Status` of each person (n,): that of the central values in both arms, whichever is worse.
    draws_used
        How many draws ended well in both arms (n,).
    problems
        What makes a person impossible, or worth a warning (``W-`` codes).
    """

    people: People
    facts: Complete
    plan: Plan
    times: FloatArray
    names: tuple[str, ...]
    without: FloatArray
    with_plan: FloatArray
    status: IntArray
    draws_used: IntArray
    problems: tuple[tuple[Problem, ...], ...]
    settings: Settings

    @property
    def possible(self) -> BoolArray:
        """Return who has a forecast (n,)."""
        errors = [any(p.code.startswith("E-") for p in problems) for problems in self.problems]
        return np.asarray(~np.array(errors, dtype=np.bool_) & (self.status == Status.OK))


def time_grid(years: float, *, trajectory: bool = True) -> FloatArray:
    """Return the days at which a forecast is reported: dense at first, then four times a year."""
    days_per_year = parameters()["d_per_y"].value
    end = years * days_per_year
    if not trajectory:
        return np.array([0.0, end])
    quarters = np.arange(1, int(np.ceil(4 * years))) * days_per_year / 4.0
    early = np.array(EARLY_DAYS)
    inner = np.unique(np.concatenate([early[early < end], quarters[(quarters > 300.0) & (quarters < end)]]))
    return np.concatenate([[0.0], inner, [end]])


def _solve(
    engine: Engine,
    system: System,
    arms: Sequence[Members],
    times: FloatArray,
    names: Sequence[str],
    block: int,
    tick: Callable[[int], None],
) -> tuple[list[FloatArray], list[IntArray]]:
    values: list[FloatArray] = []
    statuses: list[IntArray] = []
    for arm in arms:
        parts = []
        for first in range(0, len(arm), block):
            part = arm.take(slice(first, first + block))
            parts.append(engine.solve(system, part, times, observe=names, rtol=RTOL, atol=ATOL))
            tick(len(part))
        values.append(np.concatenate([part.values for part in parts]))
        statuses.append(np.concatenate([part.status for part in parts]))
    return values, statuses


def forecast(
    people: People,
    engine: Engine,
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
) -> Forecast:
    """Compute the futures of good people with and without their plan.

    Parameters
    ----------
    people
        People without problems (`People.take(people.good)`); plans may last differently long.
    engine
        What integrates.
    settings
        Draws, seed, block size.
    progress
        Called with (members done, members in all).

    Returns
    -------
    Forecast
        NaN where a person is impossible or the integration failed, with the reason.
    """
    settings = settings or Settings()
    system = epsom_system()
    draws = draw_parameters(settings.seed, settings.draws)
    facts, plan = complete(people), plan_of(people)
    horizons = np.unique(plan.years)
    grids = {years: time_grid(years, trajectory=settings.trajectory) for years in horizons}
    shape = (len(people), 1 + settings.draws, max(map(len, grids.values()), default=1))
    names = tuple(outcomes())
    times = np.full((len(people), shape[2]), np.nan)
    pair = [np.full((*shape, len(names)), np.nan) for _ in range(2)]
    status = np.full((len(people), shape[1]), int(Status.BAD_INPUT), dtype=np.int64)
    problems: list[tuple[Problem, ...]] = [()] * len(people)
    done, total = [0], 2 * shape[0] * shape[1]

    def tick(n: int) -> None:
        done[0] += n
        if progress is not None:
            progress(done[0], total)

    for years, grid in grids.items():
        where = np.flatnonzero(plan.years == years)
        arms = _arms(system, facts, plan, draws, where)
        nominal = arms[0].take(slice(0, None, shape[1]))
        for person, found in zip(where, starting_problems(system, nominal), strict=True):
            mine = int(person)
            problems[mine] = (*found, *acute_phase(facts, mine), *plan_problems(facts, plan, mine))
        variables = [outcomes()[name].variable for name in names]
        scales = np.array([outcomes()[name].scale for name in names])
        solved, codes = _solve(engine, system, arms, grid, variables, settings.block, tick)
        times[where, : len(grid)] = grid
        for target, source in zip(pair, solved, strict=True):
            target[where, :, : len(grid)] = scales * source.reshape(
                len(where), shape[1], len(grid), len(names)
            )
        status[where] = np.maximum(*(code.reshape(len(where), shape[1]) for code in codes))
    return Forecast(
        people=people,
        facts=facts,
        plan=plan,
        times=times,
        names=names,
        without=pair[0],
        with_plan=pair[1],
        status=status[:, 0],
        draws_used=(status[:, 1:] == Status.OK).sum(axis=1),
        problems=tuple(problems),
        settings=settings,
    )


def _arms(
    system: System, facts: Complete, plan: Plan, draws: ParameterDraws, where: IntArray
) -> tuple[Members, Members]:
    person = {name: column[where] for name, column in person_parameters(facts).items()}
    rest = inputs_at_rest(person, len(where))
    planned = inputs_with_plan(rest, plan.take(where))
    return (
        members_of(system, person, {0.0: rest}, draws, rest),
        members_of(system, person, {0.0: planned}, draws, rest),
    )
