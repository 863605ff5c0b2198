"""The operators of SBML's MathML as nodes, with SBML's meaning."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import libsbml

from epsom.engine.graph import Graph
from epsom.engine.ops import Op

Nodes = Sequence[int]
# The largest n whose factorial is a finite double.
_LARGEST_FACTORIAL = 170


class ArgumentsError(Exception):
    """An operator has a number of arguments that it cannot have."""


def _one(args: Nodes) -> int:
    if len(args) != 1:
        raise ArgumentsError
    return args[0]


def _two(args: Nodes) -> tuple[int, int]:
    if len(args) != 2:
        raise ArgumentsError
    return args[0], args[1]


def _function(op: Op) -> Callable[[Graph, Nodes], int]:
    return lambda g, args: g.node(op, _one(args))


def _inverted(op: Op) -> Callable[[Graph, Nodes], int]:
    """Return 1 / f(x)."""
    return lambda g, args: g.div(g.const(1.0), g.node(op, _one(args)))


def _of_inverse(op: Op) -> Callable[[Graph, Nodes], int]:
    """Return f(1 / x)."""
    return lambda g, args: g.node(op, g.div(g.const(1.0), _one(args)))


def _minus(g: Graph, args: Nodes) -> int:
    return g.neg(args[0]) if len(args) == 1 else g.sub(*_two(args))


def _fold(op: Op, empty: float | None = None) -> Callable[[Graph, Nodes], int]:
    def folded(g: Graph, args: Nodes) -> int:
        if not args:
            if empty is None:
                raise ArgumentsError
            return g.const(empty)
        total = args[0]
        for other in args[1:]:
            total = g.node(op, total, other)
        return total

    return folded


def truth(g: Graph, node: int) -> int:
    """Return a node that is 1.0 where ``node`` counts as true, and 0.0 elsewhere."""
    return node if g.is_truth(node) else g.node(Op.NE, node, g.const(0.0))


def _logical(op: Op, empty: float) -> Callable[[Graph, Nodes], int]:
    fold = _fold(op, empty)
    return lambda g, args: fold(g, [truth(g, a) for a in args])


def _chain(op: Op, *, swap: bool = False) -> Callable[[Graph, Nodes], int]:
    """Compare neighbours: a < b < c is (a < b) and (b < c)."""

    def chained(g: Graph, args: Nodes) -> int:
        tests = [g.node(op, b, a) if swap else g.node(op, a, b) for a, b in pairwise(args)]
        return _fold(Op.AND, 1.0)(g, tests)

    return chained


def _implies(g: Graph, args: Nodes) -> int:
    a, b = _two(args)
    return g.node(Op.OR, g.node(Op.NOT, truth(g, a)), truth(g, b))


def _log(g: Graph, args: Nodes) -> int:
    base, x = (g.const(10.0), args[0]) if len(args) == 1 else _two(args)
    return g.div(g.node(Op.LOG, x), g.node(Op.LOG, base))


def _root(g: Graph, args: Nodes) -> int:
    degree, x = (g.const(2.0), args[0]) if len(args) == 1 else _two(args)
    if g.constant(degree) == 2.0:
        return g.node(Op.SQRT, x)
    return g.pow(x, g.div(g.const(1.0), degree))


def _quotient(g: Graph, args: Nodes) -> int:
    # MathML: the quotient is truncated towards zero, so that -5 / 3 is -1 and its remainder -2.
    ratio = g.div(*_two(args))
    negative = g.node(Op.LT, ratio, g.const(0.0))
    return g.select(negative, g.node(Op.CEIL, ratio), g.node(Op.FLOOR, ratio))


def _remainder(g: Graph, args: Nodes) -> int:
    a, b = _two(args)
    return g.sub(a, g.mul(b, _quotient(g, args)))


def _factorial(g: Graph, args: Nodes) -> int:
    x = _one(args)
    value = g.const(math.nan)
    for n in range(_LARGEST_FACTORIAL, -1, -1):
        value = g.select(g.node(Op.EQ, x, g.const(n)), g.const(float(math.factorial(n))), value)
    return value


def _piecewise(g: Graph, args: Nodes) -> int:
    value = args[-1] if len(args) % 2 else g.const(math.nan)
    for k in range(2 * (len(args) // 2) - 2, -1, -2):
        value = g.select(truth(g, args[k + 1]), args[k], value)
    return value


# MathML operator -> how it is built; the meaning is that of SBML Level 3 Version 2, section 3.4.
OPERATORS: Mapping[int, Callable[[Graph, Nodes], int]] = {
    libsbml.AST_PLUS: _fold(Op.ADD, 0.0),
    libsbml.AST_TIMES: _fold(Op.MUL, 1.0),
    libsbml.AST_MINUS: _minus,
    libsbml.AST_DIVIDE: lambda g, a: g.div(*_two(a)),
    libsbml.AST_POWER: lambda g, a: g.pow(*_two(a)),
    libsbml.AST_FUNCTION_POWER: lambda g, a: g.pow(*_two(a)),
    libsbml.AST_FUNCTION_ABS: _function(Op.ABS),
    libsbml.AST_FUNCTION_CEILING: _function(Op.CEIL),
    libsbml.AST_FUNCTION_FLOOR: _function(Op.FLOOR),
    libsbml.AST_FUNCTION_EXP: _function(Op.EXP),
    libsbml.AST_FUNCTION_LN: _function(Op.LOG),
    libsbml.AST_FUNCTION_LOG: _log,
    libsbml.AST_FUNCTION_ROOT: _root,
    libsbml.AST_FUNCTION_FACTORIAL: _factorial,
    libsbml.AST_FUNCTION_PIECEWISE: _piecewise,
    libsbml.AST_FUNCTION_MIN: _fold(Op.MIN),
    libsbml.AST_FUNCTION_MAX: _fold(Op.MAX),
    libsbml.AST_FUNCTION_QUOTIENT: _quotient,
    libsbml.AST_FUNCTION_REM: _remainder,
    libsbml.AST_FUNCTION_SIN: _function(Op.SIN),
    libsbml.AST_FUNCTION_COS: _function(Op.COS),
    libsbml.AST_FUNCTION_TAN: _function(Op.TAN),
    libsbml.AST_FUNCTION_SEC: _inverted(Op.COS),
    libsbml.AST_FUNCTION_CSC: _inverted(Op.SIN),
    libsbml.AST_FUNCTION_COT: _inverted(Op.TAN),
    libsbml.AST_FUNCTION_SINH: _function(Op.SINH),
    libsbml.AST_FUNCTION_COSH: _function(Op.COSH),
    libsbml.AST_FUNCTION_TANH: _function(Op.TANH),
    libsbml.AST_FUNCTION_SECH: _inverted(Op.COSH),
    libsbml.AST_FUNCTION_CSCH: _inverted(Op.SINH),
    libsbml.AST_FUNCTION_COTH: _inverted(Op.TANH),
    libsbml.AST_FUNCTION_ARCSIN: _function(Op.ASIN),
    libsbml.AST_FUNCTION_ARCCOS: _function(Op.ACOS),
    libsbml.AST_FUNCTION_ARCTAN: _function(Op.ATAN),
    libsbml.AST_FUNCTION_ARCSEC: _of_inverse(Op.ACOS),
    libsbml.AST_FUNCTION_ARCCSC: _of_inverse(Op.ASIN),
    libsbml.AST_FUNCTION_ARCCOT: _of_inverse(Op.ATAN),
    libsbml.AST_FUNCTION_ARCSINH: _function(Op.ASINH),
    libsbml.AST_FUNCTION_ARCCOSH: _function(Op.ACOSH),
    libsbml.AST_FUNCTION_ARCTANH: _function(Op.ATANH),
    libsbml.AST_FUNCTION_ARCSECH: _of_inverse(Op.ACOSH),
    libsbml.AST_FUNCTION_ARCCSCH: _of_inverse(Op.ASINH),
    libsbml.AST_FUNCTION_ARCCOTH: _of_inverse(Op.ATANH),
    libsbml.AST_RELATIONAL_EQ: _chain(Op.EQ),
    libsbml.AST_RELATIONAL_NEQ: lambda g, a: g.node(Op.NE, *_two(a)),
    libsbml.AST_RELATIONAL_LT: _chain(Op.LT),
    libsbml.AST_RELATIONAL_LEQ: _chain(Op.LE),
    libsbml.AST_RELATIONAL_GT: _chain(Op.LT, swap=True),
    libsbml.AST_RELATIONAL_GEQ: _chain(Op.LE, swap=True),
    libsbml.AST_LOGICAL_AND: _logical(Op.AND, 1.0),
    libsbml.AST_LOGICAL_OR: _logical(Op.OR, 0.0),
    libsbml.AST_LOGICAL_XOR: _logical(Op.NE, 0.0),
    libsbml.AST_LOGICAL_NOT: lambda g, a: g.node(Op.NOT, truth(g, _one(a))),
    libsbml.AST_LOGICAL_IMPLIES: _implies,
}
CONSTANTS: Mapping[int, float] = {
    libsbml.AST_CONSTANT_E: math.e,
    libsbml.AST_CONSTANT_PI: math.pi,
    libsbml.AST_CONSTANT_TRUE: 1.0,
    libsbml.AST_CONSTANT_FALSE: 0.0,
    # the value that SBML Level 3 Version 2 gives in section 3.4.6
    libsbml.AST_NAME_AVOGADRO: 6.02214179e23,
}
