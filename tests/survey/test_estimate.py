"""Laws of estimation in a complex sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.people.survey.design import Design, make_design
from epsom.people.survey.estimate import mean, quantile, quantiles, spread
from epsom.people.survey.regress import rank_correlation, regress


def _sample(seed: int, n: int = 240) -> tuple[Design, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    strata, psu = np.repeat(np.arange(6), n // 6), np.tile(np.repeat([1, 2], n // 12), 6)
    weight = rng.uniform(1, 9, n)
    return make_design(weight, strata, psu), rng.normal(50, 9, n), rng.random(n) < 0.6


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-5, 5).filter(lambda a: abs(a) > 0.1), st.floats(-100, 100))
def test_a_mean_moves_with_its_unit(seed: int, a: float, b: float) -> None:
    d, y, part = _sample(seed)
    plain, moved = mean(d, y, part), mean(d, a * y + b, part)
    assert moved.value == pytest.approx(a * plain.value + b)
    assert moved.se == pytest.approx(abs(a) * plain.se)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1e4))
def test_only_ratios_of_weights_matter(seed: int, scale: float) -> None:
    d, y, part = _sample(seed)
    e = Design(d.weight * scale, d.unit, d.stratum_of_unit, d.units_in_stratum)
    assert mean(e, y, part).se == pytest.approx(mean(d, y, part).se)
    assert quantiles(e, y, part, [0.1, 0.5]) == quantiles(d, y, part, [0.1, 0.5])


def test_a_sample_of_single_persons_gives_the_textbook_error() -> None:
    y = np.array([3.0, 5.0, 8.0, 4.0, 9.0])
    d = make_design(np.ones(5), np.ones(5), np.arange(5))
    e = mean(d, y, np.ones(5, dtype=bool))
    assert e.se == pytest.approx(y.std(ddof=1) / np.sqrt(5))
    assert d.freedom == 4
    assert spread(d, y, np.ones(5, dtype=bool)) == pytest.approx(y.std())


def test_quantiles_take_the_lower_value_and_never_leave_the_data() -> None:
    d = make_design(np.ones(4), [1, 1, 1, 1], [1, 2, 1, 2])
    everyone = np.ones(4, dtype=bool)
    assert quantiles(d, [1.0, 2.0, 3.0, 4.0], everyone, [0.25, 0.26, 1.0]) == [1.0, 2.0, 4.0]
    assert np.isnan(quantiles(d, np.full(4, np.nan), everyone, [0.5])[0])
    assert mean(d, np.full(4, np.nan), everyone).n == 0


def test_the_median_of_a_normal_sample_has_a_plausible_error() -> None:
    rng = np.random.default_rng(5)
    n = 4000
    d = make_design(np.ones(n), np.ones(n), np.arange(n))
    e = quantile(d, rng.normal(0, 1, n), np.ones(n, dtype=bool), 0.5)
    # Large samples: se of a median is sqrt(pi/2)/sqrt(n); 15 % is the noise of one such interval.
    assert e.se == pytest.approx(np.sqrt(np.pi / 2 / n), rel=0.15)


def test_regression_on_a_constant_is_the_mean() -> None:
    d, y, part = _sample(3)
    fit = regress(d, y, np.ones((len(y), 1)), part)
    e = mean(d, y, part)
    assert fit.beta[0] == pytest.approx(e.value)
    assert fit.se[0] == pytest.approx(e.se)
    assert fit.n == e.n


def test_an_exact_line_is_found_with_no_error() -> None:
    d, x, part = _sample(4)
    fit = regress(d, 2.0 - 3.0 * x, np.column_stack([np.ones_like(x), x]), part)
    assert fit.beta == pytest.approx([2.0, -3.0])
    assert fit.se == pytest.approx([0.0, 0.0], abs=1e-9)


def test_ranks_see_only_order() -> None:
    x = np.array([1.0, 2.0, 3.0, 10.0])
    assert rank_correlation(x, np.exp(x)) == pytest.approx(1.0)
