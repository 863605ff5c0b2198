"""Laws of pooling: what must hold for any studies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.base.errors import EpsomError
from epsom.evidence import PooledResult, pool
from epsom.evidence.pooling.tau2 import ESTIMATORS

METHODS = sorted(ESTIMATORS)
few = settings(max_examples=30, deadline=None)


@st.composite
def studies(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    k = draw(st.integers(3, 12))
    y = draw(st.lists(st.floats(-2, 2), min_size=k, max_size=k))
    se = draw(st.lists(st.floats(0.05, 1.0), min_size=k, max_size=k))
    return np.array(y), np.array(se)


def _main(result: PooledResult) -> np.ndarray:
    return np.array([result.estimate, float(result.se[0]), *result.ci])


@few
@given(studies(), st.sampled_from(METHODS), st.floats(0.01, 100))
def test_a_change_of_unit_changes_only_the_unit(
    data: tuple[np.ndarray, np.ndarray], method: str, unit: float
) -> None:
    y, se = data
    one, other = (
        pool(y, se=se, method=method, test="z"),
        pool(unit * y, se=unit * se, method=method, test="z"),
    )
    np.testing.assert_allclose(_main(other), unit * _main(one), rtol=1e-6, atol=1e-8 * unit)
    np.testing.assert_allclose(other.heterogeneity.i2, one.heterogeneity.i2, atol=1e-4)


@few
@given(studies(), st.sampled_from(METHODS), st.randoms())
def test_the_order_of_studies_is_without_meaning(
    data: tuple[np.ndarray, np.ndarray], method: str, random: object
) -> None:
    y, se = data
    order = np.arange(len(y))
    random.shuffle(order)  # type: ignore[attr-defined]
    one, other = pool(y, se=se, method=method), pool(y[order], se=se[order], method=method)
    np.testing.assert_allclose(_main(other), _main(one), rtol=1e-7, atol=1e-9)


@few
@given(studies(), st.sampled_from(METHODS), st.floats(-5, 5))
def test_a_shift_of_all_effects_shifts_the_pooled_effect(
    data: tuple[np.ndarray, np.ndarray], method: str, shift: float
) -> None:
    y, se = data
    one, other = pool(y, se=se, method=method), pool(y + shift, se=se, method=method)
    np.testing.assert_allclose(other.estimate, one.estimate + shift, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(other.tau2, one.tau2, rtol=1e-5, atol=1e-8)


@few
@given(studies(), st.sampled_from(METHODS))
def test_the_pooled_effect_lies_among_the_studies_and_no_variance_is_negative(
    data: tuple[np.ndarray, np.ndarray], method: str
) -> None:
    y, se = data
    result = pool(y, se=se, method=method)
    assert y.min() - 1e-9 <= result.estimate <= y.max() + 1e-9
    assert result.tau2 >= 0
    assert 0 <= result.heterogeneity.i2 <= 100
    assert np.all(np.isfinite(_main(result)))
    assert result.weights.sum() == pytest.approx(100)


@few
@given(studies())
def test_restricted_likelihood_has_no_higher_point_nearby(data: tuple[np.ndarray, np.ndarray]) -> None:
    from epsom.evidence.pooling import least_squares as ls
    from epsom.evidence.pooling.likelihood import log_likelihood

    y, se = data
    design = ls.make_design(np.ones((len(y), 1)), ("intercept",))
    best = pool(y, se=se, method="REML").tau2
    top = log_likelihood(design, y, se**2, best, restricted=True)
    for other in (0.0, best * 0.9, best * 1.1, best + 0.1, best + 1.0):
        assert log_likelihood(design, y, se**2, other, restricted=True) <= top + 1e-9


def test_faults_name_study_and_row() -> None:
    with pytest.raises(EpsomError) as caught:
        pool([0.1, 0.2, 0.3], se=[0.1, 0.0, -1.0], labels=["a", "b", "c"])
    found = [(p.code, p.row, p.details["study"]) for p in caught.value.problems]
    assert found == [("E-EV-SE", 2, "b"), ("E-EV-SE", 3, "c")]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"estimate": [0.1, np.nan], "se": [0.1, 0.1]}, "E-EV-NUMBER"),
        ({"estimate": [0.1, 0.2], "se": [0.1]}, "E-EV-LENGTH"),
        ({"estimate": [0.1, 0.2], "se": [0.1, 0.1], "method": "XX"}, "E-EV-CHOICE"),
        ({"estimate": [0.1, 0.2]}, "E-EV-ONE-OF"),
        ({"estimate": [], "se": []}, "E-EV-EMPTY"),
        ({"estimate": [0.1, 0.2], "se": [0.1, 0.1], "moderators": {"a": [1, 1]}}, "E-EV-COLLINEAR"),
    ],
)
def test_impossible_input_has_a_code(arguments: dict[str, object], code: str) -> None:
    with pytest.raises(EpsomError) as caught:
        pool(**arguments)  # type: ignore[arg-type]
    assert caught.value.problems[0].code == code


@pytest.mark.parametrize("test", ["z", "knha", "t", "adhoc"])
def test_one_study_is_returned_with_a_warning(test: str) -> None:
    result = pool([0.3], se=[0.1], labels=["only"], test=test)
    assert result.ci == pytest.approx((0.3 - 0.196, 0.3 + 0.196), abs=1e-4)
    assert (result.estimate, result.prediction) == (0.3, None)
    assert [w.code for w in result.warnings] == ["W-EV-ONE-STUDY"]


def test_a_study_entered_twice_is_noticed() -> None:
    result = pool([0.3, 0.1, 0.3], se=[0.1, 0.1, 0.1], labels=["a", "b", "a"])
    assert [(w.code, w.row) for w in result.warnings if w.code == "W-EV-DUPLICATE"] == [("W-EV-DUPLICATE", 3)]
