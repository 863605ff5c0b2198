"""Who is simulated: one row of parameters per member, with inputs that switch in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray, IntArray
from epsom.engine.system import System


@dataclass(frozen=True)
class Schedule:
    """Set parameters at given times: inputs that are constant between their switches.

    At a switching time all inputs take the row's values at once, and keep them until the next switch.
    Before the first switch they have the member's parameter values, from which derived and initial
    values are computed too, also when a switch lies at or before the start.

    Parameters
    ----------
    inputs
        Names of the parameters that switch.
    times
        Switching times (n_members, n_switches), rising; padded with +inf.
    values
        Values from that time on (n_members, n_switches, n_inputs).
    """

    inputs: tuple[str, ...]
    times: FloatArray
    values: FloatArray

    def __post_init__(self) -> None:
        if self.values.shape != (*self.times.shape, len(self.inputs)):
            raise ValueError("values must have the shape (n_members, n_switches, n_inputs)")


@dataclass(frozen=True)
class Members:
    """Hold the parameters (n_members, n_parameters) of a batch and what else tells members apart.

    Parameters
    ----------
    parameters
        Parameter values in the order of ``System.parameters``.
    initial
        Starting values (n_members, n_states) that replace the computed ones where they are not NaN.
    schedule
        Inputs that switch, if any.
    """

    parameters: FloatArray
    initial: FloatArray | None = None
    schedule: Schedule | None = None

    def __len__(self) -> int:
        return int(self.parameters.shape[0])

    @classmethod
    def of(
        cls,
        system: System,
        n: int,
        values: Mapping[str, FloatArray | float] | None = None,
        schedule: Schedule | None = None,
    ) -> Members:
        """Build ``n`` members with the default parameters, except for the named ``values``."""
        parameters = np.tile(np.asarray(system.defaults, dtype=np.float64), (n, 1))
        for name, value in (values or {}).items():
            parameters[:, system.parameter_index(name)] = value
        return cls(parameters, schedule=schedule)

    def take(self, index: slice | IntArray | BoolArray) -> Members:
        """Return the chosen members, in the order of ``index``."""
        schedule = self.schedule
        if schedule is not None:
            schedule = replace(schedule, times=schedule.times[index], values=schedule.values[index])
        initial = None if self.initial is None else self.initial[index]
        return Members(self.parameters[index], initial, schedule)
