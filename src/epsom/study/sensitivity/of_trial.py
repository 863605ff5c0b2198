"""What a trial reports, as an outcome to explain."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.errors import problem
from epsom.engine.interface import Engine
from epsom.study.arms import person_parameters
from epsom.study.forecast import RTOL
from epsom.study.parameter_draws import ParameterDraws
from epsom.study.sensitivity.response import MOST_MEMBERS
from epsom.study.trial.file import Observed, Trial
from epsom.study.trial.outcomes import RETENTION
from epsom.study.trial.people import participants
from epsom.study.trial.run import simulate
from epsom.study.trial.statistic import statistic


def observed_row(trial: Trial, outcome: str, days: float | None) -> Observed:
    """Return the one observed row of an outcome; ``days`` chooses where there are several.

    Raises
    ------
    EpsomError
        ``E-SENS-TRIAL`` when there is none, or more than one.
    """
    found = [r for r in trial.observed if r.outcome == outcome and days in (None, r.at_days)]
    if len(found) != 1:
        there = ", ".join(f"{r.outcome} (--days {r.at_days:g})" for r in trial.observed)
        raise problem("E-SENS-TRIAL", file=trial.file, value=outcome, expected=there)
    return found[0]


@dataclass(frozen=True)
class StatisticOfTrial:
    """Compute what a trial would report, with the same virtual participants in every set."""

    trial: Trial
    row: Observed
    people: int
    seed: int
    engine: Engine
    chunk: int = MOST_MEMBERS

    def __call__(self, draws: ParameterDraws) -> FloatArray:
        """Return the statistic with the central values first, then for each set (1 + n_sets,)."""
        facts, _ = participants(self.trial, self.people, self.seed)
        person = person_parameters(facts)
        wanted = (self.row.arm, self.row.control)
        needed = tuple(arm for arm in self.trial.arms if arm.name in wanted)
        trial = replace(self.trial, arms=needed, observed=(self.row,))
        size = max(1, self.chunk // self.people)
        parts = []
        for first in range(0, max(1, len(draws.values)), size):
            some = ParameterDraws(draws.names, draws.values[first : first + size])
            lives = simulate(trial, person, some, self.engine)
            found = statistic(self.row, lives, {arm.name: arm for arm in needed})
            for life in lives.values():  # a set counts only with all of the participants
                found = np.where(np.isnan(life.people).any(axis=(0, 2, 3)), np.nan, found)
            parts.append(found if first == 0 else found[1:])
        return np.concatenate(parts)

    def noise(self) -> float:
        """Return the error of integration of the statistic: relative to the level that it is taken from."""
        if self.row.statistic.endswith("ratio") or self.row.outcome == RETENTION:
            return RTOL
        none = ParameterDraws((), np.empty((0, 0)))
        level = replace(self, row=replace(self.row, statistic="arm_value", control=None))
        return RTOL * abs(float(level(none)[0]))
