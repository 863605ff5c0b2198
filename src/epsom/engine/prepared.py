"""The functions that the reference stepper needs of a system, made once per system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.compile import Function, Leaves
from epsom.engine.ops import Op
from epsom.engine.system import Event, System, effect_nodes, jacobian, time_thresholds


@dataclass(frozen=True)
class EventFunctions:
    """Hold an event with the function that computes its values, factors, delay and priority."""

    event: Event
    function: Function

    @classmethod
    def of(cls, system: System, event: Event) -> EventFunctions:
        """Prepare one event."""
        return cls(event, Function(system.graph, effect_nodes(system.graph, event)))


class Prepared:
    """Hold a system's compiled rates, Jacobian, triggers and events."""

    def __init__(self, system: System) -> None:
        graph = system.graph
        self.system = system
        self.rates = Function(graph, system.rates)
        entries = jacobian(system)
        self._entries = (np.array(entries.rows, dtype=int), np.array(entries.columns, dtype=int))
        self._jacobian = Function(graph, entries.nodes)
        triggers = tuple(event.trigger for event in system.events)
        self.triggers = Function(graph, triggers)
        # A trigger that is only a comparison of time is met by an exact restart and needs no search.
        self.thresholds = Function(graph, time_thresholds(graph, (*system.rates, *triggers)))
        used = graph.leaves([*system.rates, *system.initial, *system.derived_nodes, *triggers], Op.PARAMETER)
        self.parameters_used = np.array(sorted(used), dtype=int)
        self.events = tuple(EventFunctions.of(system, event) for event in system.events)

    def observer(self, names: Sequence[str]) -> Function:
        """Prepare the observables of these names; `KeyError` when one does not exist."""
        return Function(self.system.graph, [self.system.observables[name] for name in names])

    def bound_jacobian(
        self, leaves: Leaves, rates: Callable[[float, FloatArray], FloatArray]
    ) -> Callable[[float, FloatArray], FloatArray]:
        """Return the Jacobian (n_states, n_states) of the bound ``rates`` as a function like them."""
        entries = self._jacobian.bind(leaves)
        n = len(self.system.states)
        rows, columns = self._entries

        def matrix(t: float, y: FloatArray) -> FloatArray:
            dense = np.zeros((n, n))
            dense[rows, columns] = entries(t, y)
            bad = np.flatnonzero(~np.isfinite(dense).all(axis=0)).tolist()
            if bad:  # a formula such as x^0.5 at x = 0: a secant serves Newton's method
                _secants(dense, bad, rates, t, y)
            return dense

        return matrix


def _secants(
    dense: FloatArray,
    columns: Sequence[int] | FloatArray,
    rates: Callable[..., FloatArray],
    t: float,
    y: FloatArray,
) -> None:
    base = rates(t, y)
    for column in columns:
        moved = y.copy()
        width = 1e-8 * max(1.0, abs(y[column]))
        moved[column] += width
        slope = (rates(t, moved) - base) / width
        dense[:, column] = np.where(np.isfinite(slope), slope, 0.0)
