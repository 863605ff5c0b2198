"""Derivatives of nodes, as nodes: the chain rule over the graph, forward, with a memo."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from epsom.engine.graph import Graph
from epsom.engine.ops import LEAVES, STEPS, Op


def derivative(graph: Graph, node: int, wrt: int) -> int:
    """Return the derivative of ``node`` with respect to the leaf ``wrt``.

    Piecewise functions have the derivative of the piece; steps have derivative zero.

    Examples
    --------
    >>> g = Graph()
    >>> x = g.state(0)
    >>> derivative(g, g.mul(x, x), x) == g.add(x, x)
    True
    """
    return Derivatives(graph, wrt)(node)


class Derivatives:
    """Compute derivatives of many nodes with respect to one leaf, each node once."""

    def __init__(self, graph: Graph, wrt: int) -> None:
        if graph.ops[wrt] not in LEAVES or graph.ops[wrt] is Op.CONST:
            raise ValueError("a derivative is taken with respect to a leaf that varies")
        self._graph = graph
        # None stands for an exact zero, so that 0*x needs no simplification.
        self._memo: dict[int, int | None] = {wrt: graph.const(1.0)}

    def __call__(self, node: int) -> int:
        """Return the derivative of one node."""
        found = self.nonzero(node)
        return self._graph.const(0.0) if found is None else found

    def nonzero(self, node: int) -> int | None:
        """Return the derivative of one node, or None where it is zero by structure."""
        waiting = [node]
        while waiting:
            current = waiting[-1]
            if current in self._memo:
                waiting.pop()
                continue
            missing = [a for a in self._graph.args[current] if a not in self._memo]
            if missing:
                waiting.extend(missing)
                continue
            self._memo[current] = self._step(current)
            waiting.pop()
        return self._memo[node]

    def _step(self, node: int) -> int | None:
        g = self._graph
        op, args = g.ops[node], g.args[node]
        slopes = [self._memo[a] for a in args]
        if op in STEPS or all(s is None for s in slopes):
            return None
        if op in _INNER:
            return None if slopes[0] is None else g.mul(_INNER[op](g, args[0], node), slopes[0])
        return _OUTER[op](g, node, slopes)


_Slopes = list["int | None"]


def _product(g: Graph, a: int, b: int | None) -> int | None:
    return None if b is None else g.mul(a, b)


def _sum(g: Graph, a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else g.add(a, b)


def _difference(g: Graph, a: int | None, b: int | None) -> int | None:
    if b is None:
        return a
    return g.neg(b) if a is None else g.sub(a, b)


def _mul(g: Graph, node: int, slopes: _Slopes) -> int | None:
    a, b = g.args[node]
    return _sum(g, _product(g, b, slopes[0]), _product(g, a, slopes[1]))


def _div(g: Graph, node: int, slopes: _Slopes) -> int | None:
    # (a/b)' = (a' - (a/b) b') / b, which shares the quotient with the value itself
    b = g.args[node][1]
    top = _difference(g, slopes[0], _product(g, node, slopes[1]))
    return None if top is None else g.div(top, b)


def _pow(g: Graph, node: int, slopes: _Slopes) -> int | None:
    a, b = g.args[node]
    base = exponent = None
    if slopes[0] is not None:
        base = g.mul(g.mul(b, g.pow(a, g.sub(b, g.const(1.0)))), slopes[0])
    if slopes[1] is not None:
        # At a = 0 the limit of a^b log a is 0 for b > 0, where the formula would say 0 * -inf.
        zero = g.const(0.0)
        growth = g.select(g.node(Op.EQ, a, zero), zero, g.mul(node, g.node(Op.LOG, a)))
        exponent = g.mul(growth, slopes[1])
    return _sum(g, base, exponent)


def _choose(condition: Callable[[Graph, int, int], int]) -> Callable[[Graph, int, _Slopes], int | None]:
    def chosen(g: Graph, node: int, slopes: _Slopes) -> int | None:
        a, b = g.args[node]
        zero = g.const(0.0)
        yes = zero if slopes[0] is None else slopes[0]
        no = zero if slopes[1] is None else slopes[1]
        return g.select(condition(g, a, b), yes, no)

    return chosen


def _select(g: Graph, node: int, slopes: _Slopes) -> int | None:
    zero = g.const(0.0)
    if slopes[1] is None and slopes[2] is None:
        return None
    yes = zero if slopes[1] is None else slopes[1]
    no = zero if slopes[2] is None else slopes[2]
    return g.select(g.args[node][0], yes, no)


_OUTER: Mapping[Op, Callable[[Graph, int, _Slopes], int | None]] = {
    Op.ADD: lambda g, n, s: _sum(g, s[0], s[1]),
    Op.SUB: lambda g, n, s: _difference(g, s[0], s[1]),
    Op.MUL: _mul,
    Op.DIV: _div,
    Op.POW: _pow,
    Op.NEG: lambda g, n, s: None if s[0] is None else g.neg(s[0]),
    Op.MIN: _choose(lambda g, a, b: g.node(Op.LT, a, b)),
    Op.MAX: _choose(lambda g, a, b: g.node(Op.LT, b, a)),
    Op.SELECT: _select,
}


def _reciprocal(g: Graph, x: int) -> int:
    return g.div(g.const(1.0), x)


def _one_minus_square(g: Graph, x: int) -> int:
    return g.sub(g.const(1.0), g.mul(x, x))


def _one_plus_square(g: Graph, x: int) -> int:
    return g.add(g.const(1.0), g.mul(x, x))


def _sign(g: Graph, x: int) -> int:
    zero = g.const(0.0)
    positive = g.select(g.node(Op.LT, zero, x), g.const(1.0), zero)
    return g.select(g.node(Op.LT, x, zero), g.const(-1.0), positive)


def _root(g: Graph, x: int) -> int:
    return g.node(Op.SQRT, x)


# Outer derivative f'(x) of the functions of one argument, from the graph, the argument and the value.
_INNER: Mapping[Op, Callable[[Graph, int, int], int]] = {
    Op.EXP: lambda g, x, v: v,
    Op.LOG: lambda g, x, v: _reciprocal(g, x),
    Op.SQRT: lambda g, x, v: g.div(g.const(0.5), v),
    Op.ABS: lambda g, x, v: _sign(g, x),
    Op.SIN: lambda g, x, v: g.node(Op.COS, x),
    Op.COS: lambda g, x, v: g.neg(g.node(Op.SIN, x)),
    Op.TAN: lambda g, x, v: _one_plus_square(g, v),
    Op.ASIN: lambda g, x, v: _reciprocal(g, _root(g, _one_minus_square(g, x))),
    Op.ACOS: lambda g, x, v: g.neg(_reciprocal(g, _root(g, _one_minus_square(g, x)))),
    Op.ATAN: lambda g, x, v: _reciprocal(g, _one_plus_square(g, x)),
    Op.SINH: lambda g, x, v: g.node(Op.COSH, x),
    Op.COSH: lambda g, x, v: g.node(Op.SINH, x),
    Op.TANH: lambda g, x, v: _one_minus_square(g, v),
    Op.ASINH: lambda g, x, v: _reciprocal(g, _root(g, _one_plus_square(g, x))),
    Op.ACOSH: lambda g, x, v: _reciprocal(
        g, g.mul(_root(g, g.sub(x, g.const(1.0))), _root(g, g.add(x, g.const(1.0))))
    ),
    Op.ATANH: lambda g, x, v: _reciprocal(g, _one_minus_square(g, x)),
}
