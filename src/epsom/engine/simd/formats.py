"""The constants of exponential and logarithm in each kind of number.

Polynomials are minimax fits (Remez exchange in 200-bit arithmetic). Their errors, relative to the function:
2^-58 and 2^-56 in doubles without table, 2^-56 with one; 2^-28 in single precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Coefficients = tuple[float, ...]


@dataclass(frozen=True)
class Format:
    """Hold what the vector functions need to know of a kind of number.

    Attributes
    ----------
    mantissa, bias
        Stored bits of the mantissa, and bias of the exponent.
    exp_low, exp_high
        Below the first exp is 0, above the second infinite.
    ln2_high, ln2_low
        Logarithm of two; the first part is so short that its products with exponents are exact.
    exp
        q in exp(r) = 1 + r + r^2 q(r), |r| <= ln(2)/2.
    log
        p in log((1+s)/(1-s)) = 2 s + s z p(z), z = s^2, for arguments from 0.75 to 1.5.
    short_exp
        q as above for |r| <= ln(2)/32, beside a table.
    short_log
        q in log(1+r) = r + r^2 q(r), -1/32 <= r <= 1/16, beside a table.
    huge
        A number that stands for the magnitude of log 0 in powers; small multiples of it are finite.
    """

    mantissa: int
    bias: int
    exp_low: float
    exp_high: float
    ln2_high: float
    ln2_low: float
    exp: Coefficients
    log: Coefficients
    short_exp: Coefficients
    short_log: Coefficients
    huge: float


_DOUBLE = Format(
    mantissa=52, bias=1023, exp_low=-746.0, exp_high=710.0,
    ln2_high=float.fromhex("0x1.62e42fee00000p-1"),  # 33 bits
    ln2_low=float.fromhex("0x1.a39ef35793c76p-33"),
    exp=(
        0.5000000000000013, 0.166666666666667, 0.04166666666651432, 0.008333333333307028,
        0.0013888888947330839, 0.00019841269917766753, 2.480148959095654e-05, 2.755721595842778e-06,
        2.763141365878929e-07, 2.5117969684469478e-08,
    ),
    log=(
        0.6666666666667282, 0.39999999996102226, 0.2857142940595217, 0.22222137631014408,
        0.18186391713457728, 0.15249475550134542, 0.15373735693362384,
    ),
    short_exp=(
        0.5000000000000006, 0.16666666664326557, 0.04166666665936538, 0.008333474709012864,
        0.001388913391880128,
    ),
    short_log=(
        -0.5000000000000002, 0.3333333333334755, -0.2499999999986093, 0.19999999927801662,
        -0.16666666160160334, 0.14285819841892294, -0.12501869623423148, 0.11071430609888727,
        -0.08745033203523407,
    ),
    huge=1e300,
)  # fmt: skip
_SINGLE = Format(
    mantissa=23, bias=127, exp_low=-104.0, exp_high=89.0,
    ln2_high=float.fromhex("0x1.62e4p-1"),  # 15 bits
    ln2_low=float.fromhex("0x1.7f7d1cf79abcap-20"),
    exp=(
        0.4999999345166932, 0.1666652068925187, 0.04166838736810063, 0.008368709894723235,
        0.0013814613114647542,
    ),
    log=(0.6666694734728574, 0.39957825786969275, 0.30360562098304694),
    short_exp=(0.5000158507923997, 0.1666705766548026),
    short_log=(-0.5000000095164907, 0.33334446895337033, -0.2500666991229888, 0.18855230221985197),
    huge=1e30,
)  # fmt: skip
FORMATS: Mapping[str, Format] = {"double": _DOUBLE, "float": _SINGLE}
