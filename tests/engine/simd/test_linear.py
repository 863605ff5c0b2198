"""The linear solves: order of elimination, and the second try where the first is unsound."""

from __future__ import annotations

import ctypes

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from epsom.engine.simd.build import kernel_source
from epsom.engine.simd.compile import assemble, load
from epsom.engine.simd.kernel import Plan
from epsom.engine.simd.ordering import pivot_order, symbolic
from epsom.engine.simd.program import aligned
from epsom.engine.simd.tableau import rodas5p
from epsom.engine.simd.target import host
from tests.engine.systems import system_of


@given(n=st.integers(1, 8), seed=st.integers(0, 10_000))
def test_factors_stay_within_the_predicted_pattern(n: int, seed: int) -> None:
    """Eliminate a random sparse matrix in the chosen order: no entry appears where none was announced."""
    rng = np.random.default_rng(seed)
    matrix = np.where(rng.random((n, n)) < 0.3, rng.standard_normal((n, n)), 0.0) + np.eye(n)
    order = pivot_order(matrix != 0.0, matrix[None])
    assert sorted(order) == list(range(n))
    places = {(i, j) for i in range(n) for j in range(n) if matrix[i, j] != 0.0}
    elimination = symbolic(places, order)
    work = matrix.copy()
    for pivot, (rows, columns) in zip(order, elimination.updates, strict=True):
        if work[pivot, pivot] == 0.0:
            return
        for i in rows:
            work[i, pivot] /= work[pivot, pivot]
            for j in columns:
                work[i, j] -= work[i, pivot] * work[pivot, j]
    filled = {(int(i), int(j)) for i, j in zip(*np.nonzero(work), strict=True)}
    assert filled <= elimination.entries


def test_a_small_pivot_waits() -> None:
    """The cheapest pivot is too small in one of the samples, so another goes first."""
    good = np.array([[1.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 3.0]])
    bad = good.copy()
    bad[0, 0] = 1e-6
    assert pivot_order(good != 0.0, good[None])[0] == 0
    assert pivot_order(good != 0.0, np.stack([good, bad]))[0] != 0


def test_unsound_factors_are_noticed_and_solved_again() -> None:
    """x' = p x + 5 z, z' = 2 x - q z: for p = 1/(h gamma) the first pivot is zero in some lanes only."""
    target, tableau = host(), rodas5p()
    system = system_of(
        {"p": -1.0, "q": 1.0},
        {"x": 1.0, "z": 2.0},
        lambda g, y, p: [
            g.add(g.mul(p[0], y[0]), g.mul(g.const(5.0), y[1])),
            g.sub(g.mul(g.const(2.0), y[0]), g.mul(p[1], y[1])),
        ],
    )
    text = kernel_source(system, target).text
    names = ["hoist", "factor", "rescue_factor"]
    for name in names:
        text = text.replace(f"define internal void @{name}(", f"define void @{name}(")
    code = load(assemble(text, target), names, target)
    at = Plan.of(system).layout(tableau.stages, hoisted=100)
    words = aligned(at.size * target.lanes)
    space = words.view(np.float64).reshape(at.size, target.lanes)
    share = 2.0
    rates = np.arange(target.lanes, dtype=np.float64)  # lane 2 has p = 1/(h gamma)
    space[at["parameter"]], space[at["parameter"] + 1] = rates, 1.0
    space[at["y"]], space[at["y"] + 1] = 1.0, 2.0
    space[at["atol"] : at["atol"] + 2], space[at["inverse_atol"]] = 1e-9, 1e9
    space[at["inverse_step_gamma"]] = share
    words.reshape(at.size, target.lanes)[at["active"]] = 1
    lanes = min(target.lanes, 3)
    for name in names[:2]:
        code.function(name, ctypes.c_void_p)(words.ctypes.data)
    sound = space[at["sound"]].copy()
    code.function("rescue_factor", ctypes.c_void_p)(words.ctypes.data)
    for lane in range(lanes):
        jacobian = np.array([[rates[lane], 5.0], [2.0, -1.0]])
        exact = np.linalg.solve(share * np.eye(2) - jacobian, jacobian @ [1.0, 2.0])
        found = [space[at["k"] + i * tableau.stages, lane] for i in range(2)]
        np.testing.assert_allclose(found, exact, rtol=1e-12)
        assert bool(sound[lane]) == (rates[lane] != share)
