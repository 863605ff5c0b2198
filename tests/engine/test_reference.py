"""The reference engine against closed forms, exact switches, events, and input that is at fault."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.engine.graph import Graph
from epsom.engine.members import Members, Schedule
from epsom.engine.ops import Op
from epsom.engine.reference import ReferenceEngine
from epsom.engine.solution import Solution, Status
from epsom.engine.system import Assignment, Event, System

from .systems import decay, logistic, system_of

TIGHT = {"rtol": 1e-10, "atol": 1e-12}
TIMES = np.linspace(0.0, 10.0, 11)


def solve(
    system: System, members: Members | None = None, times: np.ndarray = TIMES, **options: float
) -> Solution:
    return ReferenceEngine().solve(system, members or Members.of(system, 1), times, **(options or TIGHT))


def test_linear_decay_is_an_exponential() -> None:
    found = solve(decay(0.5))["x"][0]
    assert found == pytest.approx(2.0 * np.exp(-0.5 * TIMES), rel=1e-8)


def test_logistic_growth_has_its_closed_form() -> None:
    found = solve(logistic())["x"][0]
    assert found == pytest.approx(3.0 / (1.0 + (3.0 / 0.1 - 1.0) * np.exp(-0.8 * TIMES)), rel=1e-8)


def test_a_linear_invariant_is_kept() -> None:
    exchange = system_of(
        {"k": 3.0, "m": 1.0},
        {"a": 1.0, "b": 0.0},
        lambda g, y, p: [
            g.sub(g.mul(p[1], y[1]), g.mul(p[0], y[0])),
            g.sub(g.mul(p[0], y[0]), g.mul(p[1], y[1])),
        ],
    )
    found = solve(exchange).values[0]
    assert found.sum(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_a_switch_of_input_takes_effect_exactly_then() -> None:
    inflow = system_of({"u": 0.0}, {"x": 1.0}, lambda g, y, p: [p[0]])
    moments = np.array([[0.0, 1.2345, 7.5, np.inf]])
    values = np.array([[[1.0], [5.0], [-2.0], [9.0]]])
    members = Members.of(inflow, 1, schedule=Schedule(("u",), moments, values))
    found = solve(inflow, members)["x"][0]
    grown = 1.0 + np.minimum(TIMES, 1.2345) + 5.0 * np.clip(TIMES - 1.2345, 0.0, 7.5 - 1.2345)
    assert found == pytest.approx(grown - 2.0 * np.maximum(TIMES - 7.5, 0.0), rel=1e-12)


def test_a_switch_does_not_change_where_the_member_starts() -> None:
    g = Graph()
    x, u = g.state(0), g.parameter(0)
    system = System(
        "test", g, ("x",), (g.derived(0),), (g.sub(u, x),), ("u",), np.array([4.0]),
        ("rest",), (u,), {"x": x, "u": u, "rest": g.derived(0)},
    )  # fmt: skip
    schedule = Schedule(("u",), np.array([[0.0]]), np.array([[[0.0]]]))
    found = ReferenceEngine().solve(
        system, Members.of(system, 1, schedule=schedule), TIMES, observe=["x", "u", "rest"], **TIGHT
    )
    assert found["x"][0] == pytest.approx(4.0 * np.exp(-TIMES), rel=1e-8, abs=1e-11)
    assert set(found["rest"][0]) == {4.0}
    assert set(found["u"][0]) == {0.0}


def _bouncing(g: Graph, y: list[int], p: list[int]) -> tuple[Event, ...]:
    down = g.node(Op.AND, g.node(Op.LE, y[0], g.const(0.0)), g.node(Op.LT, y[1], g.const(0.0)))
    return (Event("bounce", down, (Assignment(1, g.neg(g.mul(p[0], y[1]))),)),)


def test_a_ball_bounces_when_it_should() -> None:
    ball = system_of(
        {"e": 0.8}, {"height": 1.0, "speed": 0.0}, lambda g, y, p: [y[1], g.const(-9.81)], _bouncing
    )
    first = np.sqrt(2.0 / 9.81)
    speed = 9.81 * first
    second = first + 2.0 * 0.8 * speed / 9.81
    times = np.array([first + 0.1, second + 0.05])
    found = solve(ball, times=times)["height"][0]
    wanted = [
        0.8 * speed * 0.1 - 0.5 * 9.81 * 0.01,
        0.64 * speed * 0.05 - 0.5 * 9.81 * 0.0025,
    ]
    assert found == pytest.approx(wanted, rel=1e-7)


def test_events_that_set_each_other_off_are_stopped() -> None:
    def loop(g: Graph, y: list[int], p: list[int]) -> tuple[Event, ...]:
        high, low = g.node(Op.LT, g.const(0.5), y[0]), g.node(Op.LE, y[0], g.const(0.5))
        return (
            Event("down", high, (Assignment(0, g.const(0.0)),)),
            Event("up", low, (Assignment(0, g.const(1.0)),), initial_value=False),
        )

    found = solve(system_of({}, {"x": 0.0}, lambda g, y, p: [g.const(0.0)], loop))
    assert found.status[0] == Status.EVENT_LIMIT
    assert np.isnan(found.values).all()


def test_members_do_not_depend_on_their_neighbours() -> None:
    system = logistic()
    rates = np.random.default_rng(3).uniform(0.1, 2.0, 7)
    members = Members.of(system, 7, {"r": rates})
    whole = solve(system, members).values
    order = np.array([4, 2, 6, 0, 1, 5, 3])
    assert np.array_equal(solve(system, members.take(order)).values, whole[order])
    assert np.array_equal(solve(system, members.take(np.array([5]))).values[0], whole[5])
