"""Single precision: how exact it is, what it refuses, and that a member's result is its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.engine.graph import Graph
from epsom.engine.members import Members, Schedule
from epsom.engine.ops import Op
from epsom.engine.registry import engine as named
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.simd.target import host
from epsom.engine.solution import Solution, Status
from epsom.engine.system import System
from epsom.model.system import epsom_system
from tests.engine.simd.test_events import ball, doses, threshold
from tests.engine.simd.test_stiff import hires, orego, robertson
from tests.engine.systems import decay, logistic, system_of

TIMES = np.linspace(0.0, 10.0, 6)
LAST_PLACE = 2.0**-24  # half a unit in the last place, relative


@pytest.fixture
def single(cache: Cache) -> SimdEngine:
    return SimdEngine(threads=1, cache=cache, precision="single")


def _logistic_members(n: int) -> Members:
    rng = np.random.default_rng(5)
    return Members.of(logistic(), n, {"r": rng.uniform(0.1, 2.0, n), "K": rng.uniform(1.0, 5.0, n)})


def _logistic_exact(members: Members) -> np.ndarray:
    r, k = members.parameters.T[:, :, None]
    return k / (1.0 + (k / 0.1 - 1.0) * np.exp(-r * TIMES))


@pytest.mark.parametrize(("avx512", "avx"), [(True, True), (False, True), (False, False)])
def test_logistic_growth_meets_its_closed_form(cache: Cache, avx512: bool, avx: bool) -> None:
    target = host(avx512=avx512, avx=avx)
    engine = SimdEngine(threads=1, cache=cache, target=target, precision="single")
    assert engine.target.lanes == 2 * target.lanes
    members = _logistic_members(37)
    found = engine.solve(logistic(), members, TIMES, rtol=1e-5, atol=1e-7)
    assert (found.status == 0).all()
    assert found.values.dtype == np.float64
    np.testing.assert_allclose(found["x"], _logistic_exact(members), rtol=1e-4)


def _same(a: Solution, b: Solution, index: np.ndarray | slice = slice(None)) -> None:
    np.testing.assert_array_equal(a.values.view(np.int64)[index], b.values.view(np.int64))
    for name in ("status", "steps", "reached"):
        np.testing.assert_array_equal(getattr(a, name)[index], getattr(b, name))


def test_a_result_is_bitwise_its_own(cache: Cache, single: SimdEngine) -> None:
    """Neighbours, order, batch size, the number of threads and failing neighbours change no bit."""
    members, system = _logistic_members(70), logistic()
    whole = single.solve(system, members, TIMES, rtol=1e-5)
    order = np.random.default_rng(2).permutation(70)
    _same(whole, single.solve(system, members.take(order), TIMES, rtol=1e-5), order)
    three = SimdEngine(threads=3, cache=cache, precision="single")
    _same(whole, three.solve(system, members, TIMES, rtol=1e-5))
    for k in (0, 17, 69):
        _same(whole, single.solve(system, members.take(np.array([k])), TIMES, rtol=1e-5), np.array([k]))
    spoiled = members.parameters.copy()
    spoiled[3], spoiled[40, 0] = np.nan, 1e300
    mixed = single.solve(system, Members(spoiled), TIMES, rtol=1e-5)
    kept = np.delete(np.arange(70), [3, 40])
    np.testing.assert_array_equal(mixed.values[kept], whole.values[kept])
    assert mixed.status[3] == Status.BAD_INPUT
    assert mixed.status[40] == Status.NOT_FINITE
    assert np.isnan(mixed.values[40]).all()


@pytest.mark.parametrize("rtol", [0.99e-5, 1e-9, np.nan])
def test_too_small_a_tolerance_is_refused(single: SimdEngine, rtol: float) -> None:
    with pytest.raises(EpsomError) as fault:
        single.solve(decay(), Members.of(decay(), 1), TIMES, rtol=rtol)
    assert [p.code for p in fault.value.problems] == ["E-RTOL-SINGLE"]


def test_precisions_that_do_not_exist_are_refused_by_name() -> None:
    for name, precision in (("simd", "half"), ("reference", "single")):
        with pytest.raises(EpsomError) as fault:
            named(name, precision)
        assert [p.code for p in fault.value.problems] == ["E-PRECISION"]
    assert named("simd", "single").name == "simd"


def test_a_slow_drift_under_fast_oscillations_is_not_lost(single: SimdEngine) -> None:
    """Each of thousands of steps adds less to z than half a unit in its last place."""

    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        return [y[1], g.neg(y[0]), p[0]]

    system = system_of({"speed": 1e-8}, {"x": 1.0, "v": 0.0, "z": 1.0}, rates)
    found = single.solve(system, Members.of(system, 1), np.array([0.0, 1000.0]), rtol=1e-5, atol=1e-7)
    change = found["z"][0, 1] - 1.0
    assert found.steps[0] > 1000
    assert 1e-8 * 1000.0 / found.steps[0] < LAST_PLACE
    # the answer itself is shown in single precision: 1e-5 in units of 1.2e-7
    assert change == pytest.approx(1e-5, abs=2 * LAST_PLACE)


def test_inputs_switch_and_rates_jump_at_their_moment(single: SimdEngine) -> None:
    schedule = Schedule(("k",), np.array([[2.0, 4.0]] * 3), np.array([[[0.0], [1.0]]] * 3))
    members = Members.of(decay(), 3, {"k": np.array([0.5, 0.25, 1.0])}, schedule)
    times = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    found = single.solve(decay(), members, times, observe=["x", "k"], rtol=1e-5, atol=1e-7)
    first = np.array([0.5, 0.25, 1.0])[:, None]
    exponent = first * np.array([0.0, 1.0, 2.0, 2.0, 2.0, 2.0]) + np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(found["x"], 2.0 * np.exp(-exponent), rtol=1e-4)
    np.testing.assert_array_equal(found["k"][:, 2:], np.array([[0.0, 0.0, 1.0, 1.0]] * 3))


def test_late_moments_are_told_apart_by_less_than_single_precision_can(single: SimdEngine) -> None:
    """x' = 1 between s and s + 1/1024, at t near 20,000, where numbers of 24 bits are 1/512 apart."""
    width = 1.0 / 1024.0

    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        inside = g.node(Op.AND, g.node(Op.LE, p[0], g.time()), g.node(Op.LT, g.time(), p[1]))
        return [g.select(inside, g.const(1.0), g.const(0.0))]

    starts = 20_000.0 + np.array([0.1, 0.37, 0.5003])
    system = system_of({"s": 1.0, "e": 2.0}, {"x": 0.0}, rates)
    members = Members.of(system, 3, {"s": starts, "e": starts + width})
    found = single.solve(system, members, np.array([0.0, 20_001.0]), observe=["x", "s"], rtol=1e-5)
    np.testing.assert_allclose(found["x"][:, 1], width, rtol=5e-6)
    np.testing.assert_array_equal(found["s"][:, 1], starts)  # parameters are doubles throughout


def test_a_late_phase_keeps_its_place(single: SimdEngine) -> None:
    """x' = cos(2 pi t): in single precision the phase would be off by 1e-3 turns at t = 20,000."""

    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        return [g.node(Op.COS, g.mul(g.const(2.0 * np.pi), g.time()))]

    system = system_of({}, {"x": 0.0}, rates)
    times = 20_000.0 + np.array([0.25, 0.5, 1.25])
    found = single.solve(system, Members.of(system, 1), times, rtol=1e-5, atol=1e-6, start=20_000.0)
    exact = np.sin(2.0 * np.pi * (times - 20_000.0)) / (2.0 * np.pi)
    np.testing.assert_allclose(found["x"][0], exact, atol=2e-5)


@pytest.mark.parametrize(
    ("build", "end", "exact", "accuracy"),
    [
        (robertson, 40.0, [0.7158270688, 0.9185534765e-5, 0.2841637457], 2e-5),
        (
            hires, 321.8122,
            [0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
             0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2],
            2e-3,
        ),
        (orego, 360.0, [0.1000814870318523e1, 0.1228178521549917e4, 0.1320554942846706e3], 2e-2),
    ],
)  # fmt: skip
def test_stiff_classics(
    single: SimdEngine, build: object, end: float, exact: list[float], accuracy: float
) -> None:
    """Published end values (see test_stiff) at a relative tolerance of 1e-5."""
    assert callable(build)
    system: System = build()
    found = single.solve(system, Members.of(system, 1), np.array([0.0, end]), rtol=1e-5, atol=1e-8)
    assert found.status[0] == 0
    np.testing.assert_allclose(found.values[0, 1], exact, rtol=accuracy)


def test_epsoms_own_model_agrees_with_double_precision(cache: Cache, single: SimdEngine) -> None:
    """Within 1e-4 of each state's size or scale over ten years, for 40 draws of all parameters."""
    system = epsom_system()
    spread = np.exp(0.1 * np.random.default_rng(3).standard_normal((40, len(system.parameters))))
    members = Members(np.asarray(system.defaults) * spread)
    years = np.arange(1, 11) * 365.25
    exact = SimdEngine(threads=1, cache=cache).solve(system, members, years, rtol=1e-9, atol=1e-10)
    found = single.solve(system, members, years, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.status, exact.status)
    assert system.state_scale is not None
    size = np.abs(exact.values) + np.asarray(system.state_scale)
    errors = (np.abs(found.values - exact.values) / size)[exact.status == 0]
    assert errors.max() < 2e-4
    assert np.median(errors.max(axis=(1, 2))) < 3e-5


@pytest.mark.parametrize("build", [ball, doses, threshold])
def test_events_come_when_they_do_in_double_precision(
    cache: Cache, single: SimdEngine, build: Callable[[], System]
) -> None:
    system, times = build(), np.linspace(0.05, 1.85, 7)  # the ball comes to rest after 2.06 at the earliest
    rng = np.random.default_rng(7)
    members = Members(np.asarray(system.defaults) * rng.uniform(0.8, 1.1, (20, len(system.parameters))))
    found = single.solve(system, members, times, rtol=1e-5, atol=1e-7)
    exact = SimdEngine(threads=1, cache=cache).solve(system, members, times, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(found.status, 0)
    # some ten events, each met within a few times the tolerance
    np.testing.assert_allclose(found.values, exact.values, rtol=2e-3, atol=2e-3)
    order = rng.permutation(20)
    mixed = single.solve(system, members.take(order), times, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(mixed.values.view(np.int64), found.values[order].view(np.int64))


def test_beyond_the_range_of_single_precision_a_member_fails_visibly(single: SimdEngine) -> None:
    system = system_of({"k": 1.0}, {"x": 1e39}, lambda g, y, p: [g.neg(g.mul(p[0], y[0]))])
    found = single.solve(system, Members.of(system, 1), np.array([0.0, 0.5]), rtol=1e-5)
    assert found.status[0] == Status.NOT_FINITE
    assert np.isnan(found.values).all()


def test_tiny_numbers_are_zero_and_the_callers_arithmetic_is_left_alone(single: SimdEngine) -> None:
    start = {"x": 1e-39, "y": 1.0}
    system = system_of({"k": 1.0}, start, lambda g, y, p: [g.neg(y[0]), g.neg(y[1])])
    found = single.solve(system, Members.of(system, 1), np.array([1.0, 200.0]), rtol=1e-5)
    assert found.status[0] == Status.OK
    assert found["x"][0, 1] == 0.0
    assert found["y"][0, 1] == pytest.approx(0.0, abs=1e-9)
    assert np.float32(1e-39) * np.float32(0.5) > 0.0
    assert 5e-324 + 5e-324 > 0.0
