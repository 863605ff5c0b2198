"""A kernel cache of its own for each run of the tests."""

from __future__ import annotations

import pytest

from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("kernels"))


@pytest.fixture
def engine(cache: Cache) -> SimdEngine:
    return SimdEngine(threads=1, cache=cache)
