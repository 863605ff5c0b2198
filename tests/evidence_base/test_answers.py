"""From the base to answers: one scale, one count a cohort, one grade at a time, nulls in sight."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epsom.base.errors import EpsomError
from epsom.base.i18n import Translator
from epsom.evidence.answers.answer import answer
from epsom.evidence.answers.bias import bias
from epsom.evidence.answers.certainty import judge, second_hand
from epsom.evidence.answers.choose import dataset, family_of, outcome_key
from epsom.evidence.answers.curves import conservative, curve_data, fit
from epsom.evidence.answers.datasets import extremes, net_effects, slopes
from epsom.evidence.answers.estimates import Dataset, Estimate, one_per_cohort
from epsom.evidence.answers.pooling import leave_one_out, pooled, side, summarise
from epsom.evidence.base.load import base
from epsom.evidence.base.outcomes import question, questions
from epsom.evidence.base.records import Confidence, Exposure, Grade
from epsom.report.evidence.answer_text import answer_json, answer_text


def _estimate(name: str, groups: tuple[str, ...], part: str = "all", points: int = 1) -> Estimate:
    return Estimate(
        id=name, label=name, value=0.1, se=0.1, how="levels", source=name.split("-")[0],
        exposure=Exposure.DIETARY, groups=groups, part=part, confidence=Confidence.VERIFIED, cases=10,
        persons=100, points=points, year=2000, measure="RR",
    )  # fmt: skip


def test_a_stated_contrast_is_rescaled_to_the_step() -> None:
    found = {e.label: e for e in slopes(base(), "stroke_ischemic", "dietary").estimates}
    larsson = next(e for label, e in found.items() if label.startswith("Larsson 2008"))
    assert larsson.value == pytest.approx(math.log(0.85) * 100 / (589 - 373))
    assert larsson.se == pytest.approx(math.log(0.97 / 0.76) / (2 * 1.959964) * 100 / 216)


def test_a_decrement_is_turned_into_an_increment() -> None:
    kieboom = slopes(base(), "type2_diabetes", "serum").estimates[0]
    assert math.exp(kieboom.value) == pytest.approx(1 / 1.18)


def test_the_whole_cohort_comes_before_its_parts() -> None:
    labels = [e.id for e in slopes(base(), "chd", "serum").estimates]
    assert "rooney2020_aric_all-chd-serum" in labels
    assert not any("aric_women" in i or "aric_men" in i for i in labels)


def test_disjoint_parts_of_one_publication_both_count() -> None:
    parts = {e.part for e in slopes(base(), "stroke_total", "dietary").estimates if "Bain" in e.label}
    assert parts == {"men", "women"}


@pytest.mark.parametrize("outcome", ["type2_diabetes", "chd", "all_cause_mortality", "stroke_total"])
def test_no_cohort_counts_twice(outcome: str) -> None:
    for family in ("dietary", "serum"):
        for data in (slopes(base(), outcome, family), extremes(base(), outcome, family)):
            seen = [(group, e.part) for e in data.estimates for group in e.groups]
            assert len(seen) == len(set(seen))


@given(st.permutations(["a-1", "a-2", "b-1", "c-1"]))
def test_the_choice_does_not_depend_on_the_order_of_records(order: list[str]) -> None:
    groups = {"a-1": ("X",), "a-2": ("X",), "b-1": ("X", "Y"), "c-1": ("Y",)}
    parts = {"a-1": "men", "a-2": "women", "b-1": "all", "c-1": "all"}
    kept, aside = one_per_cohort([_estimate(n, groups[n], parts[n]) for n in order], "dietary")
    assert {e.id for e in kept} == {"a-1", "a-2", "c-1"}
    assert [s.reason for s in aside] == ["cohort_counts_once"]


def test_trials_never_meet_cohorts() -> None:
    trials = {e.id for e in net_effects(base(), "sbp").estimates}
    assert trials <= {t.id for t in base().trials if t.grade is Grade.TRIAL}
    for q in questions().values():
        for line in answer(base(), q).lines:
            if line.grade is Grade.TRIAL:
                assert all(e.exposure is Exposure.SUPPLEMENT for e in line.data.estimates)
            else:
                assert all(e.exposure is not Exposure.SUPPLEMENT for e in line.data.estimates)


def test_published_diabetes_slope_is_met() -> None:
    # Dong 2011: 0.86 (0.82-0.89) per 100 mg/day from 13 cohorts; nine of them printed doses here.
    data = slopes(base(), "type2_diabetes", "dietary")
    found = summarise(data, pooled(data))
    assert found.low < 0.86 < found.high
    assert found.estimate == pytest.approx(0.86, abs=0.04)


def test_leaving_one_out_pools_the_others() -> None:
    data = net_effects(base(), "sbp")
    left = leave_one_out(data)
    assert len(left) == data.k
    assert all(s.k == data.k - 1 for _, s in left)
    assert leave_one_out(net_effects(base(), "pwv")) == []


def test_nothing_to_pool_is_an_error_not_a_nan() -> None:
    with pytest.raises(EpsomError, match="E-EVIDENCE-NONE"):
        pooled(net_effects(base(), "cimt"))
    with pytest.raises(EpsomError, match="E-EVIDENCE-NONE"):
        curve_data(base(), "hypertension", "serum")


def test_choices_are_found_by_name_or_refused() -> None:
    assert outcome_key(base(), "diabetes") == "type2_diabetes"
    assert family_of(base(), "sbp", None) == "supplement"
    assert family_of(base(), "chd", None) == "dietary"
    assert dataset(base(), "cvd_mortality", "serum", None, None).contrast == "extremes"
    with pytest.raises(EpsomError, match="E-EVIDENCE-OUTCOME"):
        outcome_key(base(), "hair")
    with pytest.raises(EpsomError, match="E-EVIDENCE-CHOICE"):
        family_of(base(), "sbp", "hair")
    with pytest.raises(EpsomError, match="E-EVIDENCE-CHOICE"):
        dataset(base(), "sbp", "dietary", "hair", None)


def test_cohorts_never_say_more_than_association() -> None:
    for q in questions().values():
        for line in answer(base(), q).lines:
            if line.grade in (Grade.COHORT, Grade.CROSS_SECTIONAL):
                assert line.certainty.word in ("association_only", "no_evidence", "contested")
            assert line.certainty.word != "animal_only"


def test_a_line_does_not_stand_on_what_was_read_in_the_news() -> None:
    line = answer(base(), question("blood_pressure")).lines[0]
    assert line.basis is not None
    assert line.basis.published is not None
    assert line.basis.published.id == "zhang_2016_bp-sbp"
    assert any(second_hand(p) and (p.studies or 0) > 34 for p in line.published)


def test_a_line_without_numbers_says_so() -> None:
    data = Dataset("sbp", "supplement", "net", "difference", None, "mmHg", (), ())
    assert judge(Grade.TRIAL, data, None, (), 0).word == "no_evidence"
    assert judge(Grade.TRIAL, data, None, (), 2).word == "contested"


def test_known_certainties_hold() -> None:
    def words(name: str) -> dict[str, str]:
        lines = answer(base(), question(name)).lines
        return {line.outcome: str(line.certainty.word) for line in lines if line.grade is Grade.TRIAL}

    assert words("blood_pressure") == {"sbp": "moderate", "dbp": "moderate"}
    assert words("urine_mg")["urine_mg"] == "established"
    assert words("pwv")["pwv"] == "contested"
    assert words("imt")["cimt"] == "contested"


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("name", sorted(questions()))
def test_every_question_has_a_page_that_fits(name: str, language: str) -> None:
    t = Translator(language)
    found = answer(base(), question(name))
    text = answer_text(found, base(), t)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "nan" not in text.lower().split()
    assert len(answer_json(found, t)["lines"]) == len(found.lines)


def test_a_null_result_is_called_no_difference() -> None:
    lines = answer(base(), question("crp")).lines
    trial = next(
        line
        for line in answer_json(answer(base(), question("crp")), Translator())["lines"]
        if line["grade"] == "trial"
    )
    assert trial["finding"].startswith("No difference found")
    assert next(line for line in lines if line.grade is Grade.TRIAL).silent >= 5


@given(st.floats(0.1, 5), st.floats(0.01, 2))
def test_a_side_is_claimed_only_when_the_interval_clears_it(middle: float, reach: float) -> None:
    low, high = middle * math.exp(-reach), middle * math.exp(reach)
    claimed = side(low, high, 1.0)
    assert (claimed == "none") == (low <= 1.0 <= high)


def test_small_study_effects_are_judged_from_ten_studies_on() -> None:
    few = net_effects(base(), "sbp")
    assert bias(few, pooled(few)).verdict == "few"
    one = net_effects(base(), "pwv")
    assert bias(one, pooled(one)).egger_p is None
    many = extremes(base(), "type2_diabetes", "dietary")
    found = bias(many, pooled(many))
    assert found.verdict == ("asymmetric" if (found.egger_p or 1.0) < 0.10 else "symmetric")
    lines = answer(base(), question("diabetes")).lines
    line = next(v for v in lines if v.data.contrast == "extremes" and v.data.k >= 10)
    assert ("small_studies" in {r.code for r in line.certainty.reasons}) == (found.verdict == "asymmetric")


def test_a_curve_is_one_at_its_reference_and_counts_every_study() -> None:
    found = fit(curve_data(base(), "stroke_total", "dietary"), "linear")
    assert found.curve.contrasts.m == found.curve.data.k == 4
    curve = found.result.predict([200.0, 300.0], 200.0)
    assert curve.effect[0] == pytest.approx(0)
    assert curve.pi_low[1] <= curve.ci_low[1] <= curve.effect[1]


def test_the_conservative_bound_claims_less_than_the_mean() -> None:
    found = fit(curve_data(base(), "type2_diabetes", "dietary"))
    bound = conservative(found, 145.0)
    assert bound is not None
    assert bound.mean[-1] < bound.bound[-1]
    assert conservative(fit(curve_data(base(), "hypertension", "dietary")), 236.0) is None
