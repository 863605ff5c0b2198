"""The reference engine on random systems, against SciPy's DOP853 on a right-hand side written apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from epsom.engine.evaluate import evaluate
from epsom.engine.graph import Graph
from epsom.engine.members import Members, Schedule
from epsom.engine.ops import Op
from epsom.engine.reference import ReferenceEngine
from epsom.engine.solution import Status
from epsom.engine.system import System, jacobian, time_derivative

TIMES = np.array([0.0, 0.3, 1.0, 2.5])


@dataclass(frozen=True)
class Term:
    """One exchange between two states: a flow whose speed depends on one state in one of three ways."""

    source: int
    target: int
    kind: str
    speed: float
    scale: float

    def node(self, g: Graph, x: int, k: int) -> int:
        if self.kind == "linear":
            return g.mul(k, x)
        if self.kind == "hill":
            square = g.mul(x, x)
            return g.div(g.mul(k, square), g.add(g.const(self.scale**2), square))
        return g.mul(g.mul(k, x), g.node(Op.EXP, g.neg(g.mul(g.const(self.scale), x))))

    def flow(self, x: float, k: float) -> float:
        if self.kind == "linear":
            return k * x
        return k * x**2 / (self.scale**2 + x**2) if self.kind == "hill" else k * x * np.exp(-self.scale * x)


@st.composite
def networks(draw: st.DrawFn) -> tuple[int, list[Term]]:
    n = draw(st.integers(2, 5))
    states = st.integers(0, n - 1)
    one = st.builds(
        Term,
        states,
        states,
        st.sampled_from(["linear", "hill", "exp"]),
        st.floats(0.01, 30.0),
        st.floats(0.2, 3.0),
    )
    return n, draw(st.lists(one, min_size=1, max_size=8))


def build(n: int, terms: list[Term]) -> System:
    g = Graph()
    y = [g.state(k) for k in range(n)]
    rates = [g.const(0.0)] * n
    for number, term in enumerate(terms):
        flow = term.node(g, y[term.source], g.parameter(number))
        rates[term.source] = g.sub(rates[term.source], flow)
        rates[term.target] = g.add(rates[term.target], flow)
    names = tuple(f"x{k}" for k in range(n))
    return System(
        name="network",
        graph=g,
        states=names,
        initial=tuple(g.const(1.0 + k) for k in range(n)),
        rates=tuple(rates),
        parameters=tuple(f"k{number}" for number in range(len(terms))),
        defaults=np.array([term.speed for term in terms]),
        observables=dict(zip(names, y, strict=True)),
    )


def apart(n: int, terms: list[Term]) -> Callable[[float, np.ndarray], np.ndarray]:
    """Write the same network without the graph."""

    def rates(_t: float, y: np.ndarray) -> np.ndarray:
        total = np.zeros(n)
        for term in terms:
            flow = term.flow(y[term.source], term.speed)
            total[term.source] -= flow
            total[term.target] += flow
        return total

    return rates


@given(networks())
@settings(max_examples=20, deadline=None)
def test_random_networks_agree_with_an_independent_integration(made: tuple[int, list[Term]]) -> None:
    n, terms = made
    system = build(n, terms)
    found = ReferenceEngine().solve(system, Members.of(system, 1), TIMES, rtol=1e-10, atol=1e-12)
    assert found.status[0] == Status.OK
    # what flows is only moved
    assert found.values[0].sum(axis=1) == pytest.approx(n * (n + 1) / 2, rel=1e-11)
    start = 1.0 + np.arange(n)
    other = solve_ivp(apart(n, terms), (0.0, 2.5), start, "DOP853", TIMES, rtol=1e-10, atol=1e-12)
    # Both err by some hundred times their tolerance at most over so short a time.
    assert found.values[0] == pytest.approx(other.y.T, rel=2e-7, abs=2e-8)


@given(networks(), st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_the_jacobian_is_the_slope_of_the_rates(made: tuple[int, list[Term]], seed: int) -> None:
    n, terms = made
    system = build(n, terms)
    y = np.random.default_rng(seed).uniform(0.1, 3.0, n)
    parameters = system.defaults[None, :]
    entries = jacobian(system)
    dense = np.zeros((n, n))
    values = evaluate(system.graph, entries.nodes, parameters=parameters, states=y[None, :])
    dense[list(entries.rows), list(entries.columns)] = values[0]
    rates = apart(n, terms)
    h = 1e-5
    wanted = np.array([(rates(0, y + h * e) - rates(0, y - h * e)) / (2 * h) for e in np.eye(n)]).T
    assert dense == pytest.approx(wanted, rel=1e-7, abs=1e-7)
    still = evaluate(system.graph, time_derivative(system), parameters=parameters, states=y[None, :])
    assert not still.any()


@given(networks(), st.floats(0.1, 2.0))
@settings(max_examples=10, deadline=None)
def test_a_switch_equals_two_runs_one_after_the_other(made: tuple[int, list[Term]], moment: float) -> None:
    n, terms = made
    system, engine = build(n, terms), ReferenceEngine()
    schedule = Schedule(("k0",), np.array([[moment]]), np.array([[[0.5]]]))
    options = {"rtol": 1e-10, "atol": 1e-12}
    whole = engine.solve(system, Members.of(system, 1, schedule=schedule), np.array([2.5]), **options)
    first = engine.solve(system, Members.of(system, 1), np.array([moment]), **options)
    rest = Members(Members.of(system, 1, {"k0": 0.5}).parameters, first.values[:, -1])
    second = engine.solve(system, rest, np.array([2.5]), start=moment, **options)
    assert whole.values[0, -1] == pytest.approx(second.values[0, -1], rel=1e-8, abs=1e-9)


def test_a_pulse_in_time_is_met_at_both_ends() -> None:
    g = Graph()
    x, t = g.state(0), g.time()
    inside = g.node(Op.AND, g.node(Op.LE, g.const(1.0), t), g.node(Op.LT, t, g.parameter(0)))
    pulse = g.select(inside, g.const(2.0), g.const(0.0))
    system = System(
        "pulse", g, ("x",), (g.const(0.0),), (pulse,), ("end",), np.array([1.001]), observables={"x": x}
    )
    times = np.array([0.5, 1.0005, 30.0])
    members = Members.of(system, 2, {"end": np.array([1.001, 7.0])})
    found = ReferenceEngine().solve(system, members, times, rtol=1e-10, atol=1e-12)
    assert found["x"][0] == pytest.approx([0.0, 0.001, 0.002], abs=1e-12)
    assert found["x"][1] == pytest.approx([0.0, 0.001, 12.0], abs=1e-11)
