"""Random draws with an address: a pure function of (seed, person, step, decision).

No call counter exists: the same address gives the same number, whatever else was drawn, in
whatever order, for however many people. Both arms of a comparison use the same addresses.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from epsom.base.arrays import FloatArray, IntArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit words (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _decision_key(decision: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(decision.encode(), digest_size=8).digest(), "little"))


def uniform(seed: int, person: IntArray | int, step: IntArray | int, decision: str) -> FloatArray:
    """Draw from the open interval (0, 1).

    Parameters
    ----------
    seed
        Non-negative seed of the run.
    person, step
        Non-negative numbers that broadcast against each other.
    decision
        What is decided, in words.

    Returns
    -------
    ndarray
        Draws of the broadcast shape, never exactly 0 or 1.

    Examples
    --------
    >>> bool(uniform(1, 7, 0, "parameter:f0") == uniform(1, np.arange(9), 0, "parameter:f0")[7])
    True
    """
    with np.errstate(over="ignore"):
        word = np.asarray(_mix(np.atleast_1d(np.uint64(seed) + _GOLDEN)))
        word = _mix(word ^ _decision_key(decision))
        word = _mix((word + np.asarray(person).astype(np.uint64) * _GOLDEN) ^ np.uint64(0xD1B54A32D192ED03))
        word = _mix(word + np.asarray(step).astype(np.uint64) * _GOLDEN + np.uint64(1))
    shape = np.broadcast_shapes(np.shape(person), np.shape(step))
    draws: FloatArray = ((word >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return draws.reshape(shape)


def standard_normal(seed: int, person: IntArray | int, step: IntArray | int, decision: str) -> FloatArray:
    """Draw from the standard normal distribution (Box and Muller 1958, one of the pair)."""
    radius = np.sqrt(-2.0 * np.log(uniform(seed, person, step, decision)))
    angle = 2.0 * np.pi * uniform(seed, person, step, f"{decision}/angle")
    return np.asarray(radius * np.cos(angle))
