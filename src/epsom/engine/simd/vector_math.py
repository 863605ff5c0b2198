"""Exponential, logarithm, power and reciprocal on vectors, from plain arithmetic.

Where the processor has AVX-512 the functions of `avx512` take their place. Errors, held by
`tests/engine/simd/test_vector_math.py`, in doubles and in single precision: exp below 1.1 ulp, log below
2 ulp, reciprocal below 1 ulp. The coefficients are in `formats`.
"""

from __future__ import annotations

import struct

from epsom.engine.simd import avx512
from epsom.engine.simd.formats import FORMATS, Coefficients, Format
from epsom.engine.simd.ir import Function

_LOG2_E = 1.4426950408889634
_LOG_BASE = 0.75


def _format(f: Function) -> Format:
    return FORMATS[f.kind.name]


def _bits(f: Function, value: float) -> int:
    """Return the integer that has the same bits as a number."""
    number, integer = ("<d", "<q") if f.kind.name == "double" else ("<f", "<i")
    return int(struct.unpack(integer, struct.pack(number, value))[0])


def _polynomial(f: Function, x: str, coefficients: Coefficients) -> str:
    """Evaluate by even and odd parts: two chains that the processor can overlap."""
    square = f.mul(x, x)
    halves = []
    for part in (coefficients[0::2], coefficients[1::2]):
        total = f.const(part[-1])
        for c in reversed(part[:-1]):
            total = f.fma(total, square, f.const(c))
        halves.append(total)
    return f.fma(halves[1], x, halves[0])


def exp(f: Function, x: str) -> str:
    """Return e^x; 0 and infinity beyond the range, NaN for NaN."""
    if avx512.serves(f):
        return avx512.exp(f, x)
    form = _format(f)
    low, high = f.const(form.exp_low), f.const(form.exp_high)
    x = f.select(f.compare("ogt", low, x), low, x)
    x = f.select(f.compare("olt", high, x), high, x)
    magic = 1.5 * 2.0**form.mantissa  # adding it rounds to an integer, held in the lowest bits
    shifted = f.fma(x, f.const(_LOG2_E), f.const(magic))
    n = f.exact_sub(shifted, f.const(magic))
    r = f.fma(n, f.const(-form.ln2_high), x)
    r = f.fma(n, f.const(-form.ln2_low), r)
    q = _polynomial(f, r, form.exp)
    p = f.add(f.fma(q, f.mul(r, r), r), f.const(1.0))
    return _scale(f, p, shifted, magic)


def _scale(f: Function, p: str, shifted: str, magic: float) -> str:
    """Multiply by 2^n in two steps, so that results near the ends of the range come out right."""
    form = _format(f)
    offset = 4 * form.bias  # even and large enough to keep the sum positive
    n = f.integer_op("sub", f.as_integers(shifted), f.integer(_bits(f, magic) - offset))
    half = f.integer_op("lshr", n, f.integer(1))
    rest = f.integer_op("sub", n, half)
    for part in (half, rest):
        biased = f.integer_op("sub", part, f.integer(offset // 2 - form.bias))
        power = f.as_numbers(f.integer_op("shl", biased, f.integer(form.mantissa)))
        p = f.let(f"fmul {f.kind.vector} {p}, {power}")
    return p


def reciprocal(f: Function, x: str) -> str:
    """Return 1/x, with 1/0 infinite and 1/infinity zero."""
    if avx512.serves(f):
        return avx512.reciprocal(f, x)
    return f.let(f"fdiv {f.kind.vector} {f.const(1.0)}, {x}")


def _split(f: Function, x: str) -> tuple[str, str]:
    """Return exponent e and mantissa m from 0.75 to 1.5, with x = m 2^e, for x > 0."""
    form = _format(f)
    shift = form.mantissa + 2
    tiny = f.compare("olt", x, f.const(2.0 ** (1 - form.bias)))
    x = f.select(tiny, f.mul(x, f.const(2.0**shift)), x)
    extra = f.select(tiny, f.const(-float(shift)), f.const(0.0))
    bits = f.as_integers(x)
    above = f.integer_op("sub", bits, f.integer(_bits(f, _LOG_BASE)))
    exponent = f.integer_op("ashr", above, f.integer(form.mantissa))
    mantissa = f.integer_op("sub", bits, f.integer_op("shl", exponent, f.integer(form.mantissa)))
    number = f.let(f"sitofp {f.kind.integers} {exponent} to {f.kind.vector}")
    return f.add(number, extra), f.as_numbers(mantissa)


def _log_of(f: Function, e: str, m: str) -> str:
    """Return log(m 2^e): fdlibm's arrangement, which keeps the leading terms exact."""
    form = _format(f)
    excess = f.exact_sub(m, f.const(1.0))
    s = f.mul(excess, reciprocal(f, f.add(excess, f.const(2.0))))
    z = f.mul(s, s)
    tail = f.mul(z, _polynomial(f, z, form.log))
    half_square = f.mul(f.mul(excess, f.const(0.5)), excess)
    inner = f.fma(s, f.add(half_square, tail), f.mul(e, f.const(form.ln2_low)))
    return f.fma(e, f.const(form.ln2_high), f.sub(excess, f.sub(half_square, inner)))


def log(f: Function, x: str) -> str:
    """Return the natural logarithm; minus infinity at 0 and NaN below, so that such a stage is rejected."""
    if avx512.serves(f):
        return avx512.log(f, x, magnitude=False)
    value = _log_of(f, *_split(f, x))
    zero = f.const(0.0)
    value = f.select(f.compare("ogt", x, zero), value, f.const(float("nan")))
    value = f.select(f.compare("oeq", x, zero), f.const(float("-inf")), value)
    infinite = f.const(float("inf"))
    return f.select(f.compare("oeq", x, infinite), infinite, value)


def log_magnitude(f: Function, x: str) -> str:
    """Return log |x| for powers: a huge negative number at 0 instead of infinity, so that 0^0 is 1."""
    zero = f.const(0.0)
    wide = avx512.serves(f)
    value = avx512.log(f, x, magnitude=True) if wide else log(f, f.intrinsic("fabs", x))
    return f.select(f.compare("oeq", x, zero), f.const(-_format(f).huge), value)
