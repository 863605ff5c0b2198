"""Exponential, logarithm, power and reciprocal on vectors, from plain arithmetic.

Polynomials are minimax fits (Remez exchange in 200-bit arithmetic) with errors of 2^-58 (exp) and
2^-56 (log), relative to the term that they correct. Where the processor has AVX-512 the functions of
`avx512` take their place. Errors, held by `tests/engine/simd/test_vector_math.py`: exp below 1.1 ulp,
log below 2 ulp, reciprocal below 1 ulp.
"""

from __future__ import annotations

from epsom.engine.simd import avx512
from epsom.engine.simd.ir import Function

_MAGIC = 1.5 * 2.0**52  # adding it rounds a small number to an integer, held in the lowest bits
_LOG2_E = 1.4426950408889634
_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # 33 bits, so that n * _LN2_HIGH is exact
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
# Outside this range exp is 0 or infinite; the bounds keep the exponent arithmetic in range.
_EXP_LOW, _EXP_HIGH = -746.0, 710.0
# exp(r) = 1 + r + r^2 q(r) on |r| <= ln(2)/2
_EXP = (
    0.5000000000000013, 0.166666666666667, 0.04166666666651432, 0.008333333333307028,
    0.0013888888947330839, 0.00019841269917766753, 2.480148959095654e-05, 2.755721595842778e-06,
    2.763141365878929e-07, 2.5117969684469478e-08,
)  # fmt: skip
# log((1+s)/(1-s)) = 2 s + s z p(z), z = s^2, for arguments from 0.75 to 1.5
_LOG = (
    0.6666666666667282, 0.39999999996102226, 0.2857142940595217, 0.22222137631014408,
    0.18186391713457728, 0.15249475550134542, 0.15373735693362384,
)  # fmt: skip
_LOG_BASE = 0.75
_SMALLEST_NORMAL = 2.0**-1022
_BIAS = 1023


def _polynomial(f: Function, x: str, coefficients: tuple[float, ...]) -> str:
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
    if f.module.target.avx512:
        return avx512.exp(f, x)
    low, high = f.const(_EXP_LOW), f.const(_EXP_HIGH)
    x = f.select(f.compare("ogt", low, x), low, x)
    x = f.select(f.compare("olt", high, x), high, x)
    shifted = f.fma(x, f.const(_LOG2_E), f.const(_MAGIC))
    n = f.exact_sub(shifted, f.const(_MAGIC))
    r = f.fma(n, f.const(-_LN2_HIGH), x)
    r = f.fma(n, f.const(-_LN2_LOW), r)
    q = _polynomial(f, r, _EXP)
    p = f.add(f.fma(q, f.mul(r, r), r), f.const(1.0))
    return _scale(f, p, shifted)


def _scale(f: Function, p: str, shifted: str) -> str:
    """Multiply by 2^n in two steps, so that results near the ends of the range come out right."""
    offset = 4 * _BIAS  # even and large enough to keep the sum positive
    lowest_bits = 0x4338000000000000  # of _MAGIC
    n = f.integer_op("sub", f.as_integers(shifted), f.integer(lowest_bits - offset))
    half = f.integer_op("lshr", n, f.integer(1))
    rest = f.integer_op("sub", n, half)
    for part in (half, rest):
        biased = f.integer_op("sub", part, f.integer(offset // 2 - _BIAS))
        p = f.let(f"fmul {f.module.vector} {p}, {f.as_doubles(f.integer_op('shl', biased, f.integer(52)))}")
    return p


def reciprocal(f: Function, x: str) -> str:
    """Return 1/x, with 1/0 infinite and 1/infinity zero."""
    if f.module.target.avx512:
        return avx512.reciprocal(f, x)
    return f.let(f"fdiv {f.module.vector} {f.const(1.0)}, {x}")


def _split(f: Function, x: str) -> tuple[str, str]:
    """Return exponent e and mantissa m from 0.75 to 1.5, with x = m 2^e, for x > 0."""
    tiny = f.compare("olt", x, f.const(_SMALLEST_NORMAL))
    x = f.select(tiny, f.mul(x, f.const(2.0**54)), x)
    extra = f.select(tiny, f.const(-54.0), f.const(0.0))
    bits = f.as_integers(x)
    base = 0x3FE8000000000000  # of _LOG_BASE
    exponent = f.integer_op("ashr", f.integer_op("sub", bits, f.integer(base)), f.integer(52))
    mantissa = f.integer_op("sub", bits, f.integer_op("shl", exponent, f.integer(52)))
    number = f.let(f"sitofp {f.module.integers} {exponent} to {f.module.vector}")
    return f.add(number, extra), f.as_doubles(mantissa)


def _log_of(f: Function, e: str, m: str) -> str:
    """Return log(m 2^e): fdlibm's arrangement, which keeps the leading terms exact."""
    excess = f.exact_sub(m, f.const(1.0))
    s = f.mul(excess, reciprocal(f, f.add(excess, f.const(2.0))))
    z = f.mul(s, s)
    tail = f.mul(z, _polynomial(f, z, _LOG))
    half_square = f.mul(f.mul(excess, f.const(0.5)), excess)
    inner = f.fma(s, f.add(half_square, tail), f.mul(e, f.const(_LN2_LOW)))
    return f.fma(e, f.const(_LN2_HIGH), f.sub(excess, f.sub(half_square, inner)))


def log(f: Function, x: str) -> str:
    """Return the natural logarithm; minus infinity at 0 and NaN below, so that such a stage is rejected."""
    if f.module.target.avx512:
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
    wide = f.module.target.avx512
    value = avx512.log(f, x, magnitude=True) if wide else log(f, f.intrinsic("fabs", x))
    return f.select(f.compare("oeq", x, zero), f.const(-1e300), value)
