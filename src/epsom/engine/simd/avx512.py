"""Exponential, logarithm and reciprocal with AVX-512's look-up and exponent instructions.

A table of 16 values shortens the polynomials: exp reduces its argument to |r| <= ln(2)/32, log its
mantissa to -1/32 <= r <= 1/16. Vectors are 8 doubles or 16 numbers of single precision.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from epsom.engine.simd.formats import FORMATS, Coefficients
from epsom.engine.simd.ir import Function
from epsom.engine.simd.vectors import rounded

_LOG2_E = 1.4426950408889634
_LN2 = 0.6931471805599453
_POWERS = tuple(2.0 ** (j / 16) for j in range(16))
_WIDTH = 512


def serves(f: Function) -> bool:
    """Tell whether these functions suit the processor and what vectors hold."""
    return f.module.target.avx512 and f.kind.lanes * f.kind.bits == _WIDTH


def _centres() -> tuple[float, ...]:
    """Return reciprocals of the middles of 16 intervals from 0.75 to 1.5, and 1 for those beside 1.

    They are numbers of single precision, so that both kinds of number hold them exactly.
    """
    above = [rounded(1.0 / (1.0 + (j + 0.5) / 16)) for j in range(8)]  # leading mantissa bits 0000 to 0111
    below = [rounded(1.0 / (0.5 + (j + 0.5) / 32)) for j in range(8, 16)]  # 1000 to 1111, an exponent lower
    return (1.0, *above[1:], *below[:-1], 1.0)


_CENTRES = _centres()
_LOGS = tuple(-math.log(c) for c in _CENTRES)


def _call(f: Function, name: str, arguments: Sequence[tuple[str, str]]) -> str:
    kind = f.kind.vector
    full = f"llvm.x86.avx512.{name}"
    f.module.declare(full, f"{kind} ({', '.join(k for k, _ in arguments)})")
    return f.let(f"call {kind} @{full}({', '.join(f'{k} {a}' for k, a in arguments)})")


def _typed(f: Function, name: str) -> str:
    """Return the name of an instruction for what vectors hold."""
    return f"{name}.{'pd' if f.kind.name == 'double' else 'ps'}.{_WIDTH}"


def _masked(f: Function, name: str, *arguments: tuple[str, str]) -> str:
    rest = ((f.kind.vector, "zeroinitializer"), (f"i{f.kind.lanes}", "-1"), ("i32", "4"))
    return _call(f, _typed(f, f"mask.{name}"), (*arguments, *rest))


def _polynomial(f: Function, r: str, square: str, coefficients: Coefficients) -> str:
    """Evaluate by even and odd parts: two chains that the processor can overlap."""
    halves = []
    for part in (coefficients[0::2], coefficients[1::2]):
        total = f.const(part[-1])
        for c in reversed(part[:-1]):
            total = f.fma(total, square, f.const(c))
        halves.append(total)
    return f.fma(halves[1], r, halves[0])


def _look_up(f: Function, table: Sequence[float], index: str) -> str:
    """Return the entry that the four lowest bits of each index name."""
    kind, integers = f.kind.vector, f.kind.integers
    if f.kind.name == "float":
        return _call(f, "permvar.sf.512", ((kind, f.vector(table)), (integers, index)))
    low, high = f.vector(table[:8]), f.vector(table[8:])
    return _call(f, _typed(f, "vpermi2var"), ((kind, low), (integers, index), (kind, high)))


def exp(f: Function, x: str) -> str:
    """Return e^x."""
    kind, form = f.kind.vector, FORMATS[f.kind.name]
    low, high = f.const(form.exp_low), f.const(form.exp_high)
    x = f.select(f.compare("ogt", low, x), low, x)
    x = f.select(f.compare("olt", high, x), high, x)
    magic = f.const(1.5 * 2.0 ** (form.mantissa - 4))  # adding it rounds to sixteenths, in the lowest bits
    shifted = f.fma(x, f.const(_LOG2_E), magic)
    n = f.exact_sub(shifted, magic)
    r = f.fma(n, f.const(-form.ln2_high), x)
    r = f.fma(n, f.const(-form.ln2_low), r)
    square = f.mul(r, r)
    p = f.fma(square, _polynomial(f, r, square, form.short_exp), r)
    power = _look_up(f, _POWERS, f.as_integers(shifted))
    return _masked(f, "scalef", (kind, f.fma(power, p, power)), (kind, n))


def log(f: Function, x: str, *, magnitude: bool) -> str:
    """Return log x, or log |x|; minus infinity at 0."""
    kind, form = f.kind.vector, FORMATS[f.kind.name]
    exponent = _masked(f, "getexp", (kind, x))
    # bits 1 and 0: mantissa from 0.75 to 1.5; bits 3 and 2: take |x|, or give NaN below zero
    control = 0b0111 if magnitude else 0b1011
    mantissa = _masked(f, "getmant", (kind, x), ("i32", str(control)))
    halved = f.compare("olt", mantissa, f.const(1.0))
    exponent = f.select(halved, f.add(exponent, f.const(1.0)), exponent)
    index = f.integer_op("lshr", f.as_integers(mantissa), f.integer(form.mantissa - 4))
    r = f.fma(mantissa, _look_up(f, _CENTRES, index), f.const(-1.0))
    square = f.mul(r, r)
    tail = f.fma(square, _polynomial(f, r, square, form.short_log), r)
    return f.add(f.fma(exponent, f.const(_LN2), _look_up(f, _LOGS, index)), tail)


def reciprocal(f: Function, x: str) -> str:
    """Return 1/x from the processor's 14-bit estimate by Newton steps: two, or one in single precision."""
    kind = f.kind.vector
    empty = ((kind, "zeroinitializer"), (f"i{f.kind.lanes}", "-1"))
    r = _call(f, _typed(f, "rcp14"), ((kind, x), *empty))
    opposite = f.neg(x)
    error = f.fma(opposite, r, f.const(1.0))
    better = f.fma(r, error, r)
    if f.kind.name == "double":
        better = f.fma(better, f.fma(opposite, better, f.const(1.0)), better)
    # where x is 0 or infinite the estimate is the answer, and its error is NaN
    return f.select(f.compare("ord", error, error), better, r)
