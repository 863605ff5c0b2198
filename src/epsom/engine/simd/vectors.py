"""What a vector holds: doubles or single-precision numbers, one per lane."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass


def literal(value: float) -> str:
    """Write a double exactly."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def rounded(value: float) -> float:
    """Return the nearest number of single precision; infinite beyond its range.

    Examples
    --------
    >>> rounded(0.1), rounded(-1e300)
    (0.10000000149011612, -inf)
    """
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


@dataclass(frozen=True)
class Numbers:
    """Describe vectors of one kind of number.

    Attributes
    ----------
    name
        ``double`` or ``float``, as in LLVM.
    lanes
        Numbers per vector.
    """

    name: str
    lanes: int

    @property
    def bits(self) -> int:
        """Return the bits of a number."""
        return 64 if self.name == "double" else 32

    @property
    def bytes(self) -> int:
        """Return the bytes of a number."""
        return self.bits // 8

    @property
    def size(self) -> int:
        """Return the bytes of a vector."""
        return self.lanes * self.bytes

    @property
    def vector(self) -> str:
        """Return the type of a vector."""
        return f"<{self.lanes} x {self.name}>"

    @property
    def integers(self) -> str:
        """Return the type of a vector of integers that are as wide as the numbers."""
        return f"<{self.lanes} x i{self.bits}>"

    def constant(self, values: Sequence[float]) -> str:
        """Write a vector."""
        exact = values if self.name == "double" else [rounded(v) for v in values]
        return "<" + ", ".join(f"{self.name} {literal(v)}" for v in exact) + ">"

    def splat(self, value: float) -> str:
        """Write a vector with the same number in all lanes."""
        return self.constant([value] * self.lanes)
