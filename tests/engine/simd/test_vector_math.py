"""The vector functions against 200-bit arithmetic, in units in the last place."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from epsom.engine.simd import vector_math
from epsom.engine.simd.compile import assemble, load
from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.program import aligned
from epsom.engine.simd.target import Target, host

TARGETS = [host(), host(avx512=False), host(avx512=False, avx=False)]
POINTS = 4000


def _compiled(target: Target, write: Callable[[Function, str], str]) -> Callable[[np.ndarray], np.ndarray]:
    module = Module(target)
    f = Function(module, "apply", [("ptr", "x"), ("ptr", "y"), ("i64", "n")], exported=True)
    with f.loop("%n") as i:
        f.store(write(f, f.load("%x", i)), "%y", i)
    f.do("ret void")
    module.add(f)
    code = load(assemble(module.text(), target), ["apply"], target)
    call = code.function("apply", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)

    kind = np.float32 if target.single else np.float64

    def apply(x: np.ndarray) -> np.ndarray:
        vectors = -(-x.size // target.lanes)
        given, found = (aligned(target.words(vectors)).view(kind) for _ in range(2))
        given[: x.size] = x
        call(given.ctypes.data, found.ctypes.data, vectors)
        return found[: x.size].copy()

    return apply


def _worst(x: np.ndarray, found: np.ndarray, exact: Callable[[mpmath.mpf], mpmath.mpf]) -> float:
    worst = 0.0
    with mpmath.workprec(200):
        for a, b in zip(x.tolist(), found.tolist(), strict=True):
            true = exact(mpmath.mpf(a))
            worst = max(worst, abs(float((mpmath.mpf(b) - true) / float(np.spacing(abs(float(true)))))))
    return worst


SINGLE_TARGETS = [target.in_single() for target in TARGETS]


def _worst_single(x: np.ndarray, found: np.ndarray, exact: Callable[[mpmath.mpf], mpmath.mpf]) -> float:
    worst = 0.0
    with mpmath.workprec(100):
        for a, b in zip(x.tolist(), found.tolist(), strict=True):
            true = exact(mpmath.mpf(a))
            worst = max(worst, abs(float((mpmath.mpf(b) - true) / float(np.spacing(np.float32(abs(true)))))))
    return worst


@pytest.mark.parametrize("target", SINGLE_TARGETS, ids=lambda t: f"{t.lanes} lanes")
def test_accuracy_in_single_precision(target: Target) -> None:
    rng = np.random.default_rng(11)
    exp, log = _compiled(target, vector_math.exp), _compiled(target, vector_math.log)
    for low, high in ((-87.0, 88.7), (-1.0, 1.0)):
        x = rng.uniform(low, high, POINTS).astype(np.float32)
        assert _worst_single(x, exp(x), mpmath.exp) < 1.1
    wide = np.exp(rng.uniform(-87.0, 88.0, POINTS)).astype(np.float32)
    for x in (wide, rng.uniform(0.5, 2.0, POINTS).astype(np.float32)):
        assert _worst_single(x, log(x), mpmath.log) < 2.0
    x = np.exp(rng.uniform(-80.0, 80.0, POINTS)).astype(np.float32)
    assert _worst_single(x, _compiled(target, vector_math.reciprocal)(x), lambda v: 1 / v) < 1.0


@pytest.mark.parametrize("target", SINGLE_TARGETS, ids=lambda t: f"{t.lanes} lanes")
def test_powers_in_single_precision(target: Target) -> None:
    """x^c is exp(c log x): rounding of the argument costs half a unit for each unit of its size."""
    exponent = 2.7

    def power(f: Function, x: str) -> str:
        return vector_math.exp(f, f.mul(f.const(exponent), vector_math.log_magnitude(f, x)))

    held = mpmath.mpf(float(np.float32(exponent)))
    rng = np.random.default_rng(12)
    for spread in (0.3, 3.0, 10.0):
        x = np.exp(rng.uniform(-spread, spread, POINTS)).astype(np.float32)
        worst = _worst_single(x, _compiled(target, power)(x), lambda v: v**held)
        assert worst < 1.1 + 2.5 * exponent * max(spread, 1.0)
    assert _compiled(target, power)(np.zeros(1, dtype=np.float32))[0] == 0.0


@pytest.mark.parametrize("target", SINGLE_TARGETS, ids=lambda t: f"{t.lanes} lanes")
def test_ends_of_the_range_in_single_precision(target: Target) -> None:
    inf, nan = np.inf, np.nan
    exp, log = _compiled(target, vector_math.exp), _compiled(target, vector_math.log)
    x = np.array([0.0, -0.0, inf, -inf, nan, 89.0, -104.0, -103.0], dtype=np.float32)
    smallest = np.finfo(np.float32).smallest_subnormal
    np.testing.assert_array_equal(exp(x), np.array([1, 1, inf, 0, nan, inf, 0, smallest], dtype=np.float32))
    x = np.array([0.0, 1.0, inf, -inf, nan, -1.0, smallest], dtype=np.float32)
    np.testing.assert_allclose(log(x), [-inf, 0.0, inf, nan, nan, nan, np.log(float(smallest))], rtol=1e-6)
    x = np.array([0.0, -0.0, inf, -inf, nan, -4.0, 1e38], dtype=np.float32)
    found = _compiled(target, vector_math.reciprocal)(x)
    np.testing.assert_allclose(found, [inf, -inf, 0.0, -0.0, nan, -0.25, 1e-38], rtol=2e-6)


def _wide(seed: int) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).uniform(-690.0, 700.0, POINTS))


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: f"{t.lanes} lanes")
def test_accuracy_in_units_in_the_last_place(target: Target) -> None:
    rng = np.random.default_rng(7)
    exp, log = _compiled(target, vector_math.exp), _compiled(target, vector_math.log)
    for x in (rng.uniform(-700.0, 709.0, POINTS), rng.uniform(-1.0, 1.0, POINTS)):
        assert _worst(x, exp(x), mpmath.exp) < 1.1
    for x in (_wide(1), rng.uniform(0.5, 2.0, POINTS)):
        assert _worst(x, log(x), mpmath.log) < 2.0
    x = _wide(2)
    assert _worst(x, _compiled(target, vector_math.reciprocal)(x), lambda v: 1 / v) < 1.0


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: f"{t.lanes} lanes")
def test_ends_of_the_range(target: Target) -> None:
    inf, nan = np.inf, np.nan
    exp, log = _compiled(target, vector_math.exp), _compiled(target, vector_math.log)
    x = np.array([0.0, -0.0, inf, -inf, nan, 710.0, -746.0, -745.0])
    np.testing.assert_array_equal(exp(x), [1.0, 1.0, inf, 0.0, nan, inf, 0.0, 5e-324])
    x = np.array([0.0, 1.0, inf, -inf, nan, -1.0, 5e-324])
    np.testing.assert_allclose(log(x), [-inf, 0.0, inf, nan, nan, nan, np.log(5e-324)], rtol=1e-15)
    x = np.array([0.0, -0.0, inf, -inf, nan, -4.0, 1e308])
    found = _compiled(target, vector_math.reciprocal)(x)
    np.testing.assert_allclose(found, [inf, -inf, 0.0, -0.0, nan, -0.25, 1e-308], rtol=1e-15)
