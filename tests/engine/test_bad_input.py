"""Input that cannot be integrated, on both paths, with events and without: a status, and the run goes on."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.engine.graph import Graph
from epsom.engine.interface import Engine
from epsom.engine.members import Members, Schedule
from epsom.engine.ops import Op
from epsom.engine.reference import ReferenceEngine
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.solution import Status
from epsom.engine.system import Assignment, Event, System
from tests.engine.systems import Build, system_of

Nodes = list[int]
UNDEFINED = (Status.STEP_TOO_SMALL, Status.NOT_FINITE, Status.SINGULAR)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("kernels"))


@pytest.fixture(params=["reference", "simd"])
def engine(request: pytest.FixtureRequest, cache: Cache) -> Engine:
    if request.param == "reference":
        return ReferenceEngine(step_limit=20_000)
    return SimdEngine(threads=1, cache=cache, step_limit=20_000, event_step_limit=20_000)


@pytest.fixture(params=[False, True], ids=["smooth", "events"])
def eventful(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def build(parameters: dict[str, float], start: dict[str, float], rates: Build, eventful: bool) -> System:
    """Build a system; with events, a count ``n`` goes up as the first state passes 1.5, and at time 0.25."""
    if not eventful:
        return system_of(parameters, start, rates)
    last = len(start)

    def more(g: Graph, y: Nodes, p: Nodes) -> Nodes:
        return [*rates(g, y, p), g.const(0.0)]

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        up = (Assignment(last, g.add(y[last], g.const(1.0))),)
        high, late = g.node(Op.LT, g.const(1.5), y[0]), g.node(Op.LE, g.const(0.25), g.time())
        return Event("high", high, up), Event("late", late, up, delay=g.const(0.5))

    return system_of(parameters, {**start, "n": 0.0}, more, events)


def explosive(eventful: bool) -> System:
    """x' = c x^2 from 1 reaches infinity at 1/c."""
    return build({"c": 1.0}, {"x": 1.0}, lambda g, y, p: [g.mul(p[0], g.mul(y[0], y[0]))], eventful)


def decay(eventful: bool) -> System:
    return build({"k": 0.5}, {"x": 2.0}, lambda g, y, p: [g.neg(g.mul(p[0], y[0]))], eventful)


def test_a_blow_up_says_when_and_the_others_go_on(engine: Engine, eventful: bool) -> None:
    system = explosive(eventful)
    members = Members.of(system, 3, {"c": np.array([0.1, 0.5, 0.01])})
    found = engine.solve(system, members, np.array([0.0, 1.0, 5.0]))
    assert found.status.tolist()[::2] == [Status.OK, Status.OK]
    assert found.status[1] in UNDEFINED
    assert found.reached[1] == pytest.approx(2.0, rel=1e-3)
    np.testing.assert_allclose(found["x"][1, :2], [1.0, 2.0], rtol=1e-3)
    assert np.isnan(found.values[1, 2]).all()
    np.testing.assert_allclose(found["x"][0], [1.0, 1.0 / 0.9, 2.0], rtol=1e-3)
    if eventful:
        assert found["n"][:, 2].tolist()[::2] == [2.0, 1.0]


def test_parameters_that_are_no_numbers_cost_their_own_member(engine: Engine, eventful: bool) -> None:
    system = decay(eventful)
    members = Members.of(system, 4, {"k": np.array([0.5, np.nan, np.inf, 0.5])})
    found = engine.solve(system, members, np.array([0.0, 1.0]))
    assert found.status.tolist()[::3] == [Status.OK, Status.OK]
    assert found.status[1] == Status.BAD_INPUT
    assert found.status[2] != Status.OK
    assert np.isnan(found.values[1]).all()
    assert np.isnan(found.values[2, 1]).all()
    np.testing.assert_array_equal(found.values[0], found.values[3])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_starting_values_that_are_no_numbers(engine: Engine, eventful: bool, value: float) -> None:
    system = build({"x0": 1.0}, {"x": 2.0}, lambda g, y, p: [g.neg(g.mul(p[0], y[0]))], eventful)
    initial = np.full((2, len(system.states)), np.nan)
    initial[1, 0] = value
    found = engine.solve(
        system, Members(np.array([[1.0], [1.0]]), initial=initial), np.array([0.0, 1.0])
    )  # fmt: skip
    # in ``initial`` NaN means: as the model computes it
    assert found.status.tolist() == [Status.OK, Status.OK if np.isnan(value) else Status.BAD_INPUT]


@pytest.mark.parametrize(
    ("times", "rtol", "atol"),
    [
        ([1.0, 0.5], 1e-6, 1e-9), ([-1.0, 0.5], 1e-6, 1e-9), ([0.0, np.nan], 1e-6, 1e-9),
        ([0.0, np.inf], 1e-6, 1e-9), ([0.0, 1.0], 0.0, 1e-9), ([0.0, 1.0], 1e-6, 0.0),
        ([0.0, 1.0], -1.0, 1e-9), ([0.0, 1.0], np.nan, 1e-9), ([0.0, 1.0], 1e-6, np.nan),
        ([0.0, 1.0], 1e-6, np.inf), ([0.0, 1.0], 1e-16, 1e-9),
    ],
)  # fmt: skip
def test_requests_that_make_no_sense_are_a_status(
    engine: Engine, eventful: bool, times: list[float], rtol: float, atol: float
) -> None:
    system = decay(eventful)
    found = engine.solve(system, Members.of(system, 2), np.array(times), rtol=rtol, atol=atol)
    assert (found.status == Status.BAD_INPUT).all()
    assert np.isnan(found.values).all()
    assert (found.reached == 0.0).all()


def test_switches_out_of_order_are_bad_input(engine: Engine, eventful: bool) -> None:
    system = decay(eventful)
    schedule = Schedule(("k",), np.array([[2.0, 1.0], [1.0, 2.0], [np.nan, 2.0]]), np.ones((3, 2, 1)))
    found = engine.solve(system, Members.of(system, 3, schedule=schedule), np.array([3.0]))
    assert found.status.tolist() == [Status.BAD_INPUT, Status.OK, Status.BAD_INPUT]


def test_slopes_without_end_and_matrices_without_rank(engine: Engine, eventful: bool) -> None:
    """x' = 1 - x^0.3 from 0, where the slope is infinite; and three rates that are all the same."""

    def rates(g: Graph, y: Nodes, p: Nodes) -> Nodes:
        same = g.sub(g.sub(g.const(1.0), y[1]), g.add(y[2], y[3]))
        return [g.sub(g.const(1.0), g.pow(y[0], g.const(0.3))), same, same, same]

    system = build({}, {"x": 0.0, "a": 0.0, "b": 0.0, "c": 0.0}, rates, eventful)
    found = engine.solve(system, Members.of(system, 1), np.array([0.0, 1.0, 50.0]))
    assert found.status[0] == Status.OK
    assert found["x"][0, 2] == pytest.approx(1.0, abs=1e-4)
    # a + b + c tends to 1
    np.testing.assert_allclose(found["a"][0], [0.0, (1.0 - np.exp(-3.0)) / 3.0, 1.0 / 3.0], atol=1e-5)


def test_rates_that_have_no_value(engine: Engine, eventful: bool) -> None:
    system = build(
        {"c": 1.0}, {"x": 1.0}, lambda g, y, p: [g.node(Op.LOG, g.sub(y[0], p[0]))], eventful
    )  # fmt: skip
    members = Members.of(system, 2, {"c": np.array([0.5, 2.0])})
    found = engine.solve(system, members, np.array([0.0, 0.1]))
    assert found.status.tolist() == [Status.OK, Status.NOT_FINITE]
    assert np.isnan(found.values[1]).all()


def test_rates_that_lose_their_value_on_the_way(engine: Engine, eventful: bool) -> None:
    """x' = -1 - 0 sqrt(x): x reaches zero at 1, and there is no root below it."""

    def rates(g: Graph, y: Nodes, p: Nodes) -> Nodes:
        return [g.sub(g.const(-1.0), g.mul(p[0], g.node(Op.SQRT, y[0])))]

    system = build({"w": 0.0}, {"x": 1.0}, rates, eventful)
    found = engine.solve(system, Members.of(system, 1), np.array([0.0, 0.5, 2.0]))
    assert found.status[0] in UNDEFINED
    assert found.reached[0] == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(found["x"][0, :2], [1.0, 0.5], rtol=1e-6)
    assert np.isnan(found.values[0, 2]).all()


def test_a_life_that_takes_too_many_steps(cache: Cache, eventful: bool) -> None:
    """A fast wave over a long time: the bound on steps ends it on both paths."""
    engines: list[Engine] = [
        ReferenceEngine(step_limit=100),
        SimdEngine(threads=1, cache=cache, step_limit=100, event_step_limit=100),
    ]
    system = build(
        {"w": 50.0}, {"x": 0.0, "v": 1.0},
        lambda g, y, p: [g.mul(p[0], y[1]), g.neg(g.mul(p[0], y[0]))], eventful,
    )  # fmt: skip
    for engine in engines:
        found = engine.solve(system, Members.of(system, 1), np.array([0.0, 1e4]))
        assert found.status[0] == Status.STEP_LIMIT
        assert 0.0 < found.reached[0] < 1e4
        assert np.isnan(found.values[0, 1]).all()
