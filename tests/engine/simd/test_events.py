"""Events on the fast path: closed forms, the rules of firing and waiting, and what never ends."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.engine.graph import Graph
from epsom.engine.members import Members, Schedule
from epsom.engine.ops import Op
from epsom.engine.reference import ReferenceEngine
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.simd.target import host
from epsom.engine.solution import Solution, Status
from epsom.engine.system import Assignment, Event, System
from tests.engine.systems import system_of

Nodes = list[int]


def ball() -> System:
    """A ball that falls from 1 m and keeps the share ``e`` of its speed at each bounce."""

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        down = g.node(Op.AND, g.node(Op.LE, y[0], g.const(0.0)), g.node(Op.LT, y[1], g.const(0.0)))
        return (Event("bounce", down, (Assignment(1, g.neg(g.mul(p[0], y[1]))),)),)

    start = {"height": 1.0, "speed": 0.0}
    return system_of({"e": 0.8}, start, lambda g, y, p: [y[1], g.const(-9.81)], events)


def doses() -> System:
    """x' = -k x; every ``tau`` a dose of 1 is added, by a clock that is a state."""

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        due = g.node(Op.LE, p[1], g.sub(g.time(), y[1]))
        return (Event("dose", due, (Assignment(0, g.add(y[0], g.const(1.0))), Assignment(1, g.time()))),)

    start = {"x": 0.0, "last": 0.0}
    return system_of(
        {"k": 0.3, "tau": 2.0}, start, lambda g, y, p: [g.neg(g.mul(p[0], y[0])), g.const(0.0)], events
    )


def threshold() -> System:
    """A fast oscillation that switches an inflow on and off as it passes two levels: stiff and coupled."""

    def rates(g: Graph, y: Nodes, p: Nodes) -> Nodes:
        w = g.const(6.0)
        pull = g.mul(g.const(500.0), g.sub(y[3], g.mul(y[2], y[2])))
        return [g.mul(w, y[1]), g.neg(g.mul(w, y[0])), pull, g.const(0.0)]

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        over, under = g.node(Op.LT, p[0], y[0]), g.node(Op.LT, y[0], g.neg(p[0]))
        add = (Assignment(3, g.add(y[3], g.const(1.0))),)
        return Event("on", over, add), Event("off", under, (Assignment(3, g.mul(y[3], g.const(0.5))),))

    return system_of({"level": 0.4}, {"a": 0.0, "b": 1.0, "c": 1.0, "d": 1.0}, rates, events)


def both(
    engine: SimdEngine, system: System, members: Members, times: np.ndarray, rtol: float = 1e-8
) -> tuple[Solution, Solution]:
    fast = engine.solve(system, members, times, rtol=rtol, atol=rtol * 1e-2)
    slow = ReferenceEngine().solve(system, members, times, rtol=1e-10, atol=1e-12)
    assert (fast.engine, slow.engine) == (engine.name, "reference")
    np.testing.assert_array_equal(fast.status, slow.status)
    return fast, slow


def test_a_ball_bounces_when_it_should(engine: SimdEngine) -> None:
    first, speed = np.sqrt(2.0 / 9.81), np.sqrt(2.0 * 9.81)
    e = np.array([0.5, 0.7, 0.9])
    times = np.array([first + 0.1, first + 0.15])
    found = engine.solve(ball(), Members.of(ball(), 3, {"e": e}), times, rtol=1e-9, atol=1e-11)
    passed = times - first
    exact = e[:, None] * speed * passed - 0.5 * 9.81 * passed**2
    # the motion is a parabola, which the method follows exactly; what is left is rounding in the moment
    np.testing.assert_allclose(found["height"], exact, rtol=1e-12)


def test_repeated_doses_add_up(engine: SimdEngine) -> None:
    k, tau = np.array([0.1, 0.3, 1.0, 0.5]), np.array([2.0, 1.5, 0.7, 3.0])
    times = np.linspace(0.0, 20.0, 21)
    found = engine.solve(doses(), Members.of(doses(), 4, {"k": k, "tau": tau}), times, rtol=1e-9, atol=1e-11)
    moments = tau[:, None] * np.arange(1, 40)
    after = times[None, :, None] - moments[:, None, :]
    # the clock adds tau some 30 times, so a dose on a requested time may come a rounding later or earlier
    apart = np.abs(after).min(axis=2) > 1e-9
    exact = np.where(after >= 0.0, np.exp(-k[:, None, None] * after), 0.0).sum(axis=2)
    assert (found.status == 0).all()
    assert apart.mean() > 0.6
    np.testing.assert_allclose(found["x"][apart], exact[apart], rtol=1e-6)


@pytest.mark.parametrize("rtol", [1e-5, 1e-8])
def test_thresholds_agree_with_the_reference(engine: SimdEngine, rtol: float) -> None:
    members = Members.of(threshold(), 2, {"level": np.array([0.3, 0.9])})
    fast, slow = both(engine, threshold(), members, np.linspace(0.0, 5.0, 13), rtol)
    np.testing.assert_array_equal(fast["d"], slow["d"])  # as many crossings, in the same order
    # some ten crossings, each met within a few times the tolerance
    np.testing.assert_allclose(fast.values, slow.values, rtol=200 * rtol, atol=200 * rtol)


@pytest.mark.parametrize("system", [ball(), doses(), threshold()])
def test_a_result_is_bitwise_its_own(cache: Cache, system: System) -> None:
    """Neighbours, order, batch size and the number of threads change no bit, with events either."""
    rng = np.random.default_rng(7)
    members = Members(np.asarray(system.defaults) * rng.uniform(0.6, 1.1, (30, len(system.parameters))))
    spoiled = members.parameters.copy()
    spoiled[4] = np.nan
    times, one = np.linspace(0.0, 3.0, 8), SimdEngine(threads=1, cache=cache)
    whole = one.solve(system, members, times)
    order = rng.permutation(30)
    mixed = one.solve(system, members.take(order), times)
    np.testing.assert_array_equal(mixed.values.view(np.int64), whole.values[order].view(np.int64))
    np.testing.assert_array_equal(mixed.steps, whole.steps[order])
    three = SimdEngine(threads=3, cache=cache).solve(system, Members(spoiled), times)
    kept = np.delete(np.arange(30), 4)
    np.testing.assert_array_equal(three.values[kept], whole.values[kept])
    for k in (0, 29):
        alone = one.solve(system, members.take(np.array([k])), times)
        np.testing.assert_array_equal(alone.values[0], whole.values[k])


@pytest.mark.parametrize("avx", [True, False])
def test_narrower_vectors_have_the_same_events(cache: Cache, avx: bool) -> None:
    engine = SimdEngine(threads=1, cache=cache, target=host(avx512=False, avx=avx))
    members = Members.of(ball(), 7, {"e": np.linspace(0.6, 0.9, 7)})
    fast, slow = both(engine, ball(), members, np.array([0.3, 0.9, 1.4]))
    np.testing.assert_allclose(fast.values, slow.values, rtol=1e-7, atol=1e-8)


def _counter(**options: object) -> System:
    """A clock c' = 1 and a count n; the event as ``options`` say."""
    made = dict(options)

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        step = (Assignment(1, g.add(y[1], y[0])),)
        inside = g.node(Op.AND, g.node(Op.LE, g.const(1.0), y[0]), g.node(Op.LT, y[0], g.const(1.5)))
        delay = g.const(float(str(made["delay"]))) if "delay" in made else None
        return (
            Event(
                "count", inside, step, delay=delay,
                persistent=bool(made.get("persistent", True)),
                use_values_from_trigger_time=bool(made.get("early", True)),
            ),
        )  # fmt: skip

    return system_of({}, {"c": 0.0, "n": 0.0}, lambda g, y, p: [g.const(1.0), g.const(0.0)], events)


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({}, 1.0),
        ({"delay": 0.25}, 1.0),
        ({"delay": 0.25, "early": False}, 1.25),
        ({"delay": 0.75}, 1.0),
        ({"delay": 0.75, "persistent": False}, 0.0),
        ({"delay": 0.25, "persistent": False}, 1.0),
        ({"delay": 9.0}, 0.0),
        ({"delay": np.nan}, 0.0),
        ({"delay": -1.0}, 1.0),
    ],
)
def test_delays_and_persistence(engine: SimdEngine, options: dict[str, object], count: float) -> None:
    system = _counter(**options)
    fast, slow = both(engine, system, Members.of(system, 1), np.array([0.9, 1.2, 5.0]))
    assert fast["n"][0, -1] == pytest.approx(count, rel=1e-12)
    np.testing.assert_allclose(fast.values, slow.values, rtol=1e-12)


def _ordered(priorities: list[float | None]) -> System:
    """Events at time 1 that each write their number behind the digits so far: x -> 10 x + number."""

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        due = g.node(Op.LE, g.const(1.0), g.time())
        return tuple(
            Event(
                f"e{k}", due,
                (Assignment(0, g.add(g.mul(g.const(10.0), y[0]), g.const(k + 1.0))),),
                priority=None if priority is None else g.const(priority),
                use_values_from_trigger_time=False,
            )
            for k, priority in enumerate(priorities)
        )  # fmt: skip

    return system_of({}, {"x": 0.0}, lambda g, y, p: [g.const(0.0)], events)


@pytest.mark.parametrize(
    "priorities",
    [
        [1, 3, 2], [5, 5, 5, 5], [None, 0, None, -1], [2, 2, 3, 2, 3],
        [np.nan, 1, 2], [1, np.nan, np.inf], [-np.inf, None, 1],
    ],
)  # fmt: skip
def test_the_order_is_that_of_the_reference(engine: SimdEngine, priorities: list[float | None]) -> None:
    """Priorities first; ties are picked by the same scattered count on both paths."""
    system = _ordered(priorities)
    fast, slow = both(engine, system, Members.of(system, 1), np.array([0.5, 1.0, 2.0]))
    np.testing.assert_array_equal(fast.values, slow.values)
    # at the moment itself all have been executed
    assert sorted(str(int(fast["x"][0, 1]))) == [str(k + 1) for k in range(len(priorities))]


def test_events_at_the_start_and_at_the_end(engine: SimdEngine) -> None:
    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        high = g.node(Op.LT, g.const(0.5), y[0])
        end = g.node(Op.LE, g.const(3.0), y[0])
        return (
            Event("first", high, (Assignment(1, g.const(7.0)),), initial_value=False),
            Event("silent", high, (Assignment(1, g.const(9.0)),), initial_value=True),
            Event("late", end, (Assignment(1, g.const(11.0)),)),
        )

    system = system_of({}, {"x": 1.0, "n": 0.0}, lambda g, y, p: [g.const(1.0), g.const(0.0)], events)
    found = engine.solve(system, Members.of(system, 1), np.array([0.0, 1.0, 2.0]))
    assert found["n"][0].tolist() == [7.0, 7.0, 11.0]


def test_systems_without_states_pass_time_and_have_events(engine: SimdEngine) -> None:
    g = Graph()
    wave = g.node(Op.SIN, g.mul(g.time(), g.parameter(0)))
    system = System(
        "wave", g, (), (), (), ("w",), np.array([2.0]), observables={"wave": wave},
        events=(Event("none", g.node(Op.LT, g.const(0.5), wave), ()),),
    )  # fmt: skip
    times = np.linspace(0.0, 4.0, 9)
    found = engine.solve(system, Members.of(system, 2, {"w": np.array([1.0, 2.0])}), times, observe=["wave"])
    assert found.engine == engine.name
    np.testing.assert_allclose(found["wave"], np.sin(np.outer([1.0, 2.0], times)), atol=1e-15)


def test_switches_of_inputs_and_events_keep_their_order(engine: SimdEngine) -> None:
    """An input that switches sets off an event at once; a dose on the same moment uses the new input."""

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        on = g.node(Op.LT, g.const(0.0), p[0])
        return (Event("on", on, (Assignment(0, g.add(y[0], p[0])),)),)

    system = system_of({"u": 0.0}, {"x": 0.0}, lambda g, y, p: [g.const(0.0)], events)
    schedule = Schedule(("u",), np.array([[1.0, 2.0, 3.0]]), np.array([[[5.0], [0.0], [2.0]]]))
    times = np.array([0.5, 1.0, 2.5, 3.0, 4.0])
    fast, slow = both(engine, system, Members.of(system, 1, schedule=schedule), times)
    assert fast["x"][0].tolist() == [0.0, 5.0, 5.0, 7.0, 7.0]
    np.testing.assert_array_equal(fast.values, slow.values)


# what never ends, and what cannot be


def test_a_trigger_without_a_value_does_not_hold(engine: SimdEngine) -> None:
    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        strange = g.node(Op.LOG, g.sub(y[0], g.const(1.0)))  # no value below 1, not zero above
        return (Event("strange", strange, (Assignment(1, y[0]),)),)

    system = system_of({}, {"x": 0.0, "n": 0.0}, lambda g, y, p: [g.const(1.0), g.const(0.0)], events)
    found = engine.solve(system, Members.of(system, 1), np.array([0.5, 1.5]), rtol=1e-9)
    assert found["n"][0] == pytest.approx([0.0, 1.0], abs=1e-9)


def test_events_that_set_each_other_off_are_stopped(engine: SimdEngine) -> None:
    def loop(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        high, low = g.node(Op.LT, g.const(0.5), y[0]), g.node(Op.LE, y[0], g.const(0.5))
        return (
            Event("down", high, (Assignment(0, g.const(0.0)),)),
            Event("up", g.node(Op.AND, low, g.node(Op.LE, p[0], g.time())), (Assignment(0, g.const(1.0)),)),
        )

    system = system_of({"start": 1.0}, {"x": 0.0}, lambda g, y, p: [g.const(0.0)], loop)
    members = Members.of(system, 3, {"start": np.array([0.5, 9.0, 1.5])})
    fast, slow = both(engine, system, members, np.array([0.0, 1.0, 2.0]))
    assert fast.status.tolist() == [Status.EVENT_LIMIT, Status.OK, Status.EVENT_LIMIT]
    assert fast.reached.tolist() == slow.reached.tolist() == [0.5, 2.0, 1.5]
    np.testing.assert_array_equal(fast.values, slow.values)


def test_a_ball_that_bounces_ever_faster_is_stopped_where_it_comes_to_rest(engine: SimdEngine) -> None:
    members = Members.of(ball(), 2, {"e": np.array([0.5, 0.9])})
    found = engine.solve(ball(), members, np.array([1.0, 3.0]))
    assert found.status.tolist() == [Status.EVENT_LIMIT, Status.OK]
    rest = np.sqrt(2.0 / 9.81) * (1.0 + 2.0 * 0.5 / (1.0 - 0.5))
    assert found.reached[0] == pytest.approx(rest, rel=1e-6)
    assert np.isfinite(found.values[0, 0]).all()
    assert np.isnan(found.values[0, 1]).all()


def _waiting(delay: float) -> System:
    """An event that fires 40 times a unit of time, and waits."""

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        up = g.node(Op.LT, g.const(0.0), g.node(Op.SIN, g.mul(g.const(80.0 * np.pi), g.time())))
        count = (Assignment(0, g.add(y[0], g.const(1.0))),)
        return (Event("tick", up, count, delay=p[0], use_values_from_trigger_time=False),)

    return system_of({"delay": delay}, {"n": 0.0}, lambda g, y, p: [g.const(0.0)], events)


def test_many_waiting_events_find_room(engine: SimdEngine) -> None:
    """More wait than a lane has room for at first; the member's neighbours never notice."""
    system, times = _waiting(1.0), np.array([1.0, 6.0])
    delays = np.array([0.001, 4.0, 0.5])
    found = engine.solve(system, Members.of(system, 3, {"delay": delays}), times)
    assert (found.status == 0).all()
    expected = 40.0 * (times - delays[:, None]).clip(0.0)
    assert np.abs(found["n"] - expected).max() <= 1.0
    alone = engine.solve(system, Members.of(system, 1, {"delay": 4.0}), times)
    np.testing.assert_array_equal(alone.values[0], found.values[1])
    assert alone.steps[0] == found.steps[1]


@pytest.mark.parametrize("op", [Op.DIV, Op.LOG])
def test_an_event_that_makes_a_state_infinite_ends_the_member(engine: SimdEngine, op: Op) -> None:
    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        zero = g.sub(p[0], g.const(1.0))
        bad = g.div(g.const(1.0), zero) if op is Op.DIV else g.node(op, g.neg(g.node(Op.ABS, zero)))
        return (Event("bad", g.node(Op.LE, g.const(1.0), y[0]), (Assignment(1, bad),)),)

    system = system_of({"p": 1.0}, {"x": 0.0, "z": 0.0}, lambda g, y, p: [g.const(1.0), g.const(0.0)], events)
    fast, slow = both(engine, system, Members.of(system, 1), np.array([0.5, 2.0]))
    assert fast.status[0] == Status.NOT_FINITE
    assert fast.reached[0] == pytest.approx(slow.reached[0], rel=1e-6)
    assert np.isnan(fast.values[0, 1]).all()


def test_a_bound_on_steps_holds_with_events(cache: Cache) -> None:
    engine = SimdEngine(threads=1, cache=cache, event_step_limit=30)
    found = engine.solve(ball(), Members.of(ball(), 2), np.array([0.1, 3.0]))
    assert (found.status == Status.STEP_LIMIT).all()
    assert np.isfinite(found.values[:, 0]).all()
    assert np.isnan(found.values[:, 1]).all()


def test_a_parameter_that_only_a_trigger_needs_must_be_known(engine: SimdEngine) -> None:
    members = Members.of(threshold(), 2, {"level": np.array([np.nan, 0.4])})
    fast, _ = both(engine, threshold(), members, np.array([0.0, 1.0]))
    assert fast.status.tolist() == [Status.BAD_INPUT, Status.OK]
    assert np.isnan(fast.values[0]).all()


def test_an_event_that_turns_its_own_cause_back_does_not_hold_time_up(engine: SimdEngine) -> None:
    """A slow state that is turned back at two levels: about each turn, rounding alone moves the difference.

    There the state stands still over a few roundings of time, and a search that steps to just after the
    change would creep on, rounding by rounding.
    """

    def rates(g: Graph, y: Nodes, p: Nodes) -> Nodes:
        # x relaxes towards a target above or below both levels
        return [g.mul(p[0], g.sub(y[1], y[0])), g.const(0.0)]

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        over, under = g.node(Op.LT, p[1], y[0]), g.node(Op.LT, y[0], g.mul(g.const(0.5), p[1]))
        return (
            Event("down", over, (Assignment(1, g.const(-0.01)),)),
            Event("up", under, (Assignment(1, g.const(0.03)),)),
        )

    system = system_of({"k": 0.05, "level": 0.012}, {"x": 0.007, "target": 0.03}, rates, events)
    rng = np.random.default_rng(3)
    k, level = rng.uniform(0.02, 0.2, 200), rng.uniform(0.008, 0.016, 200)
    times = np.linspace(0.0, 60.0, 7)
    found = engine.solve(
        system, Members.of(system, 200, {"k": k, "level": level}), times, rtol=1e-9, atol=1e-11
    )
    assert (found.status == 0).all()
    assert found.steps.max() < 1000
    assert (found["x"][:, 1:] <= level[:, None] * (1.0 + 1e-12)).all()


def test_what_counts_events_stays_whole(engine: SimdEngine) -> None:
    """A state without a rate keeps its bits between events, wherever it is looked at."""
    counts = [1.1]
    while len(counts) < 40:
        counts.append(counts[-1] + 1.0)

    def events(g: Graph, y: Nodes, p: Nodes) -> tuple[Event, ...]:
        up = g.node(Op.LT, p[1], y[0])
        full = g.node(Op.EQ, y[2], g.const(counts[9]))
        more = (Assignment(2, g.add(y[2], g.const(1.0))),)
        return Event("count", up, more), Event("ten", full, (Assignment(3, g.const(1.0)),))

    def rates(g: Graph, y: Nodes, p: Nodes) -> Nodes:
        return [g.mul(p[0], y[1]), g.neg(g.mul(p[0], y[0])), g.const(0.0), g.const(0.0)]

    start = {"x": 0.0, "v": 1.0, "n": 1.1, "seen": 0.0}
    system = system_of({"w": 6.0, "level": 0.3}, start, rates, events)
    members = Members.of(system, 20, {"w": np.linspace(5.0, 8.0, 20)})
    found = engine.solve(system, members, np.linspace(0.0, 20.0, 301), rtol=1e-7, atol=1e-8)
    assert set(found["n"].ravel().tolist()) <= set(counts)
    assert (found["seen"][:, -1] == 1.0).all()
