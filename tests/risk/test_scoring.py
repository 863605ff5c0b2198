"""What happens to values that are missing, impossible, in another unit, or out of a score's range."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.base.i18n import Translator
from epsom.risk.fields import keys
from epsom.risk.scores import names, score
from epsom.risk.scoring import Scored, Status, evaluate
from epsom.risk.wording import codes_by_person, problems
from tests.risk.people import PERSON, varied


def run(name: str, **changes: Any) -> Scored:
    person = {k: v for k, v in (PERSON | changes).items() if v is not ...}
    return evaluate(score(name), person)


def codes(scored: Scored) -> set[tuple[str, str]]:
    return {(n.code, n.key) for n in scored.notes}


@pytest.mark.parametrize("name", [n for n in names() if n != "score2_op"])
def test_the_test_person_gets_every_score_without_a_note(name: str) -> None:
    age = 60.0 if name == "framingham_stroke_revised_2017" else 55.0
    found = run(name, age_years=age, years=4)
    assert found.status[0] == Status.OK
    assert found.notes == ()
    assert not any(np.isnan(v).any() for v in found.values.values())


def test_a_wrong_unit_is_asked_about_and_not_converted() -> None:
    found = run("score2", total_cholesterol_mg_per_dl=..., total_cholesterol_mmol_per_l=210.0)
    assert found.status[0] == Status.UNIT
    assert np.isnan(found.values["risk_10y"][0])
    (asked,) = [p for p in problems(found) if p.code == "E-RISK-UNIT"]
    assert (asked.field, asked.value, asked.unit) == ("total_cholesterol_mmol_per_l", 210.0, "mmol/L")
    assert asked.expected == "total_cholesterol_mg_per_dl"
    for language in ("en", "nl"):
        what, do = asked.words(Translator(language))
        assert "210" in what
        assert "total_cholesterol_mg_per_dl" in do


@pytest.mark.parametrize(
    ("key", "value"),
    [("hdl_mg_per_dl", 1.3), ("total_cholesterol_mg_per_dl", 5.4), ("glucose_mg_per_dl", 5.3),
     ("triglycerides_mg_per_dl", 1.4), ("sbp_mmhg", 17.0)],
)  # fmt: skip
def test_each_unit_mistake_is_asked_about(key: str, value: float) -> None:
    reads = next(
        n for n in ("framingham_diabetes_2007", "framingham_cvd_2008_lipid") if key in score(n).inputs
    )
    assert ("E-RISK-UNIT", key) in codes(run(reads, **{key: value}))


def test_a_value_in_both_units_must_agree_and_may_fill_gaps() -> None:
    columns = PERSON | {
        "hdl_mg_per_dl": np.array([52.0, np.nan, 52.0]),
        "hdl_mmol_per_l": np.array([1.34, 1.34, 2.0]),
    }
    found = evaluate(score("framingham_cvd_2008_lipid"), columns)
    assert [Status(s) for s in found.status] == [Status.OK, Status.OK, Status.IMPOSSIBLE]
    assert found.values["risk_10y"][0] == pytest.approx(found.values["risk_10y"][1], rel=0.01)
    assert codes(found) == {("E-RISK-DIFFER", "hdl_mg_per_dl")}


def test_the_range_is_told_in_the_unit_of_the_value() -> None:
    found = run("prevent_base", total_cholesterol_mg_per_dl=400.0)
    (moved,) = problems(found)
    assert (moved.code, moved.unit, moved.expected) == ("W-RISK-MOVED", "mg/dL", "130–320 mg/dL")


@pytest.mark.parametrize("changes", [
    {"age_years": 400.0}, {"age_years": -3.0}, {"total_cholesterol_mg_per_dl": -190.0}, {"sex": "x"},
    {"smoker": 0.5}, {"sbp_mmhg": np.inf}, {"hdl_mg_per_dl": 180.0, "total_cholesterol_mg_per_dl": 150.0},
])  # fmt: skip
def test_impossible_values_give_no_answer(changes: dict[str, Any]) -> None:
    found = run("framingham_cvd_2008_lipid", **changes)
    assert found.status[0] == Status.IMPOSSIBLE
    assert np.isnan(found.values["risk_10y"][0])


def test_out_of_range_gives_the_nearest_valid_answer_and_says_so() -> None:
    old, edge = run("score2", age_years=80.0), run("score2", age_years=69.0)
    assert old.values["risk_10y"] == edge.values["risk_10y"]
    assert codes(old) == {("W-RISK-MOVED", "age_years")}
    assert codes(edge) == set()


def test_an_assumption_is_said_and_equals_the_value_given() -> None:
    assumed, given = run("prevent_base", statin=...), run("prevent_base", statin=0)
    assert codes(assumed) == {("W-RISK-ASSUMED", "statin")}
    assert assumed.status[0] == Status.OK
    for output, value in given.values.items():
        assert assumed.values[output] == value


def test_what_may_not_be_assumed_is_refused() -> None:
    found = run("pce_2013", smoker=...)
    assert found.status[0] == Status.MISSING
    assert codes(found) == {("E-RISK-MISSING", "smoker")}


def test_prevent_gives_what_the_known_values_allow() -> None:
    """Heart failure has no lipids, the others no BMI."""
    found = run("prevent_base", bmi_kg_per_m2=np.nan)
    assert found.status[0] == Status.PARTIAL
    assert np.isnan(found.values["hf_10y"][0])
    assert found.values["ascvd_10y"] == run("prevent_base").values["ascvd_10y"]


def test_no_thirty_year_risk_after_fifty_nine() -> None:
    found = run("prevent_base", age_years=60.0)
    assert found.status[0] == Status.OK
    assert np.isnan(found.values["ascvd_30y"][0])
    assert ("W-RISK-HORIZON", "age_years") in codes(found)


def test_people_who_have_the_disease_are_not_scored_for_getting_it() -> None:
    assert run("framingham_hypertension_2008", sbp_mmhg=150.0).status[0] == Status.NOT_APPLICABLE
    assert run("framingham_hypertension_2008", antihypertensive=1).status[0] == Status.NOT_APPLICABLE
    assert run("framingham_diabetes_2007", glucose_mg_per_dl=140.0).status[0] == Status.NOT_APPLICABLE
    assert run("framingham_diabetes_2007", glucose_mg_per_dl=126.0).status[0] == Status.OK


def test_metabolic_syndrome_answers_only_when_the_known_criteria_settle_it() -> None:
    three = {"waist_cm": 100.0, "triglycerides_mg_per_dl": 200.0, "hdl_mg_per_dl": 40.0}
    settled = run("metabolic_syndrome_2009", **three, sbp_mmhg=np.nan, dbp_mmhg=np.nan)
    assert settled.values["metabolic_syndrome"][0] == 1
    assert np.isnan(settled.values["n_criteria"][0])
    one_raised = run("metabolic_syndrome_2009", sbp_mmhg=150.0, dbp_mmhg=np.nan)
    assert one_raised.values["n_criteria"][0] == 1  # the known pressure decides its criterion
    open_ = run("metabolic_syndrome_2009", waist_cm=100.0, triglycerides_mg_per_dl=200.0,
                glucose_mg_per_dl=np.nan)  # fmt: skip
    assert np.isnan(open_.values["metabolic_syndrome"][0])


def test_the_disputed_diabetes_bands_are_flagged() -> None:
    found = run("framingham_stroke_revised_2017", age_years=60.0, type2_diabetes=1, years=10)
    assert codes(found) == {("W-RISK-DISPUTED", "type2_diabetes")}


def test_stroke_years_are_whole() -> None:
    found = run("framingham_stroke_revised_2017", age_years=60.0, years=2.5)
    assert found.status[0] == Status.IMPOSSIBLE


def test_heart_age_is_own_age_for_a_normal_person_and_never_a_headline() -> None:
    normal = {"sbp_mmhg": 125.0, "total_cholesterol_mg_per_dl": 180.0, "hdl_mg_per_dl": 45.0}
    found = run("framingham_cvd_2008_lipid", **normal)
    assert found.values["heart_age_years"][0] == pytest.approx(55.0, rel=1e-12)
    old = run("framingham_cvd_2008_lipid", sbp_mmhg=190.0, smoker=1, type2_diabetes=1)
    assert old.values["heart_age_years"][0] == 80.0
    assert ("W-RISK-SHOWN", "heart_age_years") in codes(old)
    assert not score("framingham_cvd_2008_lipid").outputs["heart_age_years"].headline


def test_one_bad_person_does_not_touch_the_others() -> None:
    people = varied(50)
    people["sbp_mmhg"][7] = -1.0
    spoiled = evaluate(score("framingham_cvd_2008_bmi"), people)
    people["sbp_mmhg"][7] = 120.0
    whole = evaluate(score("framingham_cvd_2008_bmi"), people)
    others = np.arange(50) != 7
    assert spoiled.status[7] == Status.IMPOSSIBLE
    np.testing.assert_array_equal(spoiled.values["risk_10y"][others], whole.values["risk_10y"][others])
    assert codes_by_person(spoiled)[7].startswith("E-RISK-RANGE sbp_mmhg")


@pytest.mark.parametrize("name", names())
def test_a_missing_input_never_counts_as_a_zero(name: str) -> None:
    """Without an assumption that is said, no number may come out as if the value were known."""
    for wanted in score(name).inputs.values():
        if wanted.assume is None and not wanted.optional:
            field = dict.fromkeys(wanted.key.field.keys, ...)
            found = run(name, years=4, **field)
            assert all(np.isnan(v).all() for v in found.values.values()) or found.status[0] == Status.PARTIAL
            assert ("E-RISK-MISSING", wanted.key.name) in codes(found)


def test_faults_of_the_request_are_coded() -> None:
    for code, call in {
        "E-RISK-SCORE": lambda: score("grace"),
        "E-RISK-CONSTANTS": lambda: evaluate(score("findrisc"), PERSON, constants="precise"),
        "E-RISK-TWICE": lambda: evaluate(score("findrisc"), PERSON | {"age": 3}),
        "E-RISK-LENGTH": lambda: evaluate(score("findrisc"), {"age": [50, 60], "bmi": [20, 21, 22]}),
    }.items():
        with pytest.raises(EpsomError) as caught:
            call()
        assert caught.value.problems[0].code == code


def test_every_note_can_be_worded_in_both_languages() -> None:
    people = varied(300)
    people["statin"] = np.full(300, np.nan)
    people["sex"][:5] = ""
    for name in names():
        for p in problems(evaluate(score(name), people)):
            for language in ("en", "nl"):
                assert all(p.words(Translator(language)))


def test_each_score_states_its_source_and_reads_known_keys() -> None:
    for name in names():
        one = score(name)
        assert one.paper
        assert one.doi.startswith("10.")
        assert one.provenance["sources"]
        assert one.default_constants in one.constants
        assert set(one.inputs) <= set(keys())
        assert any(o.headline for o in one.outputs.values())
