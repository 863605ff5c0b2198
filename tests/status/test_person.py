"""The status of one person: intake against advice, blood, score, supplement, cautions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.people.reference_intakes import BODIES, find_reference, reference_amounts, reference_intakes
from epsom.people.status.blood_and_urine import loading_readings, retention, serum_readings
from epsom.people.status.depletion import depletion_of
from epsom.people.status.facts import Facts
from epsom.people.status.intake import probability_of_inadequacy, usual_of
from epsom.people.status.person import status_of
from epsom.people.status.supplement import caution_rules, caution_words, cautions_of, limits_of

WOMAN = Facts("a", "female", 45.0)
_NO_DRUGS = {"thiazide": 0.0, "loop_diuretic": 0.0, "k_sparing_diuretic": 0.0, "ppi": 0.0}


@pytest.mark.parametrize(
    ("body", "kind", "age", "sex", "state", "amount"),
    [
        ("iom", "EAR", 30, "male", "any", 330), ("iom", "EAR", 31, "male", "any", 350),
        ("iom", "RDA", 31, "female", "any", 320), ("iom", "RDA", 25, "female", "pregnancy", 350),
        ("efsa", "AI", 17.9, "male", "any", 300), ("efsa", "AI", 18, "male", "any", 350),
        ("health_council_nl", "AI", 40, "female", "lactation", 300), ("dach", "EV", 70, "female", "any", 300),
        ("nnr", "AI", 40, "male", "any", 350), ("uk", "RNI", 40, "female", "any", 270),
        ("iom", "UL", 40, "male", "any", 350), ("efsa", "UL", 40, "male", "any", 250),
        ("uk", "GL", 40, "male", "any", 400),
    ],
)  # fmt: skip
def test_advised_amounts(body: str, kind: str, age: float, sex: str, state: str, amount: float) -> None:
    found = find_reference(body, [kind], age, sex, state)
    assert found is not None
    assert found.mg_per_day == amount


@settings(max_examples=40)
@given(st.floats(0, 110), st.sampled_from(["female", "male"]), st.sampled_from(BODIES))
def test_no_two_amounts_hold_for_one_person(age: float, sex: str, body: str) -> None:
    for kind in ("EAR", "RDA", "AI", "EV", "RNI", "UL", "GL"):
        fits = [
            r for r in reference_intakes() if r.body == body and r.kind == kind and r.holds(age, sex, "any")
        ]
        assert len([r for r in fits if r.state == "any"]) <= 1
        one = find_reference(body, [kind], age, sex)
        many = reference_amounts(body, [kind], [age], [sex == "female"])[0]
        assert (one is None) == math.isnan(many)
        assert one is None or one.mg_per_day == many


def test_the_rda_is_1_2_times_the_ear() -> None:
    # Printed RDAs are rounded to 10 mg.
    for age in (2, 6, 10, 16, 25, 40):
        for sex in ("female", "male"):
            ear, rda = (find_reference("iom", [kind], age, sex) for kind in ("EAR", "RDA"))
            assert ear is not None
            assert rda is not None
            assert rda.mg_per_day == pytest.approx(1.2 * ear.mg_per_day, abs=6)


def test_the_chance_of_too_little_is_a_half_at_the_average_requirement() -> None:
    for intake, chance in (
        (265.0, 0.5),
        (318.0, 0.0228),
        (212.0, 0.9772),
    ):  # EAR, and two spreads up and down
        status = status_of(Facts("a", "female", 45.0, usual=intake))
        assert status.inadequate_food == pytest.approx(chance, abs=1e-4)


@settings(max_examples=40)
@given(st.floats(50, 700), st.floats(0, 300))
def test_more_magnesium_never_raises_the_chance_of_too_little(intake: float, more: float) -> None:
    usual = usual_of(Facts("a", "male", 45.0, usual=intake))
    assert usual is not None
    assert probability_of_inadequacy(usual, more, 350.0) <= probability_of_inadequacy(usual, 0.0, 350.0)


@settings(max_examples=40)
@given(st.lists(st.floats(60, 900), min_size=1, max_size=7))
def test_more_days_are_surer_and_lie_nearer_to_their_mean(days: list[float]) -> None:
    one, twice = (usual_of(Facts("a", "female", 45.0, days=tuple(d))) for d in (days, days * 2))
    assert one is not None
    assert twice is not None
    assert one.low < one.usual < one.high
    assert twice.high - twice.low < (one.high - one.low) * 1.02


def test_one_day_is_pulled_towards_other_people() -> None:
    low, high = (usual_of(Facts("a", "female", 45.0, days=(d,))) for d in (90.0, 700.0))
    assert low is not None
    assert high is not None
    assert 90.0 < low.usual < high.usual < 700.0


def test_days_of_many_people_read_one_by_one_are_right_on_average() -> None:
    rng = np.random.default_rng(3)
    own = rng.normal(3.97730, np.sqrt(0.101343), 400)
    days = (own[:, None] + rng.normal(0, np.sqrt(0.116982), (400, 2))) ** 4
    read = [usual_of(Facts("a", "female", 45.0, days=tuple(d))) for d in days]
    true = own**4 + 6 * own**2 * 0.116982 + 3 * 0.116982**2
    inside = np.mean([r.low <= x <= r.high for r, x in zip(read, true, strict=True) if r is not None])
    assert 0.86 <= inside <= 0.94  # 90 % of 400, give or take 2.7 standard errors
    assert np.mean([r.usual for r in read if r is not None]) == pytest.approx(true.mean(), rel=0.03)


def test_below_an_adequate_intake_nothing_is_judged() -> None:
    readings = {
        (a.body, a.kind): a.reading for a in status_of(Facts("a", "female", 45.0, usual=280.0)).adequacy
    }
    assert readings[("efsa", "AI")] == "not_judged"
    assert readings[("iom", "RDA")] == "below"
    assert readings[("uk", "RNI")] == "met"
    assert readings[("iom", "EAR")] == "possibly_short"


def test_pregnancy_has_no_average_requirement_in_the_table() -> None:
    status = status_of(Facts("a", "female", 30.0, state="pregnancy", usual=280.0))
    assert status.inadequate_food is None
    assert all(a.kind != "EAR" for a in status.adequacy)
    assert {a.advised for a in status.adequacy if a.kind == "RDA"} == {350.0}


@pytest.mark.parametrize(
    ("serum", "readings"),
    [(0.69, ["low"] * 5), (0.70, ["normal", "low", "low", "normal", "low"]),
     (0.72, ["normal", "low", "low", "normal", "low"]),
     (0.75, ["normal", "normal", "normal", "normal", "latent"]),
     (0.85, ["normal"] * 5), (0.96, ["normal", "normal", "high", "high", "normal"])],
)  # fmt: skip
def test_serum_by_each_convention(serum: float, readings: list[str]) -> None:
    assert [r.reading for r in serum_readings(Facts("a", "female", 45.0, serum=serum))] == readings


def test_conventions_differ_between_men_and_women() -> None:
    found = {sex: serum_readings(Facts("a", sex, 45.0, serum=0.705))[3].reading for sex in ("female", "male")}
    assert found == {"female": "normal", "male": "low"}


def test_loading_test() -> None:
    assert retention(30.0, 4.0, 4.0) == 100.0
    found = loading_readings(Facts("a", "male", 45.0, dose=30.0, urine_before=4.0, urine_after=26.2))
    assert found is not None
    kept, readings = found
    assert kept == pytest.approx(26.0)
    assert [r.reading for r in readings] == ["retained", "retained", "normal", "normal"]
    assert loading_readings(WOMAN) is None


def test_depletion_score_of_the_paper() -> None:
    worst = Facts(
        "a", "female", 60.0, egfr=50.0, drinks=1.1, flags={**_NO_DRUGS, "thiazide": 1.0, "ppi": 1.0}
    )
    best = Facts("a", "male", 60.0, egfr=90.0, drinks=2.0, flags=_NO_DRUGS)
    for facts, points in ((worst, 5), (best, 0)):
        found = depletion_of(facts)
        assert found is not None
        assert (found.least, found.most) == (points, points)


def test_an_unknown_domain_makes_the_score_a_range() -> None:
    found = depletion_of(Facts("a", "female", 60.0, egfr=70.0, flags={"thiazide": 1.0}))
    assert found is not None
    assert (found.least, found.most, found.group) == (2, 4, None)
    assert depletion_of(Facts("a", "female", 19.0)) is None


def test_a_supplement_against_each_level() -> None:
    now = limits_of(Facts("a", "female", 45.0, supplement=250.0, planned=110.0))
    above = {(limit.body, limit.planned): limit.above for limit in now}
    assert not any(value for (_, planned), value in above.items() if not planned)  # 250 is not above 250
    assert above[("efsa", True)]
    assert above[("iom", True)]
    assert not above[("uk", True)]


@pytest.mark.parametrize(
    ("facts", "ids"),
    [
        (Facts("a", "female", 70.0, egfr=29.9, planned=100.0), ["kidney_failure"]),
        (Facts("a", "female", 70.0, egfr=30.0, planned=100.0), ["kidney_reduced"]),
        (Facts("a", "female", 70.0, egfr=20.0), []),
        (Facts("a", "female", 70.0, flags={"ppi": 1.0}), ["ppi"]),
        (Facts("a", "female", 70.0, planned=10.0, listed=frozenset({"quinolone"})), ["quinolone"]),
        (Facts("a", "female", 30.0, planned=10.0, flags={"pregnant": 1.0, "thiazide": 1.0}),
         ["pregnant", "thiazide_or_loop"]),
    ],
)  # fmt: skip
def test_cautions(facts: Facts, ids: list[str]) -> None:
    assert [c.id for c in cautions_of(facts)] == ids


def test_the_rules_of_care_are_sound() -> None:
    ids = [rule["id"] for rule in caution_rules()]
    assert len(set(ids)) == len(ids)
    assert {rule["action"] for rule in caution_rules()} == {"block", "doctor", "separate", "monitor"}
    assert set(caution_words().values()) <= set(ids)
    assert all(rule["source"] and rule["confidence"] for rule in caution_rules())


def test_nothing_stated_gives_nothing_but_the_range_of_the_score() -> None:
    status = status_of(WOMAN)
    assert status.intake is None
    assert status.adequacy == status.serum == status.limits == status.cautions == ()
    assert status.depletion is not None
    assert (status.depletion.least, status.depletion.most) == (0, 5)
