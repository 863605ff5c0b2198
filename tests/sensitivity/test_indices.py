"""The estimator against functions whose indices are known, and against SciPy's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import sobol_indices as scipy_indices

from epsom.study.sensitivity.indices import Indices, sobol_indices
from epsom.study.sensitivity.points import paired_normal_points
from epsom.study.sensitivity.spread import Spread, shrunk_covariance

Function = Callable[[np.ndarray], np.ndarray]
G = np.array([0.0, 0.5, 3.0, 9.0, 99.0, 99.0])  # coefficients of the g-function of Saltelli and Sobol 1995


def ishigami(u: np.ndarray) -> np.ndarray:
    """Ishigami and Homma 1990 with a = 7, b = 0.1, on -pi to pi."""
    x = np.pi * (2.0 * u - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def sobol_g(u: np.ndarray) -> np.ndarray:
    return np.prod((np.abs(4.0 * u - 2.0) + G) / (1.0 + G), axis=1)


def sample(function: Function, dimensions: int, power: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a, b = (ndtr(z) for z in paired_normal_points(7, power, dimensions))
    swapped = []
    for i in range(dimensions):
        ab = a.copy()
        ab[:, i] = b[:, i]
        swapped.append(function(ab))
    return function(a), function(b), np.stack(swapped, axis=1)


def test_ishigami_has_its_published_indices() -> None:
    found = sobol_indices(*sample(ishigami, 3, 12))
    # V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2; tolerance: three times the sampling error at 4096 rows.
    assert found.first.value == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert found.total.value == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)


def test_the_g_function_has_its_exact_indices() -> None:
    found = sobol_indices(*sample(sobol_g, 6, 12))
    parts = 1.0 / (3.0 * (1.0 + G) ** 2)
    whole = np.prod(1.0 + parts) - 1.0
    rest = np.array([np.prod(np.delete(1.0 + parts, i)) for i in range(6)])
    assert found.first.value == pytest.approx(parts / whole, abs=0.02)
    assert found.total.value == pytest.approx(parts * rest / whole, abs=0.02)
    exact = parts * rest / whole
    assert ((found.total.low <= exact) & (exact <= found.total.high)).sum() >= 5


def test_scipy_finds_the_same() -> None:
    f_a, f_b, f_ab = sample(ishigami, 3, 9)
    theirs = scipy_indices(func={"f_A": f_a[None], "f_B": f_b[None], "f_AB": f_ab.T[:, None, :]}, n=len(f_a))
    ours = sobol_indices(f_a, f_b, f_ab)
    # The same estimators; SciPy divides by the variance over A and B too.
    assert ours.first.value == pytest.approx(np.ravel(theirs.first_order), rel=1e-9)
    assert ours.total.value == pytest.approx(np.ravel(theirs.total_order), rel=1e-9)


def test_a_factor_that_does_nothing_gets_exactly_zero() -> None:
    found = sobol_indices(*sample(lambda u: u[:, 0] + u[:, 1] ** 2, 3, 6))
    assert found.first.value[2] == 0.0
    assert found.total.value[2] == 0.0
    assert found.total.high[2] == 0.0


def test_the_total_is_at_least_the_first_order_within_error() -> None:
    for function, dimensions in ((ishigami, 3), (sobol_g, 6)):
        found = sobol_indices(*sample(function, dimensions, 8))
        assert (found.total.high >= found.first.low).all()


def _with_holes(found: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    f_a, f_b, f_ab = (f.copy() for f in found)
    f_a[::37], f_b[5::41], f_ab[3::29, 1] = np.nan, np.nan, np.nan
    return f_a, f_b, f_ab


def test_rows_without_a_value_are_left_out_and_counted() -> None:
    whole = sample(ishigami, 3, 12)
    found = sobol_indices(*_with_holes(whole))  # type: ignore[arg-type]
    assert (found.rows < 4096).all()
    assert found.rows[1] < found.rows[0]
    assert found.total.value == pytest.approx(sobol_indices(*whole).total.value, abs=0.03)


def _correlated(rho: float, power: int) -> tuple[Spread, Indices]:
    """Y = x1 + x2 + x3 with variances 1, 1, 4 and correlation rho between x2 and x3."""
    covariance = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 2.0 * rho], [0.0, 2.0 * rho, 4.0]])
    spread = Spread(("x1", "x2", "x3"), np.array([3.0, -1.0, 0.5]), covariance)
    a, b = (spread.points(z) for z in paired_normal_points(3, power, 3))
    first, total = (
        np.stack([swap(a, b, [i]).sum(axis=1) for i in range(3)], axis=1)
        for swap in (spread.learned, spread.left_open)
    )
    return spread, sobol_indices(a.sum(axis=1), b.sum(axis=1), first, total)


@pytest.mark.parametrize("rho", [0.0, 0.5, -0.8])
def test_dependent_factors_have_the_indices_of_kucherenko(rho: float) -> None:
    """Kucherenko 2012, section 6.1: closed forms for a sum of correlated normal factors."""
    spread, found = _correlated(rho, 12)
    whole = 6.0 + 4.0 * rho
    assert spread.independent == (rho == 0.0)
    exact_first = np.array([1.0, (1.0 + 2.0 * rho) ** 2, (2.0 + rho) ** 2]) / whole
    exact_total = np.array([1.0, 1.0 - rho**2, 4.0 * (1.0 - rho**2)]) / whole
    assert found.first.value == pytest.approx(exact_first, abs=0.02)
    assert found.total.value == pytest.approx(exact_total, abs=0.02)


def test_swapped_points_keep_the_distribution() -> None:
    """Whatever is swapped, the points still have the mean and the covariance that they were drawn from."""
    rng = np.random.default_rng(1)
    root = rng.normal(size=(5, 5))
    spread = Spread(tuple("abcde"), rng.normal(size=5), root @ root.T + np.eye(5))
    a, b = (spread.points(z) for z in paired_normal_points(3, 12, 5))
    for columns in ([0], [1, 3], [0, 2, 4]):
        for swap in (spread.learned, spread.left_open):
            points = swap(a, b, columns)
            scale = np.abs(spread.covariance).max()
            assert np.cov(points.T) / scale == pytest.approx(spread.covariance / scale, abs=0.03)
            assert points.mean(axis=0) == pytest.approx(spread.mean, abs=0.03 * np.sqrt(scale))


def test_chance_correlations_are_shrunk_and_true_ones_stay() -> None:
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(1000, 100))
    chance = shrunk_covariance(draws)
    assert np.abs(chance - np.diag(np.diag(chance))).max() < 0.03  # by chance alone it would be about 0.12
    draws[:, 1:50] += 2.0 * draws[:, [0]]
    true = shrunk_covariance(draws)
    assert true[0, 1:50] == pytest.approx(np.full(49, 2.0), abs=0.35)


def test_an_outcome_that_never_varies_has_no_indices() -> None:
    same = np.full(64, 3.7)
    found: Indices = sobol_indices(same, same, np.full((64, 2), 3.7))
    assert np.isnan(found.total.value).all()


def test_more_rows_narrow_the_interval() -> None:
    few, many = (sobol_indices(*sample(ishigami, 3, power)) for power in (6, 10))
    assert ((many.total.high - many.total.low) < (few.total.high - few.total.low)).all()
