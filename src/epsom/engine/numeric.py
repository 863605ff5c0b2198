"""What each operation does to NumPy arrays: the one definition that every other path is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from epsom.engine.ops import Op


def _truth(value: Any) -> Any:
    return np.where(value, 1.0, 0.0)


# Functions by name, so that what holds one can go to another process.
def _less(a: Any, b: Any) -> Any:
    return _truth(a < b)


def _at_most(a: Any, b: Any) -> Any:
    return _truth(a <= b)


def _equal(a: Any, b: Any) -> Any:
    return _truth(a == b)


def _unequal(a: Any, b: Any) -> Any:
    return _truth(a != b)


def _both(a: Any, b: Any) -> Any:
    return _truth((a != 0) & (b != 0))


def _either(a: Any, b: Any) -> Any:
    return _truth((a != 0) | (b != 0))


def _not(a: Any) -> Any:
    return _truth(a == 0)


def _select(condition: Any, yes: Any, no: Any) -> Any:
    return np.where(condition != 0, yes, no)


# IEEE 754 arithmetic throughout: faults become NaN or infinity, comparisons with NaN are false.
FUNCTIONS: Mapping[Op, Callable[..., Any]] = {
    Op.ADD: np.add,
    Op.SUB: np.subtract,
    Op.MUL: np.multiply,
    Op.DIV: np.divide,
    Op.POW: np.power,
    Op.NEG: np.negative,
    Op.MIN: np.minimum,
    Op.MAX: np.maximum,
    Op.EXP: np.exp,
    Op.LOG: np.log,
    Op.SQRT: np.sqrt,
    Op.ABS: np.abs,
    Op.FLOOR: np.floor,
    Op.CEIL: np.ceil,
    Op.SIN: np.sin,
    Op.COS: np.cos,
    Op.TAN: np.tan,
    Op.ASIN: np.arcsin,
    Op.ACOS: np.arccos,
    Op.ATAN: np.arctan,
    Op.SINH: np.sinh,
    Op.COSH: np.cosh,
    Op.TANH: np.tanh,
    Op.ASINH: np.arcsinh,
    Op.ACOSH: np.arccosh,
    Op.ATANH: np.arctanh,
    Op.LT: _less,
    Op.LE: _at_most,
    Op.EQ: _equal,
    Op.NE: _unequal,
    Op.AND: _both,
    Op.OR: _either,
    Op.NOT: _not,
    Op.SELECT: _select,
}


def apply(op: Op, *arguments: Any) -> Any:
    """Compute one operation on arrays or numbers in IEEE 754 arithmetic, without warnings.

    Examples
    --------
    >>> float(apply(Op.DIV, 1.0, 0.0))
    inf
    """
    with np.errstate(all="ignore"):
        return FUNCTIONS[op](*(np.asarray(a, dtype=np.float64) for a in arguments))
