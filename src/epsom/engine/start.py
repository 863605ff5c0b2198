"""Values at the start: derived values, states and observables of all members at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.evaluate import Sweep
from epsom.engine.members import Members
from epsom.engine.system import System

# A state that starts at zero, or far below the others, is resolved relative to the largest of them.
SMALLEST_SHARE = 1e-6


@dataclass(frozen=True)
class Start:
    """Hold derived values (n_members, n_derived) and states (n_members, n_states) at the start."""

    time: float
    parameters: FloatArray
    derived: FloatArray
    states: FloatArray


def initial_values(system: System, members: Members, *, time: float = 0.0) -> Start:
    """Compute what holds at the start, before any input switches.

    Returns
    -------
    Start
        Derived values and states; NaN or infinite where the formulas say so.
    """
    sweep = system.keep(
        "start",
        lambda: Sweep(
            system.graph, [*system.derived_nodes, *system.initial], derived_nodes=system.derived_nodes
        ),
    )
    return begin(system, members, time, sweep(parameters=members.parameters, time=time))


def begin(system: System, members: Members, time: float, values: FloatArray) -> Start:
    """Take derived values and states (n_members, n_derived + n_states); states that are given come first."""
    derived, states = np.split(values, [len(system.derived)], axis=1)
    if members.initial is not None:
        states = np.where(np.isnan(members.initial), states, members.initial)
    return Start(time, members.parameters, derived, states)


def observe_start(system: System, start: Start, names: Sequence[str]) -> FloatArray:
    """Compute observables (n_members, n_names) at the start.

    Raises
    ------
    KeyError
        When a name is not an observable.
    """
    nodes = tuple(system.observables[name] for name in names)
    sweep = system.keep(("observe", nodes), lambda: Sweep(system.graph, nodes))
    return sweep(
        parameters=start.parameters,
        derived=start.derived,
        states=start.states,
        time=start.time,
    )


def state_scales(system: System, states: FloatArray) -> FloatArray:
    """Return the magnitude (n_members, n_states) that the absolute tolerance is a share of.

    It is the system's own `state_scale` where there is one; otherwise the starting value, but at least
    a millionth of the member's largest one, and 1 where all are zero.
    """
    if system.state_scale is not None:
        return np.broadcast_to(np.asarray(system.state_scale, dtype=np.float64), states.shape)
    size = np.abs(states)
    largest = size.max(axis=1, keepdims=True, initial=0.0)
    scales = np.where(size > SMALLEST_SHARE * largest, size, np.maximum(size, SMALLEST_SHARE * largest))
    return np.where(largest > 0.0, scales, 1.0)
