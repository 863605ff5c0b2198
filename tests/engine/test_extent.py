"""The work that a system makes before it is integrated, and where the fast engine hands it over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from epsom.engine.extent import derivative_work, elimination_work
from epsom.engine.graph import Graph
from epsom.engine.members import Members
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.system import System
from tests.engine.systems import system_of


def coupled(n: int) -> System:
    """x_k' = mean - (k + 1) x_k: every rate depends on every state."""

    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        mean = g.mul(g.const(1.0 / n), g.sum(y))
        return [g.sub(mean, g.mul(g.const(k + 1.0), y[k])) for k in range(n)]

    return system_of({}, {f"x{k}": 1.0 for k in range(n)}, rates)


def chain(n: int) -> System:
    """x_k' = x_(k-1) - x_k: a matrix of two diagonals."""

    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        return [g.neg(y[0]), *(g.sub(y[k - 1], y[k]) for k in range(1, n))]

    return system_of({}, {f"x{k}": 1.0 for k in range(n)}, rates)


@pytest.mark.parametrize("n", [1, 2, 7, 20])
def test_a_full_matrix_takes_a_third_of_the_cube_and_a_chain_nothing(n: int) -> None:
    assert elimination_work(coupled(n), 10**9) == (n - 1) * n * (2 * n - 1) // 6
    assert elimination_work(chain(n), 10**9) == 0
    system = chain(n)
    assert derivative_work(system.graph, system.rates) == 1 + 2 * (n - 1)


def test_counting_stops_soon_after_the_limit() -> None:
    assert 1000 < elimination_work(coupled(60), 1000) < 1000 + 60**2


def test_a_system_too_large_to_compile_says_who_integrated_it(tmp_path: Path) -> None:
    system, times = coupled(80), np.array([0.0, 1.0])
    engine = SimdEngine(threads=1, cache=Cache(tmp_path))
    large = engine.solve(system, Members.of(system, 1), times)
    assert (large.engine, large.status[0]) == ("reference", 0)
    small = engine.solve(chain(80), Members.of(chain(80), 1), times)
    assert (small.engine, small.status[0]) == ("simd", 0)
    assert small["x0"][0, 1] == pytest.approx(np.exp(-1.0), rel=1e-5)
