"""Laws of the indices, whatever the numbers: they know no unit, no zero point, and no order of factors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.study.sensitivity.indices import sobol_indices

Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


def _sample(seed: int) -> Sample:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 64, 3))
    weights = rng.normal(size=3)

    def outcome(x: np.ndarray) -> np.ndarray:
        return x @ weights + x[:, 0] * x[:, 1]

    swapped = []
    for k in range(3):
        x = a.copy()
        x[:, k] = b[:, k]
        swapped.append(outcome(x))
    return outcome(a), outcome(b), np.stack(swapped, axis=1)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.sampled_from([-1e3, -1.0, 1e-3, 7.0]), st.floats(-1e3, 1e3))
def test_units_and_zero_points_do_not_matter(seed: int, factor: float, shift: float) -> None:
    sample = _sample(seed)
    plain = sobol_indices(*sample)
    other = sobol_indices(*(factor * f + shift for f in sample))
    for one, two in ((plain.first, other.first), (plain.total, other.total)):
        assert two.value == pytest.approx(one.value, rel=1e-6, abs=1e-6)
        assert two.low == pytest.approx(one.low, rel=1e-6, abs=1e-6)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.permutations([0, 1, 2]))
def test_the_order_of_factors_does_not_matter(seed: int, order: list[int]) -> None:
    f_a, f_b, f_ab = _sample(seed)
    plain, turned = sobol_indices(f_a, f_b, f_ab), sobol_indices(f_a, f_b, f_ab[:, order])
    assert turned.total.value == pytest.approx(plain.total.value[order], rel=1e-12)
    assert turned.total.high == pytest.approx(plain.total.high[order], rel=1e-12)


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_total_indices_are_never_negative(seed: int) -> None:
    found = sobol_indices(*_sample(seed))
    assert (found.total.low >= 0.0).all()
    assert (found.total.low <= found.total.high).all()
