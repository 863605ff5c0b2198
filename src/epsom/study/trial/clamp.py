"""Imposed variables of an arm: read, check, and translate into inputs of the clamped model."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.errors import EpsomError, Problem, problem
from epsom.engine.members import Members
from epsom.engine.start import initial_values, observe_start
from epsom.model import records
from epsom.model.clamp import can_be_imposed, collisions, switch_inputs
from epsom.model.system import epsom_system
from epsom.people.fields import person_fields
from epsom.study.trial.outcomes import outputs

FORMS = '5.0, { value = 90, unit = "mg/dL" }, { times_baseline = 1.1 }'
_FAR = 100.0  # times the value at rest of a typical person: beyond it a unit was mistaken


@dataclass(frozen=True)
class Imposed:
    """Hold one imposed variable: ``level`` in the model's unit plus ``share`` of the own value at rest."""

    variable: str
    level: float
    share: float = 0.0

    def inputs(self, n: int) -> dict[str, FloatArray]:
        """Return the inputs (n,) that switch it on."""
        values = (1.0, self.level, self.share)
        names = switch_inputs(self.variable)
        return {name: np.full(n, value) for name, value in zip(names, values, strict=True)}


def inputs_off(variables: tuple[str, ...], n: int) -> dict[str, FloatArray]:
    """Return the inputs (n,) of clamps that are not at work."""
    return {
        name: np.full(n, value)
        for variable in variables
        for name, value in zip(switch_inputs(variable), (0.0, 0.0, 1.0), strict=True)
    }


def read_clamps(raw: Any, problems: list[Problem]) -> tuple[Imposed, ...]:
    """Check ``clamp = { variable = value }``; faults are added to ``problems``."""
    if raw is None:
        return ()
    if not isinstance(raw, Mapping):
        problems.append(Problem("E-TRIAL-CLAMP-VALUE", field="clamp", value=raw, expected=FORMS))
        return ()
    found = []
    for name, value in raw.items():
        try:
            found.append(_imposed(name, value))
        except EpsomError as error:
            problems.extend(p.at(field=f"clamp.{name}") for p in error.problems)
    variables = [imposed.variable for imposed in found]
    both = {*collisions(variables), *(v for v in variables if variables.count(v) > 1)}
    if both:
        problems.append(Problem("E-TRIAL-CLAMP-TWICE", field="clamp", value=", ".join(sorted(both))))
    return tuple(found)


def _imposed(name: str, value: Any) -> Imposed:
    output = outputs().get(name)
    variable = name if output is None else output.variable
    if variable not in can_be_imposed():
        raise problem("E-TRIAL-CLAMP", value=name, expected=", ".join(_nearest(name)))
    if not isinstance(value, Mapping):
        level = _number(value)
    elif set(value) == {"times_baseline"}:
        factor = _number(value["times_baseline"])
        if not 0.0 < factor <= _FAR:
            raise problem("E-TRIAL-CLAMP-RANGE", value=factor, expected=f"0 – {_FAR:g}")
        return Imposed(variable, 0.0, factor)
    elif set(value) == {"value", "unit"}:
        unit = str(value["unit"])
        known = {} if output is None else {output.unit: 1.0, **output.also}
        if unit not in known:
            raise problem("E-UNIT", unit=unit, expected=", ".join(known))
        level = _number(value["value"]) * known[unit]
    else:
        raise problem("E-TRIAL-CLAMP-VALUE", value=value, expected=FORMS)
    for fault in _range_faults(variable, level):
        raise EpsomError(replace(fault, unit=None if output is None else output.unit))
    return Imposed(variable, level)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise problem("E-TRIAL-CLAMP-VALUE", value=value, expected=FORMS)
    return float(value)


def _nearest(name: str) -> list[str]:
    close = difflib.get_close_matches(name, can_be_imposed(), n=5, cutoff=0.5)
    return close or [o.variable for o in outputs().values() if o.variable in can_be_imposed()]


def _range_faults(variable: str, level: float) -> Iterator[Problem]:
    """Hold a level against the plausible range of the fact behind it, or against the value at rest."""
    field = records.person_fields().get(f"{variable}0")
    if field is not None and field.fact is not None and field.fact in person_fields():
        spec = person_fields()[field.fact]
        low, high = spec.low, spec.high
    else:
        rest = _typical(variable)
        low, high = (rest / _FAR, rest * _FAR) if rest > 0.0 else (-math.inf, math.inf)
    if not low <= level <= high:
        yield Problem("E-TRIAL-CLAMP-RANGE", value=level, expected=f"{low:.4g} – {high:.4g}")


@cache
def _typical(variable: str) -> float:
    system = epsom_system()
    start = initial_values(system, Members.of(system, 1))
    return float(observe_start(system, start, [variable])[0, 0])
