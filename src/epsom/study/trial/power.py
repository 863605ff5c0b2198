"""Plan a trial in the model: how many participants will show the effect that the model expects?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.errors import problem
from epsom.engine.interface import Engine
from epsom.study.arms import person_parameters
from epsom.study.forecast import INTERVAL
from epsom.study.parameter_draws import ParameterDraws, draw_parameters
from epsom.study.trial.analysis import Measured, found_in, spread
from epsom.study.trial.design import Design
from epsom.study.trial.file import Arm, Observed, Phase, Trial
from epsom.study.trial.lives import Life
from epsom.study.trial.measurement import Form, Measurement, measurements
from epsom.study.trial.outcomes import RETENTION, outputs
from epsom.study.trial.people import Assumed, participants
from epsom.study.trial.run import ArmReport, Settings, reports, simulate
from epsom.study.trial.t_test import TTest

TRIALS = 2000  # simulated trials that check the formula
CURVE = 40  # numbers of participants on the curve of power
_DIFFERENT = 1e-9  # a mean difference below this share of the spread is no difference


@dataclass(frozen=True)
class Curve:
    """Hold power against the number of participants who finish (n_numbers,).

    ``power`` is for the effect with the central values, ``assurance`` the mean over parameter draws.
    """

    people: tuple[int, ...]
    power: tuple[float, ...]
    assurance: tuple[float, ...]


@dataclass(frozen=True)
class Check:
    """Say in how many simulated trials of so many participants the test found a difference."""

    people: int
    found: int
    trials: int


@dataclass(frozen=True)
class Answer:
    """Hold the plan of one outcome.

    Attributes
    ----------
    effect, low, high
        Expected difference with the central values, and its 5th and 95th percentile over parameter
        draws; of logarithms where the measurement is compared as a ratio.
    sd, error
        SD that the test divides by, and the within-person SD in it (of the mean of all readings).
    group, total, enrolled
        Participants in each group who must finish, in all, and to enrol given the dropout; None when no
        number will do.
    planned, planned_power, planned_assurance, detectable
        Participants of the file who finish, the power that they give, its mean over parameter draws, and
        the smallest difference that they find with the wanted power; planned is 0 when the file has no n.
    """

    observed: Observed
    measurement: Measurement
    effect: float
    low: float
    high: float
    sd: float
    error: float
    group: int | None
    total: int | None
    enrolled: int | None
    planned: int
    planned_power: float
    planned_assurance: float
    detectable: float
    curve: Curve
    check: Check | None


@dataclass(frozen=True)
class Plan:
    """Hold the plan of a trial."""

    trial: str
    file: str
    design: Design
    answers: tuple[Answer, ...]
    left_out: tuple[str, ...]
    assumed: tuple[Assumed, ...]
    arms: tuple[ArmReport, ...]


def plan_trial(
    trial: Trial,
    engine: Engine,
    settings: Settings,
    design: Design | None = None,
    draws: ParameterDraws | None = None,
) -> Plan:
    """Simulate a planned trial and say how many participants it needs.

    Parameters
    ----------
    design
        In place of the file's own.
    draws
        Parameter sets for the intervals; drawn from the records' own spreads when None.

    Raises
    ------
    EpsomError
        ``E-TRIAL-NO-COMPARISON`` when no row compares two arms in a way that can be planned;
        ``E-TRIAL-WITHIN`` when the spread of a measurement is not known.
    """
    design = design or trial.design
    rows = tuple(row for row in trial.observed if _can_be_planned(row))
    if not rows:
        raise problem("E-TRIAL-NO-COMPARISON", file=trial.file, field="observed")
    known = {row: _measurement(trial, row) for row in rows}
    facts, assumed = participants(trial, settings.people, settings.seed)
    sets = draw_parameters(settings.seed, settings.draws) if draws is None else draws
    lives = simulate(_as_lived(trial, rows, design), person_parameters(facts), sets, engine)
    answers = tuple(_answer(trial, row, design, known[row], lives, settings.seed) for row in rows)
    left_out = tuple(row.outcome for row in trial.observed if row not in rows)
    return Plan(trial.id, trial.file, design, answers, left_out, assumed, reports(lives))


def _can_be_planned(row: Observed) -> bool:
    return row.control is not None and row.statistic.startswith("net") and row.outcome != RETENTION


def _measurement(trial: Trial, row: Observed) -> Measurement:
    """Return how an outcome is measured: as the row says, by its named method, or in the usual way."""
    ways = measurements().get(row.outcome, ())
    usual = next((way for way in ways if row.method in (None, way.method)), None)
    if row.within_sd is not None:
        ratio = row.statistic == "net_ratio" or (usual is not None and usual.ratio)
        form: Form = "log" if ratio else "sd"
        return Measurement(row.method or "", form, row.within_sd, trial.file, "", "file")
    if usual is None:
        where = f"observed {trial.observed.index(row) + 1}.within_sd"
        raise problem("E-TRIAL-WITHIN", file=trial.file, field=where, value=row.outcome)
    if row.statistic == "net_ratio" and usual.form == "cv":
        return replace(usual, form="log", size=math.sqrt(math.log1p(usual.size**2)))
    return usual


def _as_lived(trial: Trial, rows: tuple[Observed, ...], design: Design) -> Trial:
    """Return the trial as participants live it: in a crossover, one treatment after the other."""
    if not design.crossover:
        return replace(trial, observed=rows)
    arms = {arm.name: arm for arm in trial.arms}
    orders: dict[str, Arm] = {}
    looks = []
    again = trial.days + design.washout_days
    for row in rows:
        for first, second in _orders(row):
            phases = (*_lasting(arms[first], trial.days), *_pause(design), *arms[second].phases)
            name = _order_name(first, second)
            orders[name] = Arm(name, phases)
            looks += [replace(row, arm=name, at_days=day) for day in (row.at_days, again + row.at_days)]
    return replace(trial, arms=tuple(orders.values()), days=again + trial.days, observed=tuple(looks))


def _orders(row: Observed) -> tuple[tuple[str, str], tuple[str, str]]:
    control = str(row.control)
    return (row.arm, control), (control, row.arm)


def _order_name(first: str, second: str) -> str:
    return f"{first} > {second}"


def _pause(design: Design) -> tuple[Phase, ...]:
    return (Phase(design.washout_days, {}),) if design.washout_days > 0.0 else ()


def _lasting(arm: Arm, days: float) -> tuple[Phase, ...]:
    """Let the last phase last until the end of the period."""
    left = days - sum(phase.days for phase in arm.phases[:-1])
    return (*arm.phases[:-1], replace(arm.phases[-1], days=left))


def _lived(row: Observed, lives: Mapping[str, Life], design: Design, days: float) -> tuple[FloatArray, ...]:
    """Return values before, treated and control (n_people, n_sets)."""
    name = outputs()[row.outcome].variable
    if not design.crossover:
        one, other = lives[row.arm], lives[str(row.control)]
        return (
            one.rest[:, :, one.names.index(name)],
            one.each(row.at_days, name),
            other.each(row.at_days, name),
        )
    # Half of the people have each order, so what one period leaves for the next counts half each way.
    first, second = (lives[_order_name(*order)] for order in _orders(row))
    later = days + design.washout_days + row.at_days
    treated = (first.each(row.at_days, name) + second.each(later, name)) / 2.0
    control = (first.each(later, name) + second.each(row.at_days, name)) / 2.0
    return first.rest[:, :, first.names.index(name)], treated, control


def _answer(
    trial: Trial,
    row: Observed,
    design: Design,
    way: Measurement,
    lives: Mapping[str, Life],
    seed: int,
) -> Answer:
    values = _lived(row, lives, design, trial.days)
    error = way.sd(float(np.nanmean(values[0][:, 0]))) / math.sqrt(row.readings)
    every = [_people(values, k, way.ratio, error) for k in range(values[0].shape[1])]
    sets = [people for people in every if people.before.size]
    if not sets:
        where = f"observed {trial.observed.index(row) + 1}.outcome"
        raise problem("E-TRIAL-NOT-COMPUTED", file=trial.file, field=where, value=row.outcome)
    spreads = np.array([spread(people, design) for people in sets])
    effects = np.array([people.effect for people in sets])
    effect, sd, test = float(effects[0]), float(spreads[0]), design.test
    low, high = np.quantile(effects[1:], INTERVAL) if len(effects) > 1 else (np.nan, np.nan)
    group = test.people(effect, sd, design.power) if abs(effect) > _DIFFERENT * sd else None
    planned = int(trial.n * (1.0 - design.dropout)) // test.groups
    finish = max(planned, test.fewest)
    return Answer(
        observed=row,
        measurement=way,
        effect=effect,
        low=float(low),
        high=float(high),
        sd=sd,
        error=error,
        group=group,
        total=None if group is None else group * test.groups,
        enrolled=None if group is None else test.groups * math.ceil(group / (1.0 - design.dropout)),
        planned=planned * test.groups,
        planned_power=test.power(effect, sd, finish) if planned else math.nan,
        planned_assurance=_assurance(test, effects, spreads, finish) if planned else math.nan,
        detectable=test.detectable(sd, planned, design.power) if planned else math.nan,
        curve=_curve(test, effects, spreads, group, planned),
        check=None if group is None else _check(sets[0], design, group, seed),
    )


def _people(values: tuple[FloatArray, ...], k: int, ratio: bool, error: float) -> Measured:
    """Return the people of one parameter set who could be computed in every life."""
    columns = np.stack([column[:, k] for column in values])
    before, treated, control = columns[:, ~np.isnan(columns).any(axis=0)]
    if ratio:
        before, treated, control = np.log(before), np.log(treated), np.log(control)
    return Measured(before, treated, control, error)


def _assurance(test: TTest, effects: FloatArray, spreads: FloatArray, n: int) -> float:
    """Return the mean power over parameter draws; that of the central values when there are none."""
    some = slice(1, None) if len(effects) > 1 else slice(0, 1)
    return float(test.powers(effects[some] / spreads[some], 1.0, n).mean())


def _curve(test: TTest, effects: FloatArray, spreads: FloatArray, group: int | None, planned: int) -> Curve:
    most = max(2 * (group or 0), int(1.5 * planned), 20 * test.fewest)
    marked = [n for n in (group, planned) if n]
    numbers = sorted({max(round(n), test.fewest) for n in (*np.linspace(test.fewest, most, CURVE), *marked)})
    return Curve(
        tuple(n * test.groups for n in numbers),
        tuple(test.power(float(effects[0]), float(spreads[0]), n) for n in numbers),
        tuple(_assurance(test, effects, spreads, n) for n in numbers),
    )


def _check(people: Measured, design: Design, group: int, seed: int) -> Check | None:
    """Simulate trials of the found size; None for one so small or large that this tells nothing."""
    if not 4 <= group <= 200_000:
        return None
    found, trials = found_in(people, design, group, TRIALS, seed)
    return Check(group * design.test.groups, found, trials)
