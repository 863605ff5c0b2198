"""The functions that C libraries have and GPUs lack, against 200-bit arithmetic."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from epsom.engine.cuda.elementary import FUNCTIONS
from epsom.engine.cuda.target import scalar_host
from tests.engine.simd.test_vector_math import _compiled, _worst

_POINTS = 1500


def _points(name: str) -> np.ndarray:
    rng = np.random.default_rng(11)
    tiny, signs = np.exp(rng.uniform(-40.0, -1.0, _POINTS)), rng.choice([-1.0, 1.0], _POINTS)
    if name in ("sin", "cos", "tan"):
        return np.concatenate([rng.uniform(-4.0, 4.0, _POINTS), rng.uniform(-1e5, 1e5, _POINTS), tiny])
    if name in ("asin", "acos", "atanh"):
        return np.concatenate([rng.uniform(-1.0, 1.0, _POINTS), signs * (1.0 - tiny), signs * tiny])
    if name == "acosh":
        return np.concatenate([1.0 + tiny, np.exp(rng.uniform(0.0, 700.0, _POINTS))])
    if name in ("sinh", "cosh", "tanh"):
        return np.concatenate(
            [rng.uniform(-25.0, 25.0, _POINTS), signs * tiny, rng.uniform(-710.0, 710.0, 99)]
        )
    return np.concatenate(
        [rng.uniform(-2.0, 2.0, _POINTS), signs * np.exp(rng.uniform(-40.0, 700.0, _POINTS))]
    )


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_accuracy_in_units_in_the_last_place(name: str) -> None:
    x = _points(name)
    assert _worst(x, _compiled(scalar_host(), FUNCTIONS[name])(x), getattr(mpmath, name)) < 5.0


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_ends_of_the_range_are_the_c_librarys(name: str) -> None:
    x = np.array([0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.0, -2.0, 1e-300, -1e-300])
    with np.errstate(all="ignore"):
        wanted = getattr(np, {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh",
                              "acosh": "arccosh", "atanh": "arctanh"}.get(name, name))(x)  # fmt: skip
    np.testing.assert_allclose(_compiled(scalar_host(), FUNCTIONS[name])(x), wanted, rtol=1e-15)


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_an_angle_that_tells_no_quarter_turn_is_no_number(name: str) -> None:
    assert np.isnan(_compiled(scalar_host(), FUNCTIONS[name])(np.array([1e16, -1e300]))).all()
