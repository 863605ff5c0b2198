"""Random systems: the fast path and the reference path must agree."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epsom.engine.graph import Graph
from epsom.engine.members import Members
from epsom.engine.ops import Op
from epsom.engine.reference import ReferenceEngine
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.system import System
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
