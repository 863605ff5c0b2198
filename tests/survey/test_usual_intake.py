"""Usual intake: the spread between days of one person taken out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epsom.people.usual_intake import day_variation, from_scale, to_scale, usual_intake


def _people(n: int = 6000, within: float = 0.15, between: float = 0.10) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(11)
    own = rng.normal(4.1, np.sqrt(between), n)
    days = [(own + rng.normal(0, np.sqrt(within), n)) ** 4 for _ in range(2)]
    days[1][rng.random(n) < 0.2] = np.nan
    return from_scale(own, within), days[0], days[1], np.ones(n)


def test_the_variances_and_the_distribution_come_back() -> None:
    true, first, second, weight = _people()
    v = day_variation(first, second, weight, weight)
    # Standard error of a variance with n people is about v sqrt(2/n): 2 % here; three of them.
    assert v.within == pytest.approx(0.15, rel=0.06)
    assert v.between == pytest.approx(0.10, rel=0.08)
    usual = usual_intake(first, second, v)
    assert usual.mean() == pytest.approx(true.mean(), rel=0.02)
    for limit in (200.0, 350.0):
        found, wanted, one_day = ((x < limit).mean() for x in (usual, true, first))
        assert abs(found - wanted) < 0.02
        assert abs(one_day - wanted) > abs(found - wanted)


def test_usual_intake_is_narrower_than_one_day_and_keeps_the_order() -> None:
    _, first, second, weight = _people()
    v = day_variation(first, second, weight, weight)
    one = usual_intake(first, np.full_like(first, np.nan), v)
    assert one.std() < first.std()
    assert (np.argsort(one) == np.argsort(first)).all()


def test_without_second_days_nothing_is_pretended() -> None:
    first = np.array([200.0, 300.0])
    v = day_variation(first, np.full(2, np.nan), np.ones(2), np.ones(2))
    assert v.pairs == 0
    assert np.isnan(usual_intake(first, np.full(2, np.nan), v)).all()


def test_no_noise_leaves_the_days_alone() -> None:
    days = np.array([150.0, 250.0, 420.0])
    v = day_variation(days, days, np.ones(3), np.ones(3))
    assert v.within == pytest.approx(0.0)
    assert usual_intake(days, days, v) == pytest.approx(days)


def test_a_fasting_day_is_set_to_the_floor() -> None:
    assert to_scale([0.0, 1.0, 16.0]) == pytest.approx([1.0, 1.0, 2.0])


@given(st.floats(0, 7), st.floats(0, 0.5))
def test_the_mean_over_days_is_the_nine_point_sum(usual: float, within: float) -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    summed = float(((usual + np.sqrt(within) * nodes) ** 4 @ weights) / weights.sum())
    assert float(from_scale(np.array([usual]), within)[0]) == pytest.approx(summed, rel=1e-9, abs=1e-9)
