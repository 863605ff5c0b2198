"""Run a trial in the model and hold the result against what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.interface import Engine
from epsom.engine.members import Members
from epsom.engine.solution import Status
from epsom.engine.start import initial_values, observe_start
from epsom.model.system import epsom_system
from epsom.study.arms import inputs_at_rest, members_of, person_parameters
from epsom.study.forecast import ATOL, INTERVAL, RTOL
from epsom.study.parameter_draws import ParameterDraws, draw_parameters
from epsom.study.trial.file import USES, Arm, Observed, Trial
from epsom.study.trial.inputs import arm_steps, infusion_window
from epsom.study.trial.outcomes import RETENTION, outputs
from epsom.study.trial.people import participants

Z90 = 1.6448536269514722
MOMENT = 1e-6  # d, a tenth of a second
LEDGER = ("urine_mg_total", "urine_mg")  # what retention is computed from


@dataclass(frozen=True)
class Settings:
    """Hold how trials are run: virtual participants, parameter draws, seed."""

    people: int = 48
    draws: int = 100
    seed: int = 1


@dataclass(frozen=True)
class Row:
    """Hold one comparison.

    Attributes
    ----------
    model, low, high
        Model with the records' values, and the 5th and 95th percentile over parameter draws.
    z
        (model - observed) / standard error; for a result of no difference, the distance to its range.
    inside
        Whether the observed value lies in the 90 % range of what the trial could have shown: parameter
        draws and the trial's own error together.
    draws
        The statistic for each parameter draw (n_draws,).
    """

    trial: str
    observed: Observed
    model: float
    low: float
    high: float
    z: float
    inside: bool
    use: str
    draws: FloatArray


@dataclass(frozen=True)
class _Lives:
    """Hold means over participants: values (n_sets, n_times, n_names) and the rest before any switch."""

    times: tuple[float, ...]
    names: tuple[str, ...]
    values: FloatArray
    rest: FloatArray

    def at(self, day: float, name: str) -> FloatArray:
        return self.values[:, self.times.index(day), self.names.index(name)]

    def before(self, name: str) -> FloatArray:
        return self.rest[:, self.names.index(name)]


def run_trial(
    trial: Trial, engine: Engine, settings: Settings | None = None
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Simulate every arm with the same people and parameters, and compare.

    Returns
    -------
    rows, assumed
        One row per observed number, and the facts that the file does not describe.
    """
    settings = settings or Settings()
    facts, assumed = participants(trial, settings.people, settings.seed)
    person = person_parameters(facts)
    draws = draw_parameters(settings.seed, settings.draws)
    lives = {arm.name: _live(trial, arm, person, draws, engine) for arm in trial.arms}
    arms = {arm.name: arm for arm in trial.arms}
    return tuple(_row(trial, row, lives, arms) for row in trial.observed), assumed


def _variables(trial: Trial) -> tuple[str, ...]:
    names = [outputs()[row.outcome].variable for row in trial.observed if row.outcome != RETENTION]
    return tuple(dict.fromkeys([*names, *LEDGER]))


def _times(trial: Trial) -> tuple[float, ...]:
    windows = [window[0] for arm in trial.arms if (window := infusion_window(arm)) is not None]
    return tuple(sorted({0.0, *windows, *(row.at_days for row in trial.observed)}))


def _live(
    trial: Trial, arm: Arm, person: Mapping[str, FloatArray], draws: ParameterDraws, engine: Engine
) -> _Lives:
    system, names, times = epsom_system(), _variables(trial), _times(trial)
    n_people, n_sets = len(next(iter(person.values()))), 1 + len(draws.values)
    rest = inputs_at_rest(person, n_people)
    members = members_of(system, person, arm_steps(arm, rest), draws, rest)
    start = initial_values(system, members)
    baseline = observe_start(system, start, names).reshape(n_people, n_sets, len(names))
    asked = np.array([_just_before(day, members) for day in times])
    solved = engine.solve(system, members, asked, observe=names, rtol=RTOL, atol=ATOL)
    values = solved.values.reshape(n_people, n_sets, len(times), len(names))
    failed = (solved.status != Status.OK).reshape(n_people, n_sets)
    values = np.where(failed[:, :, None, None], np.nan, values)
    return _Lives(times, names, _mean(values), _mean(baseline))


def _just_before(day: float, members: Members) -> float:
    """Return when to look: what is measured on the day of a change was measured before it.

    Day 0 is the exception: what a change does at once is seen there.
    """
    schedule = members.schedule
    switches = schedule is not None and day > 0.0 and bool((schedule.times == day).any())
    return day - MOMENT if switches else day


def _mean(values: FloatArray) -> FloatArray:
    """Average over participants; a set in which nobody could be simulated stays NaN."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean: FloatArray = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean


def _retention(row: Observed, lives: Mapping[str, _Lives], arms: Mapping[str, Arm]) -> FloatArray:
    """Return the share of the infused load that was not excreted between its start and ``at_days``.

    What would have been excreted anyway is taken from the control arm, or from the rate before the load.
    """
    window = infusion_window(arms[row.arm])
    life = lives[row.arm]
    if window is None:
        return np.full(len(life.values), np.nan)
    start, load = window
    excreted = life.at(row.at_days, "urine_mg_total") - life.at(start, "urine_mg_total")
    if row.control is not None:
        other = lives[row.control]
        usual = other.at(row.at_days, "urine_mg_total") - other.at(start, "urine_mg_total")
    else:
        usual = life.at(start, "urine_mg") * (row.at_days - start)
    return np.asarray(1.0 - (excreted - usual) / load)


def _statistic(row: Observed, lives: Mapping[str, _Lives], arms: Mapping[str, Arm]) -> FloatArray:
    if row.outcome == RETENTION:
        return _retention(row, lives, arms)
    name = outputs()[row.outcome].variable
    now, before = lives[row.arm].at(row.at_days, name), lives[row.arm].before(name)
    if row.statistic == "arm_value":
        return now
    if row.statistic == "arm_change":
        return now - before
    if row.statistic == "arm_ratio":
        return now / before
    if row.control is None:
        raise ValueError("a net statistic needs a control arm")
    other = lives[row.control]
    then, earlier = other.at(row.at_days, name), other.before(name)
    return (
        (now - before) - (then - earlier)
        if row.statistic == "net_change"
        else (now / before) / (then / earlier)
    )


def _row(trial: Trial, row: Observed, lives: Mapping[str, _Lives], arms: Mapping[str, Arm]) -> Row:
    sets = _statistic(row, lives, arms)
    model, draws = float(sets[0]), sets[1:][~np.isnan(sets[1:])]
    low, high = np.quantile(draws, INTERVAL) if len(draws) else (np.nan, np.nan)
    return Row(
        trial=trial.id,
        observed=row,
        model=model,
        low=float(low),
        high=float(high),
        z=_z(model, row),
        inside=_inside(model, float(low), float(high), row),
        use=trial.use,
        draws=draws,
    )


def _z(model: float, row: Observed) -> float:
    if row.null is not None:
        nearest = min(max(model, row.null[0]), row.null[1])
        return (model - nearest) / row.se
    return (model - row.value) / row.se


def _inside(model: float, low: float, high: float, row: Observed) -> bool:
    if row.null is not None:
        return row.null[0] <= model <= row.null[1]
    down = np.hypot(model - low, Z90 * row.se)
    up = np.hypot(high - model, Z90 * row.se)
    return bool(model - down <= row.value <= model + up)


def shares(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return, per use, how many rows there are and the shares with |z| <= 2 and inside."""
    found = {}
    for use in USES:
        mine = [row for row in rows if row.use == use]
        if mine:
            found[use] = {
                "rows": len(mine),
                "within_2_se": sum(abs(row.z) <= 2.0 for row in mine) / len(mine),
                "inside": sum(row.inside for row in mine) / len(mine),
            }
    return found
