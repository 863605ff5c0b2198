"""Stiff classics against published reference solutions.

Equations and end values: E. Hairer and G. Wanner, Solving Ordinary Differential Equations II (2nd ed.
1996), sections IV.1 and IV.10, and the Test Set for IVP Solvers (F. Mazzia and C. Magherini, release
2.4, 2008), which gives the values printed here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from epsom.engine.graph import Graph
from epsom.engine.interface import Engine
from epsom.engine.members import Members
from epsom.engine.reference import ReferenceEngine
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.system import System
from tests.engine.systems import system_of


def _scaled(g: Graph, factor: float, *nodes: int) -> int:
    total = g.const(factor)
    for node in nodes:
        total = g.mul(total, node)
    return total


def robertson() -> System:
    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        slow, back, fast = _scaled(g, 0.04, y[0]), _scaled(g, 1e4, y[1], y[2]), _scaled(g, 3e7, y[1], y[1])
        return [g.sub(back, slow), g.sub(g.sub(slow, back), fast), fast]

    return system_of({}, {"a": 1.0, "b": 0.0, "c": 0.0}, rates)


def hires() -> System:
    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        def total(*parts: tuple[float, int]) -> int:
            return g.sum(_scaled(g, factor, node) for factor, node in parts)

        bound = g.mul(y[5], y[7])
        return [
            g.add(total((-1.71, y[0]), (0.43, y[1]), (8.32, y[2])), g.const(0.0007)),
            total((1.71, y[0]), (-8.75, y[1])),
            total((-10.03, y[2]), (0.43, y[3]), (0.035, y[4])),
            total((8.32, y[1]), (1.71, y[2]), (-1.12, y[3])),
            total((-1.745, y[4]), (0.43, y[5]), (0.43, y[6])),
            total((-280.0, bound), (0.69, y[3]), (1.71, y[4]), (-0.43, y[5]), (0.69, y[6])),
            total((280.0, bound), (-1.81, y[6])),
            total((-280.0, bound), (1.81, y[6])),
        ]

    start = {f"y{k}": v for k, v in enumerate([1.0, 0, 0, 0, 0, 0, 0, 0.0057])}
    return system_of({}, start, rates)


def orego() -> System:
    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        one = g.const(1.0)
        growth = g.mul(y[0], g.sub(g.sub(one, _scaled(g, 8.375e-6, y[0])), y[1]))
        return [
            _scaled(g, 77.27, g.add(y[1], growth)),
            g.div(g.sub(y[2], g.mul(g.add(one, y[0]), y[1])), g.const(77.27)),
            _scaled(g, 0.161, g.sub(y[0], y[2])),
        ]

    return system_of({}, {"a": 1.0, "b": 2.0, "c": 3.0}, rates)


def van_der_pol() -> System:
    """The form with epsilon = 1e-6, which is mu = 1000 squared in scaled time."""

    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        inner = g.sub(g.mul(g.sub(g.const(1.0), g.mul(y[0], y[0])), y[1]), y[0])
        return [y[1], _scaled(g, 1e6, inner)]

    return system_of({}, {"x": 2.0, "v": 0.0}, rates)


def e5() -> System:
    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        a, b = _scaled(g, 7.89e-10, y[0]), _scaled(g, 1.1e7, y[0], y[2])
        m, c = _scaled(g, 1.13e9, y[1], y[2]), _scaled(g, 1.13e3, y[3])
        gain, loss = g.sub(a, m), g.sub(b, c)
        return [g.neg(g.add(a, b)), gain, g.sub(gain, loss), loss]

    return system_of({}, {"a": 1.76e-3, "b": 0.0, "c": 0.0, "d": 0.0}, rates)


CASES = [
    (robertson, 40.0, [0.7158270688, 0.9185534765e-5, 0.2841637457]),
    (robertson, 1e11, [0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050]),
    (
        hires, 321.8122,
        [0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
         0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2],
    ),
    (orego, 360.0, [0.1000814870318523e1, 0.1228178521549917e4, 0.1320554942846706e3]),
    (van_der_pol, 2.0, [0.1706167732170483e1, -0.8928097010247975]),
]  # fmt: skip
# The largest relative error of any component, in units of the relative tolerance. Both control the local
# error alone; LSODA's many steps of low order add up to more.
ALLOWED = {"simd": 10.0, "reference": 100.0}


@pytest.mark.parametrize("rtol", [1e-6, 1e-8])
@pytest.mark.parametrize("name", ["simd", "reference"])
@pytest.mark.parametrize(("build", "end", "exact"), CASES)
def test_published_end_values(
    engine: SimdEngine, name: str, build: Callable[[], System], end: float, exact: list[float], rtol: float
) -> None:
    """Small components need a small absolute tolerance."""
    system = build()
    chosen: Engine = engine if name == "simd" else ReferenceEngine()
    found = chosen.solve(system, Members.of(system, 1), np.array([0.0, end]), rtol=rtol, atol=1e-14)
    assert found.status[0] == 0
    np.testing.assert_allclose(found.values[0, 1], exact, rtol=ALLOWED[name] * rtol)


def test_e5_over_thirteen_decades(engine: SimdEngine) -> None:
    """Test Set, problem E5: states span 20 decades; y2 = y3 + y4 always."""
    system = e5()
    times = np.array([0.0, 10.0, 1e3, 1e5, 1e7, 1e9, 1e11, 1e13])
    found = engine.solve(system, Members.of(system, 1), times, rtol=1e-8, atol=1e-18)
    assert found.status[0] == 0
    a, b, c, d = found.values[0].T
    assert (np.diff(a) <= 1e-20).all()
    # b, c and d were 1.4e-10 on the way: rounding alone, some 1e-26 a step, leaves a share of 1e-3 here
    np.testing.assert_allclose([b[-1], c[-1]], [0.8867655517642120e-22, 0.8854814626268838e-22], rtol=5e-3)
    np.testing.assert_allclose(b, c + d, rtol=1e-6, atol=1e-24)
