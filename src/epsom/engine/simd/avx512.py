"""Exponential, logarithm and reciprocal for 8 lanes, with AVX-512's look-up and exponent instructions.

A table of 16 values shortens the polynomials: exp reduces its argument to |r| <= ln(2)/32, log its
mantissa to -1/32 <= r <= 1/16. Polynomials are minimax fits (Remez exchange in 200-bit arithmetic) with
errors of 2^-56 relative to the function.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from epsom.engine.simd.ir import Function

_LOG2_E = 1.4426950408889634
_LN2 = 0.6931471805599453
_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # 33 bits, so that its products here are exact
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_EXP_LOW, _EXP_HIGH = -746.0, 710.0  # exp is 0 below and infinite above
_MAGIC = 1.5 * 2.0**48  # adding it rounds to sixteenths, held in the lowest bits
# exp(r) = 1 + r + r^2 q(r)
_EXP = (
    0.5000000000000006, 0.16666666664326557, 0.04166666665936538, 0.008333474709012864,
    0.001388913391880128,
)  # fmt: skip
# log(1+r) = r + r^2 q(r)
_LOG = (
    -0.5000000000000002, 0.3333333333334755, -0.2499999999986093, 0.19999999927801662,
    -0.16666666160160334, 0.14285819841892294, -0.12501869623423148, 0.11071430609888727,
    -0.08745033203523407,
)  # fmt: skip
_POWERS = tuple(2.0 ** (j / 16) for j in range(16))


def _centres() -> tuple[float, ...]:
    """Return reciprocals of the middles of 16 intervals from 0.75 to 1.5, and 1 for those beside 1."""
    above = [1.0 / (1.0 + (j + 0.5) / 16) for j in range(8)]  # the leading mantissa bits 0000 to 0111
    below = [1.0 / (0.5 + (j + 0.5) / 32) for j in range(8, 16)]  # 1000 to 1111, one exponent lower
    return (1.0, *above[1:], *below[:-1], 1.0)


_CENTRES = _centres()
_LOGS = tuple(-math.log(c) for c in _CENTRES)


def _call(f: Function, name: str, arguments: Sequence[tuple[str, str]]) -> str:
    kind = f.module.vector
    full = f"llvm.x86.avx512.{name}.pd.512"
    f.module.declare(full, f"{kind} ({', '.join(k for k, _ in arguments)})")
    return f.let(f"call {kind} @{full}({', '.join(f'{k} {a}' for k, a in arguments)})")


def _masked(f: Function, name: str, *arguments: tuple[str, str]) -> str:
    rest = ((f.module.vector, "zeroinitializer"), ("i8", "-1"), ("i32", "4"))
    return _call(f, f"mask.{name}", (*arguments, *rest))


def _polynomial(f: Function, r: str, square: str, coefficients: Sequence[float]) -> str:
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
    kind = f.module.vector
    low, high = f.vector(table[:8]), f.vector(table[8:])
    return _call(f, "vpermi2var", ((kind, low), (f.module.integers, index), (kind, high)))


def exp(f: Function, x: str) -> str:
    """Return e^x."""
    kind = f.module.vector
    low, high = f.const(_EXP_LOW), f.const(_EXP_HIGH)
    x = f.select(f.compare("ogt", low, x), low, x)
    x = f.select(f.compare("olt", high, x), high, x)
    shifted = f.fma(x, f.const(_LOG2_E), f.const(_MAGIC))
    n = f.exact_sub(shifted, f.const(_MAGIC))
    r = f.fma(n, f.const(-_LN2_HIGH), x)
    r = f.fma(n, f.const(-_LN2_LOW), r)
    square = f.mul(r, r)
    p = f.fma(square, _polynomial(f, r, square, _EXP), r)
    power = _look_up(f, _POWERS, f.as_integers(shifted))
    return _masked(f, "scalef", (kind, f.fma(power, p, power)), (kind, n))


def log(f: Function, x: str, *, magnitude: bool) -> str:
    """Return log x, or log |x|; minus infinity at 0."""
    kind = f.module.vector
    exponent = _masked(f, "getexp", (kind, x))
    # bits 1 and 0: mantissa from 0.75 to 1.5; bits 3 and 2: take |x|, or give NaN below zero
    control = 0b0111 if magnitude else 0b1011
    mantissa = _masked(f, "getmant", (kind, x), ("i32", str(control)))
    halved = f.compare("olt", mantissa, f.const(1.0))
    exponent = f.select(halved, f.add(exponent, f.const(1.0)), exponent)
    index = f.integer_op("lshr", f.as_integers(mantissa), f.integer(48))
    r = f.fma(mantissa, _look_up(f, _CENTRES, index), f.const(-1.0))
    square = f.mul(r, r)
    tail = f.fma(square, _polynomial(f, r, square, _LOG), r)
    return f.add(f.fma(exponent, f.const(_LN2), _look_up(f, _LOGS, index)), tail)


def reciprocal(f: Function, x: str) -> str:
    """Return 1/x from the processor's 14-bit estimate by two Newton steps."""
    kind = f.module.vector
    r = _call(f, "rcp14", ((kind, x), (kind, "zeroinitializer"), ("i8", "-1")))
    opposite = f.neg(x)
    error = f.fma(opposite, r, f.const(1.0))
    better = f.fma(r, error, r)
    best = f.fma(better, f.fma(opposite, better, f.const(1.0)), better)
    # where x is 0 or infinite the estimate is the answer, and its error is NaN
    return f.select(f.compare("ord", error, error), best, r)
