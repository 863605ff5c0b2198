"""Lives to look at: people stated by their facts, with inputs that switch on given days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.errors import EpsomError
from epsom.engine.interface import Engine
from epsom.engine.members import Members, Schedule
from epsom.engine.solution import Status
from epsom.engine.start import initial_values, observe_start
from epsom.model.clamp import CLAMP_TOTAL, clamped_system, holds_a_pool, with_values_at_rest
from epsom.people.people import people_from_rows
from epsom.people.row import read_row
from epsom.people.typical import complete
from epsom.study.arms import inputs_at_rest, person_parameters
from epsom.study.trial.clamp import inputs_off
from epsom.study.trial.lives import BOOKS, ledger_residual

RTOL, ATOL = 1e-8, 1e-8


@dataclass(frozen=True)
class Life:
    """Hold one life.

    Attributes
    ----------
    facts
        Facts about the person by their names in files; what is missing is typical for age and sex.
    steps
        Day -> inputs that have another value than at rest from that day on.
    own
        Parameters of the model that are this person's own, such as ``genetic_shift`` or ``h``.
    """

    facts: Mapping[str, Any]
    steps: Mapping[float, Mapping[str, float]] = field(default_factory=dict)
    own: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Lived:
    """Hold solved lives.

    Attributes
    ----------
    days, names
        When (n_times,) and what was looked at.
    values
        (n_lives, n_times, n_names).
    residual
        Largest error of the magnesium books of any life, relative to what went through it [1].
    """

    days: FloatArray
    names: tuple[str, ...]
    values: FloatArray
    residual: float

    def __getitem__(self, name: str) -> FloatArray:
        """Return one variable (n_lives, n_times)."""
        return np.asarray(self.values[:, :, self.names.index(name)])


def _columns(lives: Sequence[Life]) -> dict[str, FloatArray]:
    rows = [read_row({"intake_mg_per_day": 300, **life.facts}) for life in lives]
    problems = [problem for row in rows for problem in row.problems]
    if problems:
        raise EpsomError.of(problems)
    return person_parameters(complete(people_from_rows(rows, [str(k) for k in range(len(rows))])))


def _schedule(lives: Sequence[Life], rest: Mapping[str, FloatArray]) -> Schedule:
    """Every life switches on day 0, also where nothing changes; later switches are padded."""
    names = tuple(rest)
    moments = [sorted({0.0, *life.steps}) for life in lives]
    longest = max(map(len, moments))
    times = np.full((len(lives), longest), np.inf)
    values = np.empty((len(lives), longest, len(names)))
    for k, (life, days) in enumerate(zip(lives, moments, strict=True)):
        times[k, : len(days)] = days
        for s in range(longest):
            changed = life.steps.get(days[min(s, len(days) - 1)], {})
            unknown = set(changed) - set(names)
            if unknown:
                raise ValueError(f"not an input: {', '.join(sorted(unknown))}")
            values[k, s] = [changed.get(name, rest[name][k]) for name in names]
    return Schedule(names, times, values)


def live(
    lives: Sequence[Life],
    days: Sequence[float],
    names: Sequence[str],
    engine: Engine,
    *,
    clamps: tuple[str, ...] = (),
) -> Lived:
    """Solve lives together.

    Parameters
    ----------
    days
        Days to report, rising. On day 0 a change has just begun.
    names
        Variables of the model.
    clamps
        Variables that can be imposed by the inputs of `epsom.model.clamp.switch_inputs`.

    Raises
    ------
    RuntimeError
        When a life could not be integrated: these are lives that the model must be able to lead.
    """
    system, n = clamped_system(clamps), len(lives)
    columns = _columns(lives)
    rest = {**inputs_at_rest(columns, n), **inputs_off(clamps, n)}
    own = {name for life in lives for name in life.own}
    for name in own:
        usual = columns.get(name, np.full(n, system.defaults[system.parameter_index(name)]))
        columns[name] = np.array([life.own.get(name, usual[k]) for k, life in enumerate(lives)])
    members = Members.of(system, n, {**columns, **rest}, _schedule(lives, rest))
    members = with_values_at_rest(members, clamps)
    booked = (CLAMP_TOTAL,) if holds_a_pool(clamps) else ()
    asked = tuple(dict.fromkeys([*names, *BOOKS, *booked]))
    times = np.asarray(days, dtype=np.float64)
    solved = engine.solve(system, members, times, observe=asked, rtol=RTOL, atol=ATOL)
    if (solved.status != Status.OK).any():
        codes = sorted({Status(int(code)).code for code in solved.status})
        raise RuntimeError(f"lives that could not be integrated: {', '.join(codes)}")
    start = observe_start(system, initial_values(system, members), asked)
    return Lived(times, asked, solved.values, ledger_residual(asked, start, solved.values))
