"""Lives to test with: a person, an intervention, days; solved on the reference path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from epsom.engine.members import Members, Schedule
from epsom.engine.reference import ReferenceEngine
from epsom.engine.solution import Solution
from epsom.model.records import input_fields
from epsom.model.system import epsom_system

# A middle-aged man with slightly raised pressure and middling magnesium: the population of the pooled
# blood-pressure trials (Zhang 2016: mean dose 368 mg/day over three months).
TRIAL_MAN: Mapping[str, float] = {
    "age0": 52.0, "weight": 70.0, "serum0": 0.82, "intake0": 300.0, "sbp0": 138.0, "dbp0": 87.0,
    "bmi0": 28.0, "crp0": 2.0, "homa0": 2.5, "egfr0": 93.4, "glucose0": 5.12, "hba1c0": 5.33,
    "fmd_stated": 6.14, "pwv_stated": 7.7, "il60": 1.73, "cimt0": 0.64,
}  # fmt: skip


def members(people: Sequence[Mapping[str, float]], changes: Sequence[Mapping[str, float]]) -> Members:
    """Build one member per person whose inputs change at day 0."""
    system, n = epsom_system(), len(people)
    names = tuple(input_fields())
    values: dict[str, np.ndarray] = {}
    for key in {key for person in people for key in person}:
        default = system.defaults[system.parameter_index(key)]
        values[key] = np.array([person.get(key, default) for person in people])
    for name, field in input_fields().items():
        if field.at_rest is not None:
            default = system.defaults[system.parameter_index(field.at_rest)]
            values[name] = values.get(field.at_rest, np.full(n, default))
    at_rest = {name: values.get(name, np.full(n, input_fields()[name].default)) for name in names}
    switched = np.array(
        [[change.get(name, at_rest[name][i]) for name in names] for i, change in enumerate(changes)]
    )
    return Members.of(system, n, values, Schedule(names, np.zeros((n, 1)), switched[:, None, :]))


def live(
    people: Sequence[Mapping[str, float]],
    changes: Sequence[Mapping[str, float]],
    days: Sequence[float],
    observe: Sequence[str] | None = None,
    rtol: float = 1e-8,
) -> Solution:
    """Solve lives on the reference path."""
    return ReferenceEngine().solve(
        epsom_system(),
        members(people, changes),
        np.array(days, dtype=float),
        observe=observe,
        rtol=rtol,
        atol=1e-8,
    )
