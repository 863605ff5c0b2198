"""Laws of dose-response fits: what must hold for any studies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.base.errors import EpsomError
from epsom.evidence import dose_response
from epsom.evidence.curves.covariances import covariance
from epsom.evidence.curves.greenland_longnecker import fitted_counts
from epsom.evidence.curves.hamling import pseudo_counts
from epsom.evidence.curves.means import mean_contrasts
from epsom.evidence.curves.read import read_categories
from epsom.evidence.curves.shapes import FractionalPolynomial, make_shape
from epsom.evidence.curves.studies import Categories

few = settings(max_examples=20, deadline=None)


def simulate(seed: int, studies: int, kind: str, levels: int = 3, slope: float = -0.004) -> dict[str, list]:
    """Simulate studies with counts, adjusted by a little noise so that crude and reported ratios differ."""
    rng = np.random.default_rng(seed)
    rows: dict[str, list] = {
        "study": [],
        "dose": [],
        "estimate": [],
        "se": [],
        "cases": [],
        "n": [],
        "kind": [],
    }
    for study in range(studies):
        dose = np.concatenate(([150.0], 150 + np.cumsum(rng.uniform(30, 90, levels))))
        own = slope + 0.002 * rng.standard_normal()
        n = rng.integers(800, 3000, levels + 1).astype(float)
        risk = 0.08 * np.exp(own * (dose - dose[0]))
        cases = np.maximum(rng.binomial(n.astype(int), risk), 5).astype(float)
        y = np.log(cases / n) - np.log(cases[0] / n[0]) + 0.03 * rng.standard_normal(levels + 1)
        se = 1.1 * np.sqrt(1 / cases + 1 / cases[0])
        y[0] = se[0] = 0.0
        for j in range(levels + 1):
            for name, value in zip(
                rows, (f"s{study}", dose[j], y[j], se[j], cases[j], n[j], kind), strict=True
            ):
                rows[name].append(value)
    return rows


def read(rows: dict[str, list]) -> Categories:
    return read_categories(
        rows["study"], rows["dose"], rows["estimate"], rows["se"], cases=rows["cases"], n=rows["n"],
        kind=rows["kind"],
    )  # fmt: skip


@few
@given(st.integers(0, 10_000), st.sampled_from(["cc", "ci", "ir"]), st.integers(1, 5))
def test_fitted_counts_reproduce_the_relative_risks_and_keep_the_margins(
    seed: int, kind: str, levels: int
) -> None:
    data = read(simulate(seed, 4, kind, levels))
    counts = fitted_counts(data)
    assert np.all(counts.ok)
    if kind == "ir":
        ratio = np.log(counts.cases / data.n) - np.log(counts.cases_ref / data.n_ref)[:, None]
    else:
        odds_ref = counts.cases_ref / (data.n_ref - counts.cases_ref)
        ratio = np.log(counts.cases / (data.n - counts.cases)) - np.log(odds_ref)[:, None]
    np.testing.assert_allclose(ratio, data.y, atol=1e-9)
    total = data.cases_ref + data.cases.sum(axis=1)
    np.testing.assert_allclose(counts.cases_ref + counts.cases.sum(axis=1), total, rtol=1e-12)


@few
@given(st.integers(0, 10_000), st.sampled_from(["cc", "ci", "ir"]))
def test_pseudo_counts_reproduce_relative_risks_and_variances(seed: int, kind: str) -> None:
    data = read(simulate(seed, 4, kind))
    counts = pseudo_counts(data)
    a, n = counts.cases[counts.ok], counts.n[counts.ok]
    a0, n0 = counts.cases_ref[counts.ok, None], counts.n_ref[counts.ok, None]
    if kind == "cc":
        ratio, v = np.log(a * (n0 - a0) / ((n - a) * a0)), 1 / a + 1 / (n - a) + 1 / a0 + 1 / (n0 - a0)
    else:
        ratio = np.log(a / n) - np.log(a0 / n0)
        v = 1 / a + 1 / a0 - (1 / n + 1 / n0 if kind == "ci" else 0.0)
    np.testing.assert_allclose(ratio, data.y[counts.ok], atol=1e-8)
    np.testing.assert_allclose(v, data.v[counts.ok], rtol=1e-7)


@few
@given(st.integers(0, 10_000), st.sampled_from(["gl", "hamling"]), st.sampled_from(["cc", "ci", "ir"]))
def test_covariances_are_positive_definite_and_keep_the_reported_variances(
    seed: int, how: str, kind: str
) -> None:
    data = read(simulate(seed, 3, kind))
    s = covariance(data, how).s
    assert np.all(np.linalg.eigvalsh(s) > 0)
    np.testing.assert_allclose(np.einsum("ijj->ij", s), data.v, rtol=1e-12)


@pytest.mark.parametrize("shape", ["linear", "quadratic"])
def test_one_stage_equals_two_stages_when_every_study_determines_the_curve(shape: str) -> None:
    rows = simulate(7, 8, "ir", 4)
    for method in ("ml", "reml"):
        one, two = (dose_response(**rows, shape=shape, stage=stage, method=method) for stage in (1, 2))
        np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-5)
        np.testing.assert_allclose(one.se, two.se, rtol=1e-4)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_a_change_of_dose_unit_leaves_the_curve(seed: int, unit: float) -> None:
    rows = simulate(seed, 5, "ir")
    scaled = {**rows, "dose": [unit * x for x in rows["dose"]]}
    one = dose_response(**rows, shape="quadratic", stage=2, method="reml")
    other = dose_response(**scaled, shape="quadratic", stage=2, method="reml")
    at = np.array([150.0, 200.0, 300.0])
    np.testing.assert_allclose(
        other.predict(unit * at, 150 * unit).effect, one.predict(at, 150).effect, rtol=1e-4, atol=1e-6
    )


def test_the_order_of_rows_and_studies_is_without_meaning() -> None:
    rows = simulate(3, 5, "cc")
    order = np.random.default_rng(0).permutation(len(rows["dose"]))
    mixed = {name: [values[i] for i in order] for name, values in rows.items()}
    one, other = dose_response(**rows, shape="quadratic"), dose_response(**mixed, shape="quadratic")
    np.testing.assert_allclose(other.coefficients, one.coefficients, rtol=1e-5)


def test_the_curve_is_zero_at_its_reference_and_the_prediction_band_holds_the_confidence_band() -> None:
    result = dose_response(**simulate(11, 9, "ir"), shape="spline", knots=[150, 220, 330])
    curve = result.predict(np.linspace(150, 400, 11), reference=200)
    at = result.predict(200, reference=200)
    assert (at.effect[0], at.se[0]) == (0.0, 0.0)
    assert np.all(curve.pi_low <= curve.ci_low + 1e-12)
    assert np.all(curve.pi_high >= curve.ci_high - 1e-12)


def test_shapes_agree_where_they_must() -> None:
    x = np.linspace(1, 9, 7)
    np.testing.assert_allclose(FractionalPolynomial((1, 2)).columns(x), make_shape("quadratic").columns(x))
    spline = make_shape("spline", [2, 4, 6]).columns(np.array([7.0, 8.0, 9.0]))
    np.testing.assert_allclose(np.diff(spline, 2, axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(FractionalPolynomial((0, 0)).columns(x)[:, 1], np.log(x) ** 2)


def test_mean_differences_share_the_reference_arm() -> None:
    data = mean_contrasts(["a"] * 3, [0, 1, 2], [10, 12, 13], [4, 5, 6], [50, 40, 30])
    assert data.s[0, 0, 1] == pytest.approx(16 / 50)
    result = dose_response(
        ["a"] * 3 + ["b"] * 3, [0, 1, 2, 0, 2, 4], [10, 12, 13, 9, 12, 14], sd=[4] * 6, n=[50] * 6,
        covariance="md", method="fixed",
    )  # fmt: skip
    assert result.coefficients[0] == pytest.approx(1.3, abs=0.3)


@pytest.mark.parametrize(
    ("change", "code", "row"),
    [
        ({"se": [0, 0.1, 0, 0, 0.1, 0.1]}, "E-EV-REFERENCES", 1),
        ({"se": [0.2, 0.1, 0.1, 0, 0.1, 0.1]}, "E-EV-REFERENCES", 1),
        ({"se": [0, -0.1, 0.1, 0, 0.1, 0.1]}, "E-EV-SE", 2),
        ({"estimate": [0, np.nan, 0.1, 0, 0.1, 0.1]}, "E-EV-NUMBER", 2),
        ({"cases": [300, 12, 14, 9, 12, 15]}, "E-EV-CASES", 1),
        ({"kind": ["ci", "ci", "ir", "ci", "ci", "ci"]}, "E-EV-KIND", 1),
        ({"cases": [10, 12, np.nan, 9, 12, 15]}, "E-EV-COUNTS", 1),
        ({"n": [200, 0, 200, 200, 200, 200]}, "E-EV-COUNT", 2),
        ({"reference": [True, False, False, False, True, False]}, "E-EV-REFERENCE-SE", 5),
    ],
)
def test_faults_name_study_and_row(change: dict, code: str, row: int) -> None:
    rows = {
        "study": ["a"] * 3 + ["b"] * 3, "dose": [0, 1, 2, 0, 1, 2], "estimate": [0, 0.1, 0.1, 0, 0.1, 0.1],
        "se": [0, 0.1, 0.1, 0, 0.1, 0.1], "cases": [10, 12, 14, 9, 12, 15], "n": [200] * 6, "kind": "ci",
    }  # fmt: skip
    with pytest.raises(EpsomError) as caught:
        dose_response(**{**rows, **change})
    found = [(p.code, p.row) for p in caught.value.problems]
    assert (code, row) in found
    assert all(p.details.get("study") for p in caught.value.problems)


def test_impossible_margins_name_the_study() -> None:
    rows = simulate(1, 2, "ci")
    rows["estimate"][1] = 60.0
    with pytest.raises(EpsomError) as caught:
        covariance(read(rows), "hamling")
    assert caught.value.problems[0].code == "E-EV-MARGINS"
    assert caught.value.problems[0].details["study"] == "s0"


def test_too_few_categories_for_two_stages_names_the_study() -> None:
    rows = simulate(1, 3, "ir", 2)
    with pytest.raises(EpsomError) as caught:
        dose_response(**rows, shape="spline", knots=[150, 180, 220, 300], stage=2)
    assert {p.details["study"] for p in caught.value.problems} == {"s0", "s1", "s2"}


def test_studies_without_counts_can_be_let_in_with_a_warning() -> None:
    rows = simulate(1, 4, "ir")
    rows["cases"][0] = np.nan
    result = dose_response(**rows, without_counts="independent")
    assert [w.details["study"] for w in result.warnings if w.code == "W-EV-INDEPENDENT"] == ["s0"]


def test_doses_out_of_order_are_noticed() -> None:
    rows = simulate(1, 3, "ir")
    rows["dose"][1], rows["dose"][2] = rows["dose"][2], rows["dose"][1]
    assert "W-EV-DOSE-ORDER" in {w.code for w in dose_response(**rows, method="fixed").warnings}


@pytest.mark.parametrize("stage", [1, 2])
def test_one_study_has_a_curve_but_no_differences_between_studies(stage: int) -> None:
    rows = simulate(1, 1, "ir")
    assert np.all(np.isfinite(dose_response(**rows, stage=stage, method="fixed").se))
    for method in ("ml", "reml", "mm"):
        with pytest.raises(EpsomError) as caught:
            dose_response(**rows, stage=stage, method=method)
        assert caught.value.problems[0].code == "E-EV-ONE-STUDY"


def test_two_equal_studies_give_a_zero_variance_and_a_warning() -> None:
    rows = simulate(1, 1, "ir")
    twice = {name: [*values, *values] for name, values in rows.items()}
    twice["study"] = ["a"] * 4 + ["b"] * 4
    result = dose_response(**twice, shape="linear", stage=2)
    assert result.psi[0, 0] == pytest.approx(0, abs=1e-9)
    assert {"W-EV-BOUNDARY", "W-EV-FEW-STUDIES"} <= {w.code for w in result.warnings}
