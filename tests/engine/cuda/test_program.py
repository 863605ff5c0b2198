"""The program of one thread against the fast engine, bit for bit: it is the same code at a width of one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.engine.cuda.engine import CudaEngine
from epsom.engine.members import Members, Schedule
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.simd.target import host
from epsom.engine.solution import Solution, Status
from epsom.engine.system import System
from epsom.model.system import epsom_system
from tests.engine.cuda.host import HostDevice
from tests.engine.simd.test_events import ball
from tests.engine.simd.test_stiff import hires, orego, robertson, van_der_pol
from tests.engine.systems import logistic, system_of


def _same(a: Solution, b: Solution) -> None:
    np.testing.assert_array_equal(a.values.view(np.int64), b.values.view(np.int64))
    for name in ("status", "steps", "reached"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def _narrow(cache: Cache) -> SimdEngine:
    """Return the fast engine with the exponential and logarithm that GPUs get too."""
    return SimdEngine(threads=1, cache=cache, target=host(avx512=False))


def lives(n: int) -> Members:
    """Draw members of Epsom's own model whose supplement starts and stops."""
    system = epsom_system()
    draws = np.exp(0.1 * np.random.default_rng(3).standard_normal((n, len(system.parameters))))
    schedule = Schedule(
        ("supplement",), np.tile([100.0, 200.5], (n, 1)), np.tile([[[368.0], [0.0]]], (n, 1, 1))
    )
    return Members(np.asarray(system.defaults) * draws, schedule=schedule)


def test_lives_with_switching_inputs_are_the_fast_engines_to_the_last_bit(
    width_one: CudaEngine, cache: Cache
) -> None:
    system, members, times = epsom_system(), lives(11), np.arange(1, 6) * 365.25
    names = ["sbp", "serum_mg"]
    found = width_one.solve(system, members, times, observe=names)
    assert (found.status == Status.OK).all()
    _same(found, _narrow(cache).solve(system, members, times, observe=names))
    # with other instructions for exp and log only rounding differs, far below the tolerance of 1e-6
    wide = SimdEngine(threads=1, cache=cache).solve(system, members, times, observe=names)
    np.testing.assert_allclose(found.values, wide.values, rtol=1e-7)


@pytest.mark.parametrize(
    ("build", "end"), [(robertson, 1e11), (hires, 321.8122), (orego, 360.0), (van_der_pol, 2.0)]
)
def test_stiff_classics_are_the_fast_engines_to_the_last_bit(
    width_one: CudaEngine, cache: Cache, build: Callable[[], System], end: float
) -> None:
    system, times = build(), np.array([end / 100.0, end])
    members = Members.of(system, 2)
    found = width_one.solve(system, members, times, rtol=1e-8, atol=1e-10)
    assert (found.status == Status.OK).all()
    _same(found, _narrow(cache).solve(system, members, times, rtol=1e-8, atol=1e-10))


@pytest.mark.parametrize("build", [logistic, ball])
def test_single_precision_is_the_fast_engines_to_the_last_bit(
    cache: Cache, build: Callable[[], System]
) -> None:
    system, times = build(), np.array([0.3, 0.9, 1.4])
    single = CudaEngine(HostDevice(), precision="single", second=SimdEngine(threads=1, cache=cache))
    narrow = SimdEngine(threads=1, cache=cache, target=host(avx512=False), precision="single")
    found = single.solve(system, Members.of(system, 3), times, rtol=1e-5)
    _same(found, narrow.solve(system, Members.of(system, 3), times, rtol=1e-5))
    with pytest.raises(EpsomError, match="E-RTOL-SINGLE"):
        single.solve(system, Members.of(system, 3), times, rtol=1e-6)
    with pytest.raises(EpsomError, match="E-PRECISION"):
        CudaEngine(HostDevice(), precision="half")


def test_small_parts_change_no_bit(cache: Cache) -> None:
    """A device with little room gets the batch in many parts, of one member at the least."""
    members = Members.of(logistic(), 10, {"r": np.linspace(0.1, 2.0, 10)})
    times = np.linspace(0.0, 10.0, 6)
    whole, few, tiny = HostDevice(), HostDevice(threads=1, bytes_free=700), HostDevice(bytes_free=0)
    solutions = [CudaEngine(device).solve(logistic(), members, times) for device in (whole, few, tiny)]
    _same(solutions[0], solutions[1])
    _same(solutions[0], solutions[2])
    assert whole.parts == 1
    assert 1 < few.parts < 10
    assert tiny.parts == 10


def test_members_that_need_row_exchanges_are_left_to_the_fast_engine(
    engine: CudaEngine, cache: Cache
) -> None:
    """A root with an infinite slope at zero defeats the static order; its neighbour starts elsewhere."""
    system = system_of({"a": 1.0}, {"x": 0.0}, lambda g, y, p: [g.sub(p[0], g.pow(y[0], g.const(0.3)))])
    members = Members(np.ones((3, 1)), initial=np.array([[np.nan], [0.5], [np.nan]]))
    times = np.array([0.0, 50.0])
    found = engine.solve(system, members, times)
    assert (found.status == Status.OK).all()
    wide = SimdEngine(threads=1, cache=cache).solve(system, members, times)
    for row in (0, 2):
        np.testing.assert_array_equal(found.values[row], wide.values[row])
    np.testing.assert_allclose(found.values, wide.values, rtol=1e-6)
