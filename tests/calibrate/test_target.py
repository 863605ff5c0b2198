"""The likelihood: errors, bounds, repeated findings, discrepancy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from epsom.calibrate.discrepancy import kappas, scale_and_unit, scales
from epsom.calibrate.target import Target, bounds_of
from epsom.study.trial.outcomes import outputs

NOWHERE = np.array([np.nan])


def _one(low: float = np.nan, high: float = np.nan, weight: float = 1.0, unit: float = 0.0) -> Target:
    return Target(
        np.array([1.0]), np.array([0.5]), np.array([low]), np.array([high]), np.array([weight]),
        np.array([0]), np.array([unit]), 1,
    )  # fmt: skip


@given(st.floats(-5.0, 5.0))
def test_a_row_counts_as_a_normal_one(predicted: float) -> None:
    at = np.zeros((1, 1 + len(scales())))
    found = _one().log_likelihood(at, np.array([[predicted]]))[0]
    assert found == pytest.approx(norm.logpdf(predicted, 1.0, 0.5) + 0.5 * np.log(2.0 * np.pi), abs=1e-9)
    halved = _one(weight=0.5).log_likelihood(at, np.array([[predicted]]))[0]
    assert halved == pytest.approx(0.5 * found, abs=1e-12)


@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_within_a_bound_every_value_is_as_likely(first: float, second: float) -> None:
    at = np.zeros((2, 1 + len(scales())))
    found = _one(0.0, 2.0).log_likelihood(at, np.array([[first], [second]]))
    assert found[0] == found[1]
    outside = _one(0.0, 2.0).log_likelihood(at, np.array([[first], [2.5 + second]]))
    assert outside[1] < outside[0]


def test_a_discrepancy_widens_a_row_and_costs_something() -> None:
    wide = np.zeros((1, 1 + len(scales())))
    wide[0, 1] = 2.0
    spread = _one(unit=1.0).spread(wide)[0, 0]
    assert spread == pytest.approx(np.hypot(0.5, float(kappas(np.array(2.0)))))
    exact = np.array([[1.0]])
    narrow = np.zeros_like(wide)
    assert _one(unit=1.0).log_likelihood(wide, exact)[0] < _one(unit=1.0).log_likelihood(narrow, exact)[0]


def test_what_could_not_be_computed_is_impossible() -> None:
    at = np.zeros((1, 1 + len(scales())))
    assert _one().log_posterior(at, np.array([[np.nan]]))[0] == -np.inf


@pytest.mark.parametrize(
    ("null", "ratio", "bound"),
    [
        ((-2.0, 2.0), False, False),
        ((0.5, 1.5), True, False),
        ((0.0, 12.4), False, True),
        (None, False, False),
    ],
)
def test_a_null_result_is_a_number_and_a_sign_is_a_bound(
    null: tuple[float, float] | None, ratio: bool, bound: bool
) -> None:
    assert bool(np.isnan(bounds_of(null, ratio=ratio)[0])) is not bound


def test_every_outcome_of_a_trial_has_a_scale_and_single_trials_have_their_own() -> None:
    for name in outputs():
        for ratio in (False, True):
            number, unit = scale_and_unit(name, ratio=ratio, kind="pooled")
            own, same = scale_and_unit(name, ratio=ratio, kind="single_trial")
            assert scales()[own] == f"{scales()[number]}_single_trial"
            assert unit == same > 0.0
            assert scale_and_unit(name, ratio=ratio, kind="mechanism") == (number, unit)


@given(st.floats(-3.0, 3.0), st.floats(-2.0, 2.0), st.floats(0.1, 1.0))
def test_slopes_are_those_of_the_likelihood(predicted: float, coordinate: float, weight: float) -> None:
    target = _one(weight=weight, unit=0.7)
    at = np.zeros((1, 1 + len(scales())))
    at[0, 1] = coordinate
    rows = np.array([[predicted]])
    by_row, by_kappa = target.slopes(at, rows)
    step = 1e-5
    up, down = (target.log_likelihood(at, rows + s)[0] for s in (step, -step))
    assert by_row[0, 0] == pytest.approx((up - down) / (2.0 * step), abs=1e-5)
    more, less = at.copy(), at.copy()
    more[0, 1] += step
    less[0, 1] -= step
    slope = (target.log_likelihood(more, rows) - target.log_likelihood(less, rows))[0] / (2.0 * step)
    assert by_kappa[0, 0] == pytest.approx(slope, abs=1e-5)
    assert not by_kappa[0, 1:].any()
