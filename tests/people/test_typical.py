"""What is assumed when a fact is not stated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epsom.people.people import people_from_rows
from epsom.people.plan import plan_of
from epsom.people.row import read_row
from epsom.people.typical import Complete, complete


def _complete(**facts: object) -> Complete:
    row = read_row({"age_years": 55, "sex": "female", "intake_mg_per_day": 240, **facts})
    assert row.problems == ()
    return complete(people_from_rows([row], ["1"]))


def test_what_is_stated_stays_and_what_is_not_is_marked() -> None:
    facts = _complete(sbp_mmhg=142, crp_mg_per_l=3.3)
    assert facts.values["crp_mg_per_l"][0] == 3.3
    assert not facts.assumed["crp_mg_per_l"][0]
    assert facts.assumed["ldl_mmol_per_l"][0]
    assert facts.assumed["dbp_mmhg"][0]
    assert not facts.assumed["sbp_mmhg"][0]


@given(st.floats(18, 100), st.sampled_from(["female", "male"]))
def test_everybody_can_be_completed(age: float, sex: str) -> None:
    facts = _complete(age_years=age, sex=sex)
    assert all(np.isfinite(facts.values[name]).all() for name in facts.assumed)
    assert facts.values["sbp_mmhg"][0] > facts.values["dbp_mmhg"][0] + 20


def test_bmi_follows_from_stated_height_and_weight() -> None:
    facts = _complete(height_cm=170, weight_kg=70)
    assert facts.values["bmi_kg_per_m2"][0] == pytest.approx(24.22, abs=0.01)
    assert not facts.assumed["bmi_kg_per_m2"][0]


def test_what_is_known_to_lower_serum_lowers_the_assumed_serum() -> None:
    plain = _complete().values["serum_mg_mmol_per_l"][0]
    assert _complete(thiazide="yes").values["serum_mg_mmol_per_l"][0] == pytest.approx(plain - 0.018)
    assert _complete(type2_diabetes="yes").values["serum_mg_mmol_per_l"][0] < plain


def test_a_plan_that_leaves_things_open_says_so() -> None:
    row = read_row({"age_years": 55, "sex": "female", "intake_mg_per_day": 240, "supplement_mg_per_day": 350})
    plan = plan_of(people_from_rows([row], ["1"]))
    assert plan.doses[0] == 2.0
    assert set(plan.assumed) == {"doses_per_day", "with_meals", "years", "compound"}
