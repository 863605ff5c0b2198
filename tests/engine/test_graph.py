"""The expression graph: sharing, exact simplification, derivatives against finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.engine.derivative import derivative
from epsom.engine.evaluate import evaluate
from epsom.engine.graph import Graph
from epsom.engine.ops import Op
from epsom.engine.system import jacobian, time_thresholds, trigger_time

from .systems import logistic


def value(g: Graph, node: int, *states: float, time: float = 0.0) -> float:
    y = np.array([states])
    return float(evaluate(g, [node], parameters=np.empty((1, 0)), states=y, time=time)[0, 0])


def test_equal_expressions_are_one_node() -> None:
    g = Graph()
    x, y = g.state(0), g.state(1)
    assert g.add(x, y) == g.add(y, x)
    assert g.sub(x, y) != g.sub(y, x)
    assert g.mul(g.const(2), g.const(3)) == g.const(6)


def test_simplification_never_hides_a_fault() -> None:
    g = Graph()
    product = g.mul(g.const(0.0), g.state(0))
    assert math.isnan(value(g, product, math.inf))
    assert value(g, g.div(g.const(1), g.const(0))) == math.inf


def test_substitution_replaces_all_at_once() -> None:
    g = Graph()
    x, y = g.state(0), g.state(1)
    (swapped,) = g.substitute([g.sub(x, y)], {x: y, y: x})
    assert swapped == g.sub(y, x)


UNARY = [Op.NEG, Op.EXP, Op.SIN, Op.COS, Op.TANH, Op.ATAN, Op.ASINH, Op.SINH, Op.COSH, Op.ABS]
BINARY = [Op.ADD, Op.SUB, Op.MUL, Op.MIN, Op.MAX]


@st.composite
def expressions(draw: st.DrawFn) -> tuple[Graph, int]:
    g = Graph()
    nodes = [g.state(0), g.state(1), g.time(), g.const(draw(st.floats(-2, 2)))]
    pick = st.integers(0, 10**6)
    for _ in range(draw(st.integers(1, 8))):
        a, b = (nodes[draw(pick) % len(nodes)] for _ in range(2))
        kind = draw(st.integers(0, 5))
        if kind == 0:
            nodes.append(g.node(UNARY[draw(pick) % len(UNARY)], a))
        elif kind <= 2:
            nodes.append(g.node(BINARY[draw(pick) % len(BINARY)], a, b))
        elif kind == 3:  # a Hill term
            power = g.pow(g.node(Op.ABS, a), g.const(draw(st.sampled_from([2.0, 3.0, 4.0]))))
            nodes.append(g.div(power, g.add(g.const(1.0), power)))
        elif kind == 4:
            nodes.append(g.node(Op.SQRT, g.add(g.const(1.0), g.mul(a, a))))
        else:
            nodes.append(g.node(Op.LOG, g.add(g.const(1.5), g.mul(b, b))))
    return g, nodes[-1]


@given(expressions(), st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
@settings(max_examples=150, deadline=None)
def test_derivative_agrees_with_finite_differences(made: tuple[Graph, int], x: float, y: float) -> None:
    g, node = made
    slope = value(g, derivative(g, node, g.state(0)), x, y, time=0.7)
    # Richardson: central differences with steps h and h/2; their disagreement bounds the error,
    # and is large where a kink or a blow-up lies between the points.
    h = 1e-4
    coarse = (value(g, node, x + h, y, time=0.7) - value(g, node, x - h, y, time=0.7)) / (2 * h)
    fine = (value(g, node, x + h / 2, y, time=0.7) - value(g, node, x - h / 2, y, time=0.7)) / h
    here = value(g, node, x, y, time=0.7)
    ahead = (value(g, node, x + h, y, time=0.7) - here) / h
    size = max(1.0, abs(here))
    if abs(ahead - coarse) > 1e-2 * max(1.0, abs(coarse)):
        return  # a kink at the very point: either one-sided slope is right
    if not math.isfinite(coarse) or abs(coarse - fine) > 1e-5 * max(1.0, abs(fine)) or size > 1e6:
        return
    assert slope == pytest.approx((4 * fine - coarse) / 3, rel=2e-5, abs=1e-7 * size)


@pytest.mark.parametrize(
    ("op", "at"),
    [(op, 0.3) for op in (Op.SIN, Op.COS, Op.TAN, Op.ASIN, Op.ACOS, Op.ATAN, Op.SINH, Op.COSH)]
    + [(op, 0.3) for op in (Op.TANH, Op.ASINH, Op.ATANH, Op.EXP, Op.LOG, Op.SQRT, Op.ABS)]
    + [(Op.ACOSH, 1.7), (Op.ABS, -0.4), (Op.FLOOR, 0.3), (Op.CEIL, 0.3)],
)
def test_each_function_has_its_derivative(op: Op, at: float) -> None:
    g = Graph()
    node = g.node(op, g.state(0))
    h = 1e-5
    wanted = (value(g, node, at + h) - value(g, node, at - h)) / (2 * h)
    assert value(g, derivative(g, node, g.state(0)), at) == pytest.approx(wanted, rel=1e-8, abs=1e-9)


def test_power_with_varying_exponent_has_a_finite_slope_at_zero() -> None:
    g = Graph()
    x = g.state(0)
    node = g.pow(g.const(0.0), g.add(x, g.const(2.0)))
    assert value(g, derivative(g, node, x), 1.0) == 0.0


def test_jacobian_lists_structural_entries() -> None:
    matrix = jacobian(logistic())
    assert (matrix.rows, matrix.columns) == ((0,), (0,))


def test_time_triggers_are_recognised() -> None:
    g = Graph()
    moment = g.parameter(0)
    assert trigger_time(g, g.node(Op.LE, moment, g.time())) == moment
    assert trigger_time(g, g.node(Op.LE, g.state(0), g.time())) is None
    window = g.node(Op.AND, g.node(Op.LE, moment, g.time()), g.node(Op.LT, g.time(), g.const(5.0)))
    assert set(time_thresholds(g, (window,))) == {moment, g.const(5.0)}
