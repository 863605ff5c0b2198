"""The start in machine code: the plain evaluator's values, the same in every batch and precision."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.engine.graph import Graph
from epsom.engine.members import Members
from epsom.engine.ops import Op
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.simd.starting import LARGEST_START, start_is_small
from epsom.engine.start import initial_values
from epsom.engine.system import System
from epsom.model.system import epsom_system


def formulas() -> System:
    """Return a system whose start has all kinds of operations; derived values come from earlier ones."""
    g = Graph()
    a, b, now = g.parameter(0), g.parameter(1), g.time()
    first = g.pow(a, b)
    second = g.add(g.derived(0), g.node(Op.LOG, g.add(b, now)))
    third = g.div(g.node(Op.EXP, g.neg(g.derived(1))), g.sub(a, g.const(2.0)))
    initial = (
        g.derived(0), g.mul(g.derived(1), g.derived(2)), g.select(g.node(Op.LT, a, b), a, g.const(7.0)),
        g.sub(g.mul(a, b), g.mul(b, a)), g.node(Op.SIN, now),
    )  # fmt: skip
    states = tuple(f"x{k}" for k in range(len(initial)))
    observables = {name: g.state(k) for k, name in enumerate(states)}
    return System(
        "formulas", g, states, initial, (g.const(0.0),) * len(initial), ("a", "b", "unused"),
        np.array([2.0, 3.0, 1.0]), ("d0", "d1", "d2"), (first, second, third), observables,
    )  # fmt: skip


def some(system: System, n: int) -> Members:
    spread = np.exp(0.2 * np.random.default_rng(4).standard_normal((n, len(system.parameters))))
    return Members(np.asarray(system.defaults) * spread)


@pytest.mark.parametrize("system", [formulas(), epsom_system()], ids=lambda s: s.name)
def test_it_agrees_with_the_plain_evaluator(cache: Cache, system: System) -> None:
    members = some(system, 21)
    found = SimdEngine(cache=cache).begin(system, members, 0.5)
    wanted = initial_values(system, members, time=0.5)
    # two libraries' exp, log and pow differ in the last place, and formulas carry that on
    np.testing.assert_allclose(found.derived, wanted.derived, rtol=1e-13)
    np.testing.assert_allclose(found.states, wanted.states, rtol=1e-12, atol=1e-300)


def test_a_lone_member_and_single_precision_start_with_the_same_bits(cache: Cache) -> None:
    system = epsom_system()
    members = some(system, 21)
    whole = SimdEngine(cache=cache).begin(system, members, 0.0)
    single = SimdEngine(cache=cache, precision="single").begin(system, members, 0.0)
    alone = SimdEngine(cache=cache).begin(system, members.take(slice(20, 21)), 0.0)
    for name in ("derived", "states"):
        bits = getattr(whole, name).copy().view(np.int64)
        np.testing.assert_array_equal(bits, getattr(single, name).copy().view(np.int64))
        np.testing.assert_array_equal(bits[20:], getattr(alone, name).copy().view(np.int64))


def test_whole_numbers_stay_whole_and_faults_stay_faults(cache: Cache) -> None:
    system = formulas()
    members = Members(np.array([[10.0, 3.0, 0.0], [2.0, 3.0, 0.0], [0.1, 3.0, 0.0], [-1.0, 0.5, 0.0]]))
    found = SimdEngine(cache=cache).begin(system, members, 0.0)
    assert found.states[:2, 0].tolist() == [1000.0, 8.0]
    assert found.derived[1, 2] == np.inf  # 1/0
    assert np.isnan(found.states[3, 0])  # a root of a negative number
    assert found.states[:, 3].tolist() == [0.0] * 4  # products are rounded before they are subtracted
    assert found.states[:, 2].tolist() == [7.0, 2.0, 0.1, -1.0]


def test_given_states_come_first_and_nobody_has_no_start(cache: Cache) -> None:
    system, engine = formulas(), SimdEngine(cache=cache)
    given = np.full((1, 5), np.nan)
    given[0, 1] = 42.0
    found = engine.begin(system, Members(np.array([[2.0, 3.0, 0.0]]), initial=given), 0.0)
    assert found.states[0, :2].tolist() == [8.0, 42.0]
    assert engine.begin(system, some(system, 0), 0.0).states.shape == (0, 5)


def test_a_start_too_long_to_compile_is_computed_all_the_same(cache: Cache) -> None:
    g = Graph()
    node = g.parameter(0)
    for k in range(LARGEST_START + 1):
        node = g.add(g.mul(node, g.const(0.5)), g.const(float(k)))
    system = System("long", g, ("x",), (node,), (g.const(0.0),), ("p",), np.array([1.0]))
    assert not start_is_small(system)
    found = SimdEngine(cache=cache).begin(system, Members(np.array([[1.0]])), 0.0)
    assert found.states[0, 0] == pytest.approx(2.0 * (LARGEST_START - 1.0), rel=1e-12)
