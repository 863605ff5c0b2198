"""The GPU engine on this processor, and the assembler for GPU code where there is one."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from epsom.engine.cuda.engine import CudaEngine
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from tests.engine.cuda.host import HostDevice


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("kernels"))


@pytest.fixture
def engine(cache: Cache) -> CudaEngine:
    return CudaEngine(HostDevice(), second=SimdEngine(threads=1, cache=cache))


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
