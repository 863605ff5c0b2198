"""Live an arm of a trial: all participants with all parameter sets, and the books of their magnesium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.interface import Engine
from epsom.engine.members import Members
from epsom.engine.solution import Status
from epsom.engine.start import initial_values, observe_start
from epsom.model.check import POOLS
from epsom.model.clamp import CLAMP_TOTAL, clamped_system, holds_a_pool, with_values_at_rest
from epsom.study.arms import inputs_at_rest, members_of
from epsom.study.forecast import ATOL, RTOL
from epsom.study.parameter_draws import ParameterDraws
from epsom.study.trial.clamp import inputs_off
from epsom.study.trial.file import Arm, Trial
from epsom.study.trial.inputs import arm_steps, infusion_window
from epsom.study.trial.outcomes import RETENTION, outputs

MOMENT = 1e-6  # d, a tenth of a second
GAINS = ("absorbed_mg_total", CLAMP_TOTAL)  # the second only where a clamp holds a pool
LOSSES = ("urine_mg_total", "other_losses_total")
BOOKS = (*POOLS, "absorbed_mg_total", *LOSSES)
LEDGER = ("urine_mg_total", "urine_mg")  # what retention is computed from


@dataclass(frozen=True)
class Life:
    """Hold what an arm went through.

    Attributes
    ----------
    times, names
        Days at which it was looked at, and what was looked at.
    people
        Values (n_people, n_sets, n_times, n_names): set 0 has the records' parameters, the others are
        the parameter draws; NaN where a member's integration failed.
    rest
        Values before any switch (n_people, n_sets, n_names).
    failed
        How many members' integrations failed.
    residual
        Largest error of gains - losses = change of stores, relative to the magnesium that went through
        the body [1].
    """

    times: tuple[float, ...]
    names: tuple[str, ...]
    people: FloatArray
    rest: FloatArray
    failed: int
    residual: float

    def at(self, day: float, name: str) -> FloatArray:
        """Return the mean over participants on a day (n_sets,)."""
        return over_people(self.each(day, name))

    def before(self, name: str) -> FloatArray:
        """Return the mean over participants at rest (n_sets,)."""
        return over_people(self.rest[:, :, self.names.index(name)])

    def each(self, day: float, name: str) -> FloatArray:
        """Return each participant's value on a day (n_people, n_sets)."""
        return np.asarray(self.people[:, :, self.times.index(day), self.names.index(name)])


def over_people(values: FloatArray) -> FloatArray:
    """Average over participants (axis 0); a set in which nobody could be simulated stays NaN."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean: FloatArray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean


def live(
    trial: Trial,
    arm: Arm,
    person: Mapping[str, FloatArray],
    draws: ParameterDraws,
    engine: Engine,
    observe: tuple[str, ...] | None = None,
    rtol: float = RTOL,
) -> Life:
    """Simulate one arm.

    Parameters
    ----------
    person
        The model's person parameters (n_people,): the same people in every arm.
    draws
        Parameter sets beside the records' own values: the same ones in every arm.
    observe
        What to look at, `variables_of` the trial when None. One list for many trials saves generated code.
    """
    system, times = clamped_system(arm.clamped), _times(trial)
    names = _with_books(observe or variables_of([trial]), arm)
    n_people, n_sets = len(next(iter(person.values()))), 1 + len(draws.values)
    rest = {**inputs_at_rest(person, n_people), **inputs_off(arm.clamped, n_people)}
    members = members_of(system, person, arm_steps(arm, rest), draws, rest)
    members = with_values_at_rest(members, arm.clamped)
    start = observe_start(system, initial_values(system, members), names)
    asked = np.array([_just_before(day, members) for day in times])
    solved = engine.solve(system, members, asked, observe=names, rtol=rtol, atol=ATOL)
    failed = solved.status != Status.OK
    values = np.where(failed[:, None, None], np.nan, solved.values)
    return Life(
        times=times,
        names=names,
        people=values.reshape(n_people, n_sets, len(times), len(names)),
        rest=start.reshape(n_people, n_sets, len(names)),
        failed=int(failed.sum()),
        residual=ledger_residual(names, start, values),
    )


def ledger_residual(names: tuple[str, ...], start: FloatArray, values: FloatArray) -> float:
    """Return the largest error of a member's magnesium books.

    Parameters
    ----------
    start, values
        The variables ``names`` at the start (n_members, n_names) and later (n_members, n_times, n_names).

    Returns
    -------
    float
        Largest ``|change of stores - gains + losses|`` over members and times, relative to what had been
        gained or lost by the last of the times [1]; NaN when no member could be simulated.
    """
    later = {name: values[:, :, names.index(name)] for name in (*BOOKS, *GAINS) if name in names}
    stored = sum(later[name] - start[:, None, names.index(name)] for name in POOLS)
    gained = np.asarray(sum(later[name] for name in GAINS if name in names))
    lost = np.asarray(sum(later[name] for name in LOSSES))
    through = np.maximum(np.abs(gained[:, -1:]), np.abs(lost[:, -1:]))
    residual = np.abs(stored - gained + lost) / np.where(through > 0.0, through, 1.0)
    known = residual[~np.isnan(residual)]
    return float(known.max()) if known.size else float("nan")


def variables_of(trials: Sequence[Trial]) -> tuple[str, ...]:
    """Return what the rows of these trials, and the books, are computed from."""
    rows = [row for trial in trials for row in trial.observed if row.outcome != RETENTION]
    return tuple(dict.fromkeys([*(outputs()[row.outcome].variable for row in rows), *LEDGER, *BOOKS]))


def _with_books(names: tuple[str, ...], arm: Arm) -> tuple[str, ...]:
    return (*names, CLAMP_TOTAL) if holds_a_pool(arm.clamped) else names


def _times(trial: Trial) -> tuple[float, ...]:
    windows = [window[0] for arm in trial.arms if (window := infusion_window(arm)) is not None]
    return tuple(sorted({0.0, *windows, *(row.at_days for row in trial.observed)}))


def _just_before(day: float, members: Members) -> float:
    """Return when to look: what is measured on the day of a change was measured before it.

    Day 0 is the exception: what a change does at once is seen there.
    """
    schedule = members.schedule
    switches = schedule is not None and day > 0.0 and bool((schedule.times == day).any())
    return day - MOMENT if switches else day
