"""A device's memory, programs and faults, with a stand-in for the driver alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.base.store import Store
from epsom.engine.cuda.device import CudaDevice
from epsom.engine.cuda.driver import Driver
from epsom.engine.cuda.engine import CudaEngine
from epsom.engine.members import Members
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.solution import Status
from epsom.model.system import epsom_system
from tests.engine.cuda.standin import StandIn
from tests.engine.cuda.test_program import lives
from tests.engine.systems import logistic

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
