"""The GPU engine on this processor, and the assembler for GPU code where there is one."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from epsom.base.store import Store
from epsom.engine.cuda.device import CudaDevice
from epsom.engine.cuda.driver import Driver
from epsom.engine.cuda.engine import CudaEngine
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from tests.engine.cuda.host import HostDevice
from tests.engine.cuda.standin import StandIn


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("kernels"))


@pytest.fixture
def second(cache: Cache) -> SimdEngine:
    return SimdEngine(threads=1, cache=cache)


@pytest.fixture
def engine(second: SimdEngine, tmp_path: Path) -> CudaEngine:
    """Return the GPU engine with its real PTX and device; only the driver is stood in for."""
    return CudaEngine(CudaDevice.open(Driver(StandIn()), Store(tmp_path)), second=second)


@pytest.fixture
def width_one(second: SimdEngine) -> CudaEngine:
    """Return the GPU engine with its program written for this processor."""
    return CudaEngine(HostDevice(), second=second)


@pytest.fixture(scope="session")
def ptxas() -> str:
    """Return NVIDIA's assembler, which needs no GPU."""
    found = shutil.which("ptxas")
    spec = importlib.util.find_spec("nvidia")
    for place in (spec.submodule_search_locations if spec else None) or ():
        packaged = Path(place) / "cuda_nvcc" / "bin" / "ptxas"
        found = found or (str(packaged) if packaged.is_file() else None)
    if found is None:
        pytest.skip("no ptxas here (package nvidia-cuda-nvcc-cu12): the PTX is generated but not assembled")
    return found
