"""libroadrunner runs human experiments whose inputs switch, from the exported file, and agrees with Epsom."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import libsbml
import numpy as np
import pytest

from epsom.base.arrays import FloatArray
from epsom.engine.registry import engine
from epsom.engine.solution import Status
from epsom.model.system import epsom_system
from epsom.study.arms import inputs_at_rest, members_of, person_parameters
from epsom.study.exchange.annotated import annotated_sbml
from epsom.study.parameter_draws import ParameterDraws
from epsom.study.trial.file import Arm, Trial
from epsom.study.trial.inputs import arm_steps
from epsom.study.trial.people import participants
from epsom.study.trial.read import read_trial

TRIALS = Path(__file__).resolve().parents[2] / "validation" / "trials"
PEOPLE, RTOL, ATOL = 1, 1e-9, 1e-9
AGREES = 1e-5  # of each state's size; both integrate at 1e-9, and errors may add up over hundreds of steps
NO_DRAWS = ParameterDraws((), np.empty((0, 0)))
Inputs = Mapping[str, FloatArray]


def _days(trial: Trial, steps: Mapping[float, Inputs]) -> FloatArray:
    """Look at the trial's own times, and a little after every switch, where mistakes would show."""
    wanted = {row.at_days for row in trial.observed} | {day + 0.25 for day in steps} | {trial.days}
    return np.array(sorted(day for day in wanted if 0.0 < day <= trial.days and day not in steps))


def _elsewhere(
    parameters: Mapping[str, float], steps: Mapping[float, Mapping[str, float]], days: FloatArray
) -> FloatArray:
    roadrunner = pytest.importorskip("roadrunner", reason="runs without libroadrunner")
    document = libsbml.readSBMLFromString(annotated_sbml())
    for name, value in parameters.items():
        document.getModel().getParameter(name).setValue(value)
    runner = roadrunner.RoadRunner(libsbml.writeSBMLToString(document))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = RTOL, 1e-13
    names = list(epsom_system().states)
    runner.timeCourseSelections = names
    found, now = {}, 0.0
    for moment in sorted({*map(float, days), *steps}):
        if moment > now:
            last = np.array(runner.simulate(now, moment, 2))[-1]
            now = moment
            found[moment] = last
        for name, value in steps.get(moment, {}).items():
            runner[name] = value
    return np.array([found[float(day)] for day in days])


def _person(columns: Inputs, index: int) -> dict[str, float]:
    return {name: float(column[index]) for name, column in columns.items()}


@pytest.mark.parametrize("name", ["fatemi_1991_depletion", "eibl_1995_t2d", "gullestad_1994_loading"])
def test_libroadrunner_finds_the_same_in_experiments_that_switch(name: str) -> None:
    pytest.importorskip("roadrunner", reason="runs without libroadrunner")
    trial = read_trial(TRIALS / f"{name}.toml")
    columns = person_parameters(participants(trial, PEOPLE, 1)[0])
    rest = inputs_at_rest(columns, PEOPLE)
    switches = 0
    for arm in trial.arms:
        steps = arm_steps(arm, rest)
        switches += len(steps) - 1
        _compare(arm, trial, columns, rest, steps)
    assert switches >= 1  # each of these experiments changes something along the way


def _compare(arm: Arm, trial: Trial, columns: Inputs, rest: Inputs, steps: Mapping[float, Inputs]) -> None:
    system, days = epsom_system(), _days(trial, steps)
    scale = np.asarray(system.state_scale)
    members = members_of(system, columns, steps, NO_DRAWS, rest)
    ours = engine().solve(system, members, days, observe=system.states, rtol=RTOL, atol=ATOL)
    assert (ours.status == Status.OK).all()
    for index in range(PEOPLE):
        schedule = {day: _person(inputs, index) for day, inputs in steps.items()}
        start = {**_person(columns, index), **_person(rest, index)}
        theirs = _elsewhere(start, schedule, days)
        size = np.maximum(np.abs(theirs), 0.01 * scale)  # deviations from rest are 0 where nothing happens
        worst = (np.abs(ours.values[index] - theirs) / size).max(axis=0)
        off = {s: float(w) for s, w in zip(system.states, worst, strict=True) if not w < AGREES}
        assert off == {}, arm.name
