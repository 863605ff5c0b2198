"""What the fast engine promises whatever the model: closed forms, exact switches, independence."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.engine.graph import Graph
from epsom.engine.members import Members, Schedule
from epsom.engine.ops import Op
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.simd.target import host
from epsom.engine.solution import Solution
from epsom.engine.system import System
from tests.engine.systems import decay, logistic, system_of

TIMES = np.linspace(0.0, 10.0, 6)


def _logistic_members(n: int) -> Members:
    rng = np.random.default_rng(5)
    return Members.of(logistic(), n, {"r": rng.uniform(0.1, 2.0, n), "K": rng.uniform(1.0, 5.0, n)})


def _logistic_exact(members: Members) -> np.ndarray:
    r, k = members.parameters.T[:, :, None]
    return k / (1.0 + (k / 0.1 - 1.0) * np.exp(-r * TIMES))


@pytest.mark.parametrize("rtol", [1e-4, 1e-7, 1e-10])
def test_logistic_growth_meets_its_closed_form(engine: SimdEngine, rtol: float) -> None:
    members = _logistic_members(37)
    found = engine.solve(logistic(), members, TIMES, rtol=rtol, atol=rtol * 1e-2)
    assert (found.status == 0).all()
    # the method controls the local error; 100 times the tolerance bounds what 100 steps add up to
    np.testing.assert_allclose(found["x"], _logistic_exact(members), rtol=100 * rtol)


@pytest.mark.parametrize(("avx512", "avx"), [(True, True), (False, True), (False, False)])
def test_narrower_vectors_give_the_same_answer(cache: Cache, avx512: bool, avx: bool) -> None:
    engine = SimdEngine(threads=1, cache=cache, target=host(avx512=avx512, avx=avx))
    members = _logistic_members(9)
    found = engine.solve(logistic(), members, TIMES, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found["x"], _logistic_exact(members), rtol=1e-6)


def _same(a: Solution, b: Solution, index: np.ndarray | slice = slice(None)) -> None:
    np.testing.assert_array_equal(a.values.view(np.int64)[index], b.values.view(np.int64))
    for name in ("status", "steps", "reached"):
        np.testing.assert_array_equal(getattr(a, name)[index], getattr(b, name))


def test_a_result_is_bitwise_its_own(cache: Cache) -> None:
    """Neighbours, order, batch size and the number of threads change no bit."""
    members, system = _logistic_members(50), logistic()
    one = SimdEngine(threads=1, cache=cache)
    whole = one.solve(system, members, TIMES)
    order = np.random.default_rng(2).permutation(50)
    _same(whole, one.solve(system, members.take(order), TIMES), order)
    _same(whole, SimdEngine(threads=3, cache=cache).solve(system, members, TIMES))
    for k in (0, 17, 49):
        alone = np.array([k])
        _same(whole, one.solve(system, members.take(alone), TIMES), alone)


def test_a_failing_neighbour_changes_no_bit(engine: SimdEngine) -> None:
    members, system = _logistic_members(12), logistic()
    whole = engine.solve(system, members, TIMES)
    spoiled = members.parameters.copy()
    spoiled[3], spoiled[7, 0] = np.nan, 1e300
    mixed = engine.solve(system, Members(spoiled), TIMES)
    kept = np.delete(np.arange(12), [3, 7])
    np.testing.assert_array_equal(mixed.values[kept], whole.values[kept])
    assert mixed.status[3] != 0
    assert np.isnan(mixed.values[3]).all()


def test_inputs_switch_at_their_moment_exactly(engine: SimdEngine) -> None:
    schedule = Schedule(("k",), np.array([[2.0, 4.0, np.inf]] * 3), np.array([[[0.0], [1.0], [9.0]]] * 3))
    members = Members.of(decay(), 3, {"k": np.array([0.5, 0.25, 1.0])}, schedule)
    times = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    found = engine.solve(decay(), members, times, observe=["x", "k"], rtol=1e-9, atol=1e-12)
    first = np.array([0.5, 0.25, 1.0])[:, None]
    exponent = first * np.array([0.0, 1.0, 2.0, 2.0, 2.0, 2.0]) + np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(found["x"], 2.0 * np.exp(-exponent), rtol=1e-7)
    # at a switch the value is the one just after it
    np.testing.assert_array_equal(found["k"][:, 2:], np.array([[0.0, 0.0, 1.0, 1.0]] * 3))


def test_a_switch_at_or_before_the_start_counts_from_the_start(engine: SimdEngine) -> None:
    schedule = Schedule(("k",), np.array([[-1.0, 0.0]]), np.array([[[7.0], [1.0]]]))
    found = engine.solve(decay(), Members.of(decay(), 1, schedule=schedule), np.array([1.0]), rtol=1e-9)
    assert found["x"][0, 0] == pytest.approx(2.0 * np.exp(-1.0), rel=1e-7)


@pytest.mark.parametrize("op", [Op.LT, Op.LE])
def test_rates_that_jump_in_time_are_met_exactly(engine: SimdEngine, op: Op) -> None:
    """x' = 1 from time s on: the answer max(0, t - s) needs a restart at s, not small steps across it."""
    system = system_of(
        {"s": 1.0},
        {"x": 0.0},
        lambda g, y, p: [g.select(g.node(op, p[0], g.time()), g.const(1.0), g.const(0.0))],
    )
    starts = np.array([0.3, 1.0, 2.7, 9.0])
    found = engine.solve(system, Members.of(system, 4, {"s": starts}), np.linspace(0.0, 5.0, 11))
    exact = np.maximum(0.0, np.linspace(0.0, 5.0, 11) - starts[:, None])
    np.testing.assert_allclose(found["x"], exact, rtol=1e-13, atol=1e-13)
    assert found.steps.max() < 40


def _forced() -> System:
    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        # x' = -p (x - cos t): stiff towards a moving target
        return [g.neg(g.mul(p[0], g.sub(y[0], g.node(Op.COS, g.time()))))]

    return system_of({"p": 1e4}, {"x": 0.0}, rates)


def test_explicit_time_keeps_its_order(engine: SimdEngine) -> None:
    times = np.linspace(0.0, 8.0, 9)
    found = engine.solve(_forced(), Members.of(_forced(), 1), times, rtol=1e-8, atol=1e-10)
    p = 1e4
    exact = (p**2 * np.cos(times) + p * np.sin(times) - p**2 * np.exp(-p * times)) / (p**2 + 1.0)
    np.testing.assert_allclose(found["x"][0], exact, atol=1e-7)


def test_a_later_start_and_given_initial_values(engine: SimdEngine) -> None:
    members = Members(np.full((2, 1), 0.5), initial=np.array([[3.0], [np.nan]]))
    found = engine.solve(decay(), members, np.array([5.0, 6.0]), start=5.0, rtol=1e-9)
    np.testing.assert_allclose(found["x"][:, 0], [3.0, 2.0])
    np.testing.assert_allclose(found["x"][:, 1], np.array([3.0, 2.0]) * np.exp(-0.5), rtol=1e-7)


@pytest.mark.parametrize("names", [[], ["k"], ["x", "x", "k"]])
def test_any_choice_of_observables(engine: SimdEngine, names: list[str]) -> None:
    found = engine.solve(decay(), Members.of(decay(), 3), TIMES, observe=names)
    assert found.values.shape == (3, 6, len(names))
    assert (found.status == 0).all()
    with pytest.raises(ValueError, match="nonsense"):
        engine.solve(decay(), Members.of(decay(), 1), TIMES, observe=["nonsense"])


def test_no_times_and_no_members(engine: SimdEngine) -> None:
    assert engine.solve(decay(), Members.of(decay(), 2), np.empty(0)).values.shape == (2, 0, 1)
    assert engine.solve(decay(), Members.of(decay(), 0), TIMES).values.shape == (0, 6, 1)


def test_values_are_as_exact_as_the_steps_when_few_are_asked_for(engine: SimdEngine) -> None:
    """A lone requested time is landed on; asking for many within a step costs accuracy, not steps."""
    members = _logistic_members(20)
    few = np.array([0.0, 2.0, 4.0, 10.0])
    many = np.linspace(0.0, 10.0, 1001)
    r, k = members.parameters.T[:, :, None]
    exact = k / (1.0 + (k / 0.1 - 1.0) * np.exp(-r * few))
    landed = engine.solve(logistic(), members, few, rtol=1e-6, atol=1e-8)
    dense = engine.solve(logistic(), members, many, rtol=1e-6, atol=1e-8)
    # growth amplifies early errors; ten times the tolerance bounds what is left of them
    np.testing.assert_allclose(landed["x"], exact, rtol=1e-5)
    np.testing.assert_allclose(dense["x"][:, [0, 200, 400, 1000]], exact, rtol=1e-4)
    assert landed.steps.max() <= dense.steps.max() + few.size


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("last", [0.0, 4.0])
def test_members_of_a_large_batch_end_as_they_would_alone(cache: Cache, threads: int, last: float) -> None:
    """Also those that never begin, or that are done as soon as they have begun."""
    system = system_of(
        {"k": 1.0, "p": 1.0}, {"x": 1.0},
        lambda g, y, p: [g.mul(g.node(Op.LOG, p[1]), g.mul(p[0], y[0]))],
    )  # fmt: skip
    rng = np.random.default_rng(8)
    rows = np.column_stack([rng.uniform(0.5, 30.0, 230), rng.choice([0.9, 0.5, 0.0, -1.0, np.nan], 230)])
    switches = Schedule(("k",), rng.uniform(0.0, 5.0, (230, 1)), rng.uniform(0.1, 2.0, (230, 1, 1)))
    members, times = Members(rows, schedule=switches), np.array([0.0, last])
    whole = SimdEngine(threads=threads, cache=cache).solve(system, members, times)
    assert len(set(whole.status.tolist())) == 3
    alone = SimdEngine(threads=1, cache=cache)
    for k in range(0, 230, 7):
        one = alone.solve(system, members.take(slice(k, k + 1)), times)
        _same(whole, one, slice(k, k + 1))
