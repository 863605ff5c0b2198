"""Outcomes to explain: the effect of a plan in given people, or a number that a trial reports."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.errors import EpsomError
from epsom.engine.interface import Engine
from epsom.engine.solution import Status
from epsom.engine.start import initial_values, observe_start
from epsom.model.system import epsom_system
from epsom.people.people import People
from epsom.people.plan import plan_of
from epsom.people.typical import complete
from epsom.study.arms import inputs_at_rest, inputs_with_plan, members_of, person_parameters
from epsom.study.forecast import ATOL, RTOL
from epsom.study.parameter_draws import ParameterDraws
from epsom.study.plausibility import starting_problems

Statistic = Literal["difference", "value", "change"]
STATISTICS: tuple[Statistic, ...] = ("difference", "value", "change")
MOST_MEMBERS = 16384  # solved at once; keeps memory bounded


@dataclass(frozen=True)
class EffectOfPlan:
    """Compute what a plan does to people, averaged over them.

    Attributes
    ----------
    people
        Who (n,), without problems; their plans' years do not matter here.
    variable
        Variable of the model.
    days
        When to look, days since the start of the plan.
    statistic
        ``difference`` with minus without the plan; ``value`` with it; ``change`` with it since the start.
    """

    people: People
    variable: str
    days: float
    statistic: Statistic
    engine: Engine
    chunk: int = field(default=MOST_MEMBERS)

    def check(self) -> None:
        """Refuse people who are impossible in the model (``E-INTAKE-FILTRATION``)."""
        system = epsom_system()
        person = person_parameters(complete(self.people))
        rest = inputs_at_rest(person, len(self.people))
        none = ParameterDraws((), np.empty((0, 0)))
        found = starting_problems(system, members_of(system, person, {0.0: rest}, none, rest))
        errors = [
            p.at(row=row)
            for row, problems in enumerate(found, 1)
            for p in problems
            if p.code.startswith("E-")
        ]
        if errors:
            raise EpsomError.of(errors)

    def __call__(self, draws: ParameterDraws) -> FloatArray:
        """Return the statistic with the central values first, then for each set (1 + n_sets,)."""
        size = max(1, self.chunk // len(self.people))
        parts = []
        for first in range(0, max(1, len(draws.values)), size):
            part = self._solve(ParameterDraws(draws.names, draws.values[first : first + size]))
            parts.append(part if first == 0 else part[1:])
        return np.concatenate(parts)

    def noise(self) -> float:
        """Return the error of integration of the outcome: what is subtracted is each as large as itself."""
        none = ParameterDraws((), np.empty((0, 0)))
        return RTOL * abs(float(replace(self, statistic="value")(none)[0]))

    def _solve(self, draws: ParameterDraws) -> FloatArray:
        system = epsom_system()
        person = person_parameters(complete(self.people))
        rest = inputs_at_rest(person, len(self.people))
        planned = inputs_with_plan(rest, plan_of(self.people))
        shape = (len(self.people), 1 + len(draws.values))

        def after(inputs: dict[str, FloatArray]) -> FloatArray:
            members = members_of(system, person, {0.0: inputs}, draws, rest)
            asked = np.array([self.days])
            solved = self.engine.solve(system, members, asked, observe=[self.variable], rtol=RTOL, atol=ATOL)
            return np.where(solved.status == Status.OK, solved.values[:, 0, 0], np.nan).reshape(shape)

        found = after(planned)
        if self.statistic == "difference":
            found = found - after(rest)
        elif self.statistic == "change":
            members = members_of(system, person, {0.0: rest}, draws, rest)
            found = found - observe_start(system, initial_values(system, members), [self.variable])[
                :, 0
            ].reshape(shape)
        return np.asarray(found.mean(axis=0))  # NaN when anyone has no value: the same people in every set
