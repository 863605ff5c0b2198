"""A device's memory, programs and faults, with a stand-in for the driver alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.base.store import Store
from epsom.engine.cuda.device import CudaDevice
from epsom.engine.cuda.driver import Driver
from epsom.engine.cuda.engine import CudaEngine
from epsom.engine.graph import Graph
from epsom.engine.members import Members
from epsom.engine.ops import Op
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.solution import Status
from epsom.engine.system import System
from epsom.model.system import epsom_system
from tests.engine.cuda.standin import StandIn
from tests.engine.cuda.test_program import lives
from tests.engine.simd.test_events import ball
from tests.engine.systems import logistic, system_of

TIMES = np.linspace(0.0, 10.0, 6)


def _device(driver: StandIn, folder: Path) -> CudaDevice:
    return CudaDevice.open(Driver(driver), Store(folder))


def _members(n: int = 40) -> Members:
    return Members.of(logistic(), n, {"r": np.linspace(0.1, 2.0, n)})


def test_lives_through_the_real_ptx_agree_with_the_fast_engine(tmp_path: Path, second: SimdEngine) -> None:
    """NVIDIA's rules for fusing products and sums differ: below the tolerance of 1e-6, not to the bit."""
    system, members, times = epsom_system(), lives(6), np.arange(1, 6) * 365.25
    engine = CudaEngine(_device(StandIn(), tmp_path), second=second)
    found = engine.solve(system, members, times, observe=["sbp", "serum_mg"])
    wide = second.solve(system, members, times, observe=["sbp", "serum_mg"])
    assert (found.status == Status.OK).all()
    np.testing.assert_allclose(found.values, wide.values, rtol=1e-7)


@pytest.mark.parametrize("build", [logistic, ball])
def test_single_precision_through_the_real_ptx(tmp_path: Path, build: Callable[[], System]) -> None:
    system, members = build(), Members.of(build(), 2)
    times = np.array([0.3, 0.9, 1.4])
    single = CudaEngine(_device(StandIn(), tmp_path), precision="single")
    found = single.solve(system, members, times, rtol=1e-5)
    exact = SimdEngine(threads=1, cache=Cache(tmp_path)).solve(system, members, times, rtol=1e-10, atol=1e-12)
    assert (found.status == Status.OK).all()
    # ten times the tolerance bounds what some dozen steps and two bounces add up to
    np.testing.assert_allclose(found.values, exact.values, rtol=1e-4, atol=1e-4)


def test_every_function_of_the_c_library_through_the_real_ptx(tmp_path: Path) -> None:
    """x' = f(t/10) from 0: what a state reaches is its f's integral, whoever computes f."""
    odd = (Op.SIN, Op.TAN, Op.ASIN, Op.ATAN, Op.SINH, Op.TANH, Op.ASINH, Op.ATANH)
    even = (Op.COS, Op.ACOS, Op.COSH)

    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        inside = g.mul(g.time(), g.const(0.1))
        above = g.node(Op.ACOSH, g.add(inside, g.const(1.5)))
        return [*(g.node(op, inside) for op in (*odd, *even)), above]

    system = system_of({}, {f"x{k}": 0.0 for k in range(12)}, rates)
    members, times = Members.of(system, 1), np.array([2.0, 5.0])
    found = CudaEngine(_device(StandIn(), tmp_path)).solve(system, members, times, rtol=1e-9)
    wide = SimdEngine(threads=1, cache=Cache(tmp_path)).solve(system, members, times, rtol=1e-9)
    np.testing.assert_allclose(found.values, wide.values, rtol=1e-12)


def test_a_program_is_translated_once_and_then_kept(tmp_path: Path) -> None:
    first, later = StandIn(), StandIn()
    a, b = (
        CudaEngine(_device(d, tmp_path)).solve(logistic(), _members(), TIMES).values for d in (first, later)
    )
    np.testing.assert_array_equal(a, b)
    assert first.calls.count("cuLinkAddData") == 1
    assert later.calls.count("cuLinkAddData") == 0
    newer = StandIn(capability=(12, 0))
    CudaEngine(_device(newer, tmp_path)).solve(logistic(), _members(), TIMES)
    assert newer.calls.count("cuLinkAddData") == 1


def test_a_batch_streams_through_little_memory(tmp_path: Path) -> None:
    large, small = StandIn(), StandIn(capacity=16_000)
    whole = CudaEngine(_device(large, tmp_path)).solve(logistic(), _members(100), TIMES)
    parts = CudaEngine(_device(small, tmp_path)).solve(logistic(), _members(100), TIMES)
    np.testing.assert_array_equal(whole.values, parts.values)
    assert large.calls.count("cuLaunchKernel") == 1
    assert small.calls.count("cuLaunchKernel") > 1
    assert not large.taken  # all memory is given back
    assert not small.taken


def test_too_little_memory_is_a_coded_fault_and_gives_back_what_was_taken(tmp_path: Path) -> None:
    driver = StandIn()
    engine = CudaEngine(_device(driver, tmp_path))
    engine.solve(logistic(), _members(), TIMES)
    driver.capacity = 512
    with pytest.raises(EpsomError, match="E-CUDA-FAILED") as caught:
        engine.solve(logistic(), _members(), TIMES)
    assert "OUT_OF_MEMORY" in str(caught.value.problems[0].details["reason"])
    assert not driver.taken


def test_a_gpu_that_is_too_old_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EpsomError, match="E-CUDA-DEVICE") as caught:
        _device(StandIn(capability=(6, 1)), tmp_path)
    assert "6.1" in str(caught.value.problems[0].details["reason"])


def test_members_that_cannot_start_need_no_gpu_time(tmp_path: Path) -> None:
    driver = StandIn()
    found = CudaEngine(_device(driver, tmp_path)).solve(logistic(), Members(np.full((2, 2), np.nan)), TIMES)
    assert (found.status == Status.BAD_INPUT).all()
    assert driver.calls.count("cuLaunchKernel") == 0
