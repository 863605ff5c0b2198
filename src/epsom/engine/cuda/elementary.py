"""Sines, tangents and their kin from plain arithmetic: a GPU has no C library.

Series are Taylor's, with so many terms that what is left out is below 2^-58 of the result; the identities
are those of Abramowitz and Stegun (1964), chapter 4. Errors, held by `tests/engine/cuda/test_elementary.py`:
at most 5 units in the last place (sines of angles up to 1e5); sines of angles beyond 2^50 are NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial

from epsom.engine.simd import vector_math
from epsom.engine.simd.ir import Function

# pi/2 as a sum of three doubles
_HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33)
_MAGIC = 1.5 * 2.0**52  # adding it rounds to an integer, held in the lowest bits
_LARGEST_ANGLE = 2.0**50  # beyond it a double no longer tells the quarter turn
_LARGE = 1e8  # x^2 + 1 is x^2 to the last bit
_LN2 = 0.6931471805599453
_FLAT = 20.0  # tanh is 1 to the last bit

_SIN = tuple((-1.0) ** k / factorial(2 * k + 1) for k in range(1, 10))
_COS = tuple((-1.0) ** k / factorial(2 * k) for k in range(1, 10))
_SINH = tuple(1.0 / factorial(2 * k + 1) for k in range(1, 11))
_ATAN = tuple((-1.0) ** k / (2 * k + 1) for k in range(1, 13))


def _series(f: Function, z: str, coefficients: Sequence[float]) -> str:
    """Return c1 z + c2 z^2 + ..."""
    total = f.const(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = f.fma(total, z, f.const(c))
    return f.mul(total, z)


def _divide(f: Function, a: str, b: str) -> str:
    return f.let(f"fdiv {f.kind.vector} {a}, {b}")


def _root(f: Function, a: str) -> str:
    return f.intrinsic("sqrt", a)


def _size(f: Function, a: str) -> str:
    return f.intrinsic("fabs", a)


def _with_sign(f: Function, size: str, x: str) -> str:
    """Return ``size`` with the sign of x, also of a zero."""
    return f.intrinsic("copysign", size, x)


def _turn(f: Function, x: str) -> tuple[str, str, str]:
    """Return the sine and cosine of x less the nearest number of quarter turns, and that number's bits."""
    inside = f.compare("ole", _size(f, x), f.const(_LARGEST_ANGLE))
    x = f.select(inside, x, f.const(float("nan")))
    shifted = f.fma(x, f.const(1.0 / _HALF_PI[0]), f.const(_MAGIC))
    n = f.neg(f.exact_sub(shifted, f.const(_MAGIC)))
    r = x
    for part in _HALF_PI:
        r = f.fma(n, f.const(part), r)
    z = f.mul(r, r)
    sine = f.fma(_series(f, z, _SIN), r, r)
    cosine = f.add(_series(f, z, _COS), f.const(1.0))
    return sine, cosine, f.as_integers(shifted)


def _back(f: Function, value: str, quarter: str) -> str:
    """Return ``value``, negative after two or three quarter turns."""
    return f.select(f.nonzero(f.integer_op("and", quarter, f.integer(2))), f.neg(value), value)


def sin(f: Function, x: str) -> str:
    """Return sin x; NaN beyond 2^50."""
    sine, cosine, quarter = _turn(f, x)
    odd = f.nonzero(f.integer_op("and", quarter, f.integer(1)))
    return _back(f, f.select(odd, cosine, sine), quarter)


def cos(f: Function, x: str) -> str:
    """Return cos x; NaN beyond 2^50."""
    sine, cosine, quarter = _turn(f, x)
    odd = f.nonzero(f.integer_op("and", quarter, f.integer(1)))
    return _back(f, f.select(odd, sine, cosine), f.integer_op("add", quarter, f.integer(1)))


def tan(f: Function, x: str) -> str:
    """Return tan x; NaN beyond 2^50."""
    sine, cosine, quarter = _turn(f, x)
    odd = f.nonzero(f.integer_op("and", quarter, f.integer(1)))
    return _divide(f, f.select(odd, f.neg(cosine), sine), f.select(odd, sine, cosine))


def atan(f: Function, x: str) -> str:
    """Return the angle of a tangent, from halving it twice: tan(a/2) = t / (1 + sqrt(1 + t^2))."""
    size = _size(f, x)
    one = f.const(1.0)
    steep = f.compare("ogt", size, one)
    t = f.select(steep, _divide(f, one, size), size)
    for _ in range(2):
        t = _divide(f, t, f.add(_root(f, f.fma(t, t, one)), one))
    angle = f.mul(f.fma(_series(f, f.mul(t, t), _ATAN), t, t), f.const(4.0))
    rest = f.add(f.exact_sub(f.const(_HALF_PI[0]), angle), f.const(_HALF_PI[1]))
    return _with_sign(f, f.select(steep, rest, angle), x)


def asin(f: Function, x: str) -> str:
    """Return the angle of a sine; NaN beyond 1."""
    one = f.const(1.0)
    adjacent = _root(f, f.mul(f.exact_sub(one, x), f.add(one, x)))
    return atan(f, _divide(f, x, adjacent))


def acos(f: Function, x: str) -> str:
    """Return the angle of a cosine; NaN beyond 1."""
    one = f.const(1.0)
    half = _root(f, _divide(f, f.exact_sub(one, x), f.add(one, x)))
    return f.mul(atan(f, half), f.const(2.0))


def _exponentials(f: Function, size: str) -> tuple[str, str]:
    """Return e^x / 2 and e^-x / 2, the first by way of e^(x/2), which overflows later."""
    half = f.const(0.5)
    root = vector_math.exp(f, f.mul(size, half))
    return f.mul(f.mul(root, half), root), _divide(f, half, f.mul(root, root))


def sinh(f: Function, x: str) -> str:
    """Return the hyperbolic sine."""
    size = _size(f, x)
    up, down = _exponentials(f, size)
    near = f.fma(_series(f, f.mul(x, x), _SINH), size, size)
    value = f.select(f.compare("olt", size, f.const(1.0)), near, f.exact_sub(up, down))
    return _with_sign(f, value, x)


def cosh(f: Function, x: str) -> str:
    """Return the hyperbolic cosine."""
    up, down = _exponentials(f, _size(f, x))
    return f.add(up, down)


def tanh(f: Function, x: str) -> str:
    """Return the hyperbolic tangent."""
    flat = f.const(_FLAT)
    inside = f.select(f.compare("ogt", x, flat), flat, x)
    inside = f.select(f.compare("olt", x, f.neg(flat)), f.neg(flat), inside)
    return _divide(f, sinh(f, inside), cosh(f, inside))


def _log_of_one_plus(f: Function, u: str) -> str:
    """Return log(1 + u): the logarithm of the rounded sum, mended by what the rounding lost."""
    total = f.let(f"fadd {f.kind.vector} {u}, {f.const(1.0)}")
    excess = f.exact_sub(total, f.const(1.0))
    log = vector_math.log(f, total)
    mended = f.mul(log, _divide(f, u, excess))
    value = f.select(f.compare("oeq", excess, f.const(0.0)), u, mended)
    infinite = f.const(float("inf"))
    return f.select(f.compare("oeq", total, infinite), infinite, value)


def asinh(f: Function, x: str) -> str:
    """Return the inverse of sinh."""
    size = _size(f, x)
    square, one = f.mul(size, size), f.const(1.0)
    tail = _divide(f, square, f.add(_root(f, f.add(square, one)), one))
    near = _log_of_one_plus(f, f.add(size, tail))
    far = f.add(vector_math.log(f, size), f.const(_LN2))
    return _with_sign(f, f.select(f.compare("ogt", size, f.const(_LARGE)), far, near), x)


def acosh(f: Function, x: str) -> str:
    """Return the inverse of cosh; NaN below 1."""
    excess = f.exact_sub(x, f.const(1.0))
    root = _root(f, f.mul(excess, f.add(x, f.const(1.0))))
    near = _log_of_one_plus(f, f.add(excess, root))
    far = f.add(vector_math.log(f, x), f.const(_LN2))
    value = f.select(f.compare("ogt", x, f.const(_LARGE)), far, near)
    return f.select(f.compare("olt", x, f.const(1.0)), f.const(float("nan")), value)


def atanh(f: Function, x: str) -> str:
    """Return the inverse of tanh; NaN beyond 1."""
    size = _size(f, x)
    ratio = _divide(f, f.add(size, size), f.exact_sub(f.const(1.0), size))
    return _with_sign(f, f.mul(_log_of_one_plus(f, ratio), f.const(0.5)), x)


FUNCTIONS: Mapping[str, Callable[[Function, str], str]] = {
    "sin": sin, "cos": cos, "tan": tan, "asin": asin, "acos": acos, "atan": atan, "sinh": sinh,
    "cosh": cosh, "tanh": tanh, "asinh": asinh, "acosh": acosh, "atanh": atanh,
}  # fmt: skip
