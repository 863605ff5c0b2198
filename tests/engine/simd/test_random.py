"""Random systems: the fast path and the reference path must agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from epsom.engine.graph import Graph
from epsom.engine.members import Members
from epsom.engine.ops import Op
from epsom.engine.reference import ReferenceEngine
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.solution import Solution
from epsom.engine.system import Assignment, Event, System
from tests.engine.systems import system_of

TIMES = np.array([0.0, 0.1, 1.0, 5.0, 20.0])
KINDS = ("linear", "product", "hill", "saturation", "exponential", "root", "piecewise", "wave", "ratio")


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Draw a network in which each state decays and is driven by bounded terms of the others."""
    n = draw(st.integers(1, 6))
    terms = draw(
        st.lists(
            st.tuples(
                st.integers(0, n - 1), st.integers(0, n - 1), st.integers(0, n - 1),
                st.sampled_from(KINDS), st.floats(0.1, 3.0), st.floats(0.5, 4.0),
            ),
            max_size=2 * n,
        )
    )  # fmt: skip
    decay = draw(st.lists(st.floats(0.05, 200.0), min_size=n, max_size=n))
    parameters = {f"d{k}": v for k, v in enumerate(decay)}
    parameters |= {f"w{k}": t[4] for k, t in enumerate(terms)}
    parameters |= {f"e{k}": t[5] for k, t in enumerate(terms)}

    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        found = [g.mul(p[k], g.sub(g.const(1.0), y[k])) for k in range(n)]
        for k, (target, a, b, kind, _, _) in enumerate(terms):
            weight, exponent = p[n + k], p[n + len(terms) + k]
            found[target] = g.add(found[target], _term(g, kind, weight, exponent, y[a], y[b]))
        return found

    return system_of(parameters, {f"x{k}": 0.3 + 0.2 * k for k in range(n)}, rates)


def _term(g: Graph, kind: str, w: int, e: int, a: int, b: int) -> int:
    one = g.const(1.0)
    square = g.mul(a, a)
    raised = g.pow(g.node(Op.ABS, a), e)
    made = {
        "linear": lambda: g.sub(b, a),
        "product": lambda: g.div(g.mul(a, b), g.add(one, g.add(square, g.mul(b, b)))),
        "hill": lambda: g.div(raised, g.add(raised, g.pow(w, e))),
        "saturation": lambda: g.div(g.div(a, g.add(one, square)), g.add(e, g.node(Op.ABS, b))),
        "exponential": lambda: g.mul(g.node(Op.EXP, g.neg(square)), g.pow(g.add(one, square), g.neg(w))),
        "root": lambda: g.node(Op.SQRT, g.add(one, square)),
        "piecewise": lambda: g.select(g.node(Op.LT, g.time(), e), one, g.const(0.0)),
        "wave": lambda: g.node(Op.SIN, g.mul(w, g.time())),
        "ratio": lambda: g.node(Op.MIN, g.div(a, g.add(one, g.node(Op.EXP, g.neg(b)))), g.const(5.0)),
    }[kind]()
    return g.mul(w, made)


EVENT_TIMES = np.array([0.0, 0.7, 3.0, 10.0])


@st.composite
def eventful(draw: st.DrawFn) -> System:
    """Draw a network with events: thresholds of states or moments, with all that SBML lets them have.

    The last state counts executions.
    """
    plain = draw(systems())
    n, g = len(plain.states), plain.graph
    count = g.state(n)
    events = []
    for k in range(draw(st.integers(1, 3))):
        state, level = draw(st.integers(0, n - 1)), draw(st.floats(0.2, 2.0))
        above = g.node(draw(st.sampled_from([Op.LT, Op.LE])), g.const(level), g.state(state))
        late = g.node(Op.LE, g.const(draw(st.floats(0.0, 8.0))), g.time())
        trigger = draw(st.sampled_from([above, late, g.node(Op.NOT, above), g.node(Op.AND, above, late)]))
        target = draw(st.integers(0, n - 1))
        share, shift = draw(st.floats(0.1, 0.9)), draw(st.floats(0.0, 2.0))
        new = g.add(g.mul(g.const(share), g.state(target)), g.const(shift))
        varying = g.div(g.const(1.0), g.add(g.const(1.0), new))
        events.append(
            Event(
                f"e{k}", trigger,
                (Assignment(target, new), Assignment(n, g.add(count, g.const(1.0)))),
                persistent=draw(st.booleans()),
                initial_value=draw(st.booleans()),
                delay=draw(st.sampled_from([None, g.const(0.3), varying])),
                priority=draw(st.sampled_from([None, g.const(1.0), g.state(target)])),
                use_values_from_trigger_time=draw(st.booleans()),
            )
        )  # fmt: skip
    zero = g.const(0.0)
    return replace(
        plain, states=(*plain.states, "count"), initial=(*plain.initial, zero), rates=(*plain.rates, zero),
        observables={**plain.observables, "count": count}, events=tuple(events),
    )  # fmt: skip


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(system=eventful(), seed=st.integers(0, 1000))
def test_random_events_agree_with_the_reference(cache: Cache, system: System, seed: int) -> None:
    spread = np.exp(0.1 * np.random.default_rng(seed).standard_normal((1, len(system.parameters))))
    members = Members(np.asarray(system.defaults) * spread)

    def slow(rtol: float) -> Solution:
        engine = ReferenceEngine(step_limit=4_000)
        return engine.solve(system, members, EVENT_TIMES, rtol=rtol, atol=rtol * 0.1)

    exact, rough = slow(1e-9), slow(1e-7)
    # a path that only just passes a threshold is not decided by the model: then two tolerances differ
    steady = (exact.status == 0) & (np.abs(exact.values - rough.values).max(axis=(1, 2)) < 1e-3)
    assume(steady.any())
    fast = SimdEngine(threads=1, cache=cache).solve(system, members, EVENT_TIMES, rtol=1e-7, atol=1e-8)
    assert (fast.status[steady] == 0).all()
    np.testing.assert_array_equal(fast["count"][steady], exact["count"][steady])
    np.testing.assert_allclose(fast.values[steady], exact.values[steady], rtol=2e-4, atol=2e-5)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(system=systems(), seed=st.integers(0, 1000))
def test_random_networks_agree_with_the_reference(cache: Cache, system: System, seed: int) -> None:
    spread = np.exp(0.2 * np.random.default_rng(seed).standard_normal((3, len(system.parameters))))
    members = Members(np.asarray(system.defaults) * spread)
    fast = SimdEngine(threads=1, cache=cache).solve(system, members, TIMES, rtol=1e-7, atol=1e-8)
    slow = ReferenceEngine().solve(system, members, TIMES, rtol=1e-9, atol=1e-10)
    np.testing.assert_array_equal(fast.status, slow.status)
    ok = fast.status == 0
    # both are global errors of controlled local ones; unstable networks amplify them
    np.testing.assert_allclose(fast.values[ok], slow.values[ok], rtol=2e-4, atol=2e-5)
