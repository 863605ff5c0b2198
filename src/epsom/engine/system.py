"""A system of ordinary differential equations as data: what a model is to an engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from epsom.base.arrays import FloatArray
from epsom.engine.derivative import Derivatives
from epsom.engine.graph import Graph
from epsom.engine.ops import COMPARISONS, Op

Made = TypeVar("Made")
# Things that are remembered of a system at most (choices of observables, mostly).
_MOST_KEPT = 100


@dataclass(frozen=True)
class Assignment:
    """Give a state a new value when an event is executed.

    Parameters
    ----------
    state
        Index of the state.
    value
        Node of the new value; evaluated when the event is triggered or executed, as the event says.
    factor
        Node that the value is multiplied with, always evaluated at execution (a compartment's size,
        where the model assigns a concentration and the state is an amount).
    """

    state: int
    value: int
    factor: int | None = None


@dataclass(frozen=True)
class Event:
    """Change states at the moment a condition becomes true (SBML Level 3 semantics).

    Parameters
    ----------
    trigger
        Node of the condition; the event fires when it goes from false to true.
    persistent
        Whether a pending execution survives that the condition becomes false again.
    initial_value
        What the condition counts as just before the start.
    delay
        Node of the time between firing and execution, evaluated at firing; None for at once.
    priority
        Node of the priority, evaluated at execution: of simultaneous events the highest goes first.
    use_values_from_trigger_time
        Whether the new values are computed at firing instead of at execution.
    """

    name: str
    trigger: int
    assignments: tuple[Assignment, ...]
    persistent: bool = True
    initial_value: bool = True
    delay: int | None = None
    priority: int | None = None
    use_values_from_trigger_time: bool = True


@dataclass(frozen=True)
class System:
    """Hold dy/dt = f(t, y, p) with its start, its events and what can be observed.

    Parameters
    ----------
    graph
        Where all nodes live.
    states, initial, rates
        Names, nodes of the starting values (over parameters, derived values and time) and nodes of the
        time derivatives, in one order.
    parameters, defaults
        Names and default values (n_parameters,).
    derived, derived_nodes
        Values computed once, at the start, from parameters, time and earlier derived values.
    observables
        Name -> node, over states, parameters, derived values and time.
    state_scale
        Typical magnitude of each state (n_states,), for the absolute tolerance; None when unknown.
    """

    name: str
    graph: Graph
    states: tuple[str, ...]
    initial: tuple[int, ...]
    rates: tuple[int, ...]
    parameters: tuple[str, ...]
    defaults: FloatArray
    derived: tuple[str, ...] = ()
    derived_nodes: tuple[int, ...] = ()
    observables: Mapping[str, int] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    state_scale: FloatArray | None = None
    _kept: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (len(self.states) == len(self.initial) == len(self.rates)):
            raise ValueError("each state has one initial value and one rate")
        if len(self.parameters) != len(self.defaults) or len(self.derived) != len(self.derived_nodes):
            raise ValueError("each parameter has one default and each derived value one node")

    def parameter_index(self, name: str) -> int:
        """Return the position of a parameter; ValueError when there is none of that name."""
        return self.parameters.index(name)

    def keep(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """Return what ``make`` makes of this system, from an earlier call where it was made before.

        It must depend on the system and ``name`` alone, and be one that other processes can take.
        """
        found = self._kept.get(name)
        if found is None:
            found = make()
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[name] = found
        return cast(Made, found)


def known_names(system: System, observe: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names to observe, all states when None; `ValueError` when one is unknown."""
    names = tuple(system.states if observe is None else observe)
    unknown = [name for name in names if name not in system.observables]
    if unknown:
        raise ValueError(f"not observable: {', '.join(unknown)}")
    return names


@dataclass(frozen=True)
class Sparse:
    """Hold the structurally non-zero entries of a matrix of nodes, row by row."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    nodes: tuple[int, ...]


def jacobian(system: System) -> Sparse:
    """Differentiate the rates with respect to the states.

    Returns
    -------
    Sparse
        Entries d rate_i / d state_j that are not zero by structure, sorted by row and column.
    """
    graph = system.graph
    entries: list[tuple[int, int, int]] = []
    users = [graph.leaves([rate], Op.STATE) for rate in system.rates]
    for column in range(len(system.states)):
        rows = [row for row, needed in enumerate(users) if column in needed]
        slope = Derivatives(graph, graph.state(column)) if rows else None
        for row in rows:
            node = slope.nonzero(system.rates[row]) if slope else None
            if node is not None and graph.constant(node) != 0.0:
                entries.append((row, column, node))
    entries.sort()
    return Sparse(*(tuple(e[k] for e in entries) for k in range(3)))


def time_derivative(system: System) -> tuple[int, ...]:
    """Differentiate the rates with respect to explicit time, one node per state."""
    slope = Derivatives(system.graph, system.graph.time())
    return tuple(slope(rate) for rate in system.rates)


def time_thresholds(graph: Graph, outputs: tuple[int, ...]) -> tuple[int, ...]:
    """Find the moments at which comparisons of time with a fixed value change their mind.

    Returns
    -------
    tuple
        Nodes over parameters, derived values and constants: where ``outputs`` may jump because of a
        comparison such as ``time >= start``. An integrator restarts there exactly.
    """
    found: set[int] = set()
    for node in graph.order(outputs):
        if graph.ops[node] not in COMPARISONS:
            continue
        for side, other in (graph.args[node], graph.args[node][::-1]):
            fixed = not any(graph.ops[n] in (Op.STATE, Op.TIME) for n in graph.order([other]))
            if graph.ops[side] is Op.TIME and fixed:
                found.add(other)
    return tuple(sorted(found))


def effect_nodes(graph: Graph, event: Event) -> list[int]:
    """List what an event computes: its values, their factors, its delay and its priority.

    Without a delay that is 0, without a priority minus infinity.
    """
    one = graph.const(1.0)
    nodes = [a.value for a in event.assignments]
    nodes += [one if a.factor is None else a.factor for a in event.assignments]
    nodes.append(graph.const(0.0) if event.delay is None else event.delay)
    nodes.append(graph.const(-math.inf) if event.priority is None else event.priority)
    return nodes


def must_be_searched(system: System) -> bool:
    """Tell whether a trigger may change its mind at a moment that is not known beforehand.

    Comparisons of time with a fixed value, and what is put together from them, are met by a restart at
    exactly that moment (`time_thresholds`).
    """
    graph = system.graph
    triggers = tuple(event.trigger for event in system.events)
    fixed: set[int] = set()  # constant between restarts
    for node in graph.order(triggers):
        op, args = graph.ops[node], graph.args[node]
        known = op not in (Op.STATE, Op.TIME) and all(a in fixed for a in args)
        timed = op in COMPARISONS and any(
            graph.ops[a] is Op.TIME and b in fixed for a, b in (args, args[::-1])
        )
        if known or timed:
            fixed.add(node)
    return not fixed.issuperset(triggers)


def trigger_time(graph: Graph, trigger: int) -> int | None:
    """Return the node of the moment at which a trigger ``time >= moment`` fires, if it is one."""
    if graph.ops[trigger] not in (Op.LT, Op.LE):
        return None
    moment, time = graph.args[trigger]
    if graph.ops[time] is not Op.TIME:
        return None
    return moment if time_thresholds(graph, (trigger,)) else None
