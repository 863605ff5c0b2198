"""Small systems with known solutions, for the tests of all engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from epsom.engine.graph import Graph
from epsom.engine.system import Event, System

Build = Callable[[Graph, list[int], list[int]], list[int]]


def system_of(
    parameters: Mapping[str, float],
    initial: Mapping[str, float],
    rates: Build,
    events: Callable[[Graph, list[int], list[int]], tuple[Event, ...]] | None = None,
) -> System:
    """Build a system whose rates (and events) are written over lists of state and parameter nodes."""
    g = Graph()
    y = [g.state(k) for k in range(len(initial))]
    p = [g.parameter(k) for k in range(len(parameters))]
    observables = dict(zip((*initial, *parameters), (*y, *p), strict=True))
    return System(
        name="test",
        graph=g,
        states=tuple(initial),
        initial=tuple(g.const(v) for v in initial.values()),
        rates=tuple(rates(g, y, p)),
        parameters=tuple(parameters),
        defaults=np.array(list(parameters.values()), dtype=np.float64),
        observables=observables,
        events=events(g, y, p) if events else (),
    )


def decay(k: float = 0.5) -> System:
    """x' = -k x, x(0) = 2."""
    return system_of({"k": k}, {"x": 2.0}, lambda g, y, p: [g.neg(g.mul(p[0], y[0]))])


def logistic() -> System:
    """x' = r x (1 - x/K), x(0) = 0.1."""
    return system_of(
        {"r": 0.8, "K": 3.0},
        {"x": 0.1},
        lambda g, y, p: [g.mul(g.mul(p[0], y[0]), g.sub(g.const(1.0), g.div(y[0], p[1])))],
    )
