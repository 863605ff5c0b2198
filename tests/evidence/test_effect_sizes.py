"""Effect sizes: values worked by hand, zero cells, symmetry, and faults by study."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.evidence.effects.convert import (
    difference_to_odds_ratio,
    odds_ratio_to_difference,
    per_dose,
    ratio_from_interval,
)
from epsom.evidence.effects.sizes import MEASURES, effect_sizes

COLUMNS = {
    "events1": [4.0, 6.0], "n1": [123.0, 306.0], "events2": [11.0, 29.0], "n2": [139.0, 303.0],
    "mean1": [5.0, 6.0], "sd1": [2.0, 2.5], "mean2": [4.0, 6.5], "sd2": [2.2, 2.4],
    "time1": [100.0, 120.0], "time2": [90.0, 130.0], "correlation": [0.3, -0.2],
}  # fmt: skip


def _of(measure: str, **options: object) -> tuple[np.ndarray, np.ndarray]:
    from epsom.evidence.effects.sizes import _NEEDS

    found = effect_sizes(measure, **{name: COLUMNS[name] for name in _NEEDS[measure]}, **options)
    return found.y, found.v


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_gives_numbers_and_positive_variances(measure: str) -> None:
    y, v = _of(measure)
    assert np.all(np.isfinite(y))
    assert np.all(v > 0)


@pytest.mark.parametrize(
    "measure", ["OR", "RR", "RD", "PETO", "AS", "MD", "SMD", "SMDH", "ROM", "VR", "CVR", "IRR"]
)
def test_exchanging_the_groups_turns_the_sign(measure: str) -> None:
    from epsom.evidence.effects.sizes import _NEEDS

    names = _NEEDS[measure]
    turned = {n: COLUMNS[n[:-1] + ("2" if n.endswith("1") else "1")] for n in names}
    one = effect_sizes(measure, **{n: COLUMNS[n] for n in names})
    other = effect_sizes(measure, **turned)
    np.testing.assert_allclose(other.y, -one.y, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(other.v, one.v, rtol=1e-12)


def test_values_worked_by_hand() -> None:
    assert _of("IR")[0][0] == pytest.approx(0.04)
    assert _of("IRLN")[1][0] == pytest.approx(0.25)
    assert _of("MN")[1][0] == pytest.approx(4 / 123)
    assert _of("COR")[1][0] == pytest.approx((1 - 0.09) ** 2 / 122)
    assert _of("RD")[0][0] == pytest.approx(4 / 123 - 11 / 139)


def test_zero_cells_follow_the_rule_and_are_never_nan_in_silence() -> None:
    zero = {"events1": [0, 3], "n1": [10, 10], "events2": [2, 4], "n2": [10, 10]}
    only, every, none = (effect_sizes("OR", zero=rule, **zero) for rule in ("only0", "all", "none"))
    assert only.y[0] == pytest.approx(np.log(0.5 * 8.5 / (10.5 * 2.5)))
    assert only.y[1] == pytest.approx(np.log(3 * 6 / (7 * 4)))
    assert every.y[1] == pytest.approx(np.log(3.5 * 6.5 / (7.5 * 4.5)))
    assert none.ok.tolist() == [False, True]
    assert [(w.code, w.row) for w in none.warnings] == [("W-EV-UNDEFINED", 1)]
    empty = effect_sizes("OR", events1=[0], n1=[10], events2=[0], n2=[12])
    assert [w.code for w in empty.warnings] == ["W-EV-NO-EVENTS"]


def test_conversions_go_there_and_back() -> None:
    y, v = np.array([0.4]), np.array([0.02])
    there = odds_ratio_to_difference(y, v)
    np.testing.assert_allclose(difference_to_odds_ratio(*there), (y, v))
    assert per_dose([-0.1], [0.02], 50, 100)[0][0] == pytest.approx(-0.2)


def test_intervals_must_hold_their_estimate_and_be_symmetric() -> None:
    with pytest.raises(EpsomError) as caught:
        ratio_from_interval([0.8, 1.5], [0.6, 0.7], [1.1, 1.2])
    assert [(p.code, p.row) for p in caught.value.problems] == [("E-EV-INTERVAL", 2)]
    _, _, remarks = ratio_from_interval([0.8, 0.62], [0.6, 0.6], [1.0667, 1.1])
    assert [(w.code, w.row) for w in remarks] == [("W-EV-ASYMMETRIC", 2)]


@pytest.mark.parametrize(
    ("measure", "columns", "code", "row"),
    [
        ("OR", {"events1": [1, 20], "n1": [10, 10], "events2": [1, 1], "n2": [10, 10]}, "E-EV-CASES", 2),
        ("OR", {"events1": [-1, 2], "n1": [10, 10], "events2": [1, 1], "n2": [10, 10]}, "E-EV-COUNT", 1),
        ("MN", {"mean1": [1, 1], "sd1": [1, 0], "n1": [9, 9]}, "E-EV-SD", 2),
        ("COR", {"correlation": [1.2, 0.1], "n1": [20, 20]}, "E-EV-CORRELATION", 1),
    ],
)
def test_faults_name_study_and_row(measure: str, columns: dict, code: str, row: int) -> None:
    with pytest.raises(EpsomError) as caught:
        effect_sizes(measure, labels=["a", "b"], **columns)
    assert [(p.code, p.row) for p in caught.value.problems] == [(code, row)]
    assert caught.value.problems[0].details["study"] == "ab"[row - 1]
