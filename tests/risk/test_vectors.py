"""The scores against worked numbers from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from epsom.risk.scores import names, score
from epsom.risk.scoring import evaluate
from tests.risk.people import varied
from tests.shared_data import shared

ROOT = Path(__file__).resolve().parents[2]


def test_every_shared_vector_is_met() -> None:
    vectors = shared("reference", "risk_vectors.json")
    done = subprocess.run(
        [sys.executable, "validation/risk_vectors.py", str(vectors), "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert (found["failed"], found["skipped"]) == (0, 0)
    assert found["passed"] == 216
    assert sorted(found["per_score"]) == sorted(names())
    # Of disputed rows both readings are offered, and both agree with their source.
    assert len(found["disputed"]) == 4
    for row in found["disputed"]:
        assert max(row["differences"].values()) < 1e-8


# Two rows a score would be the shared file again; one worked row of each family runs without it.
WORKED = [
    ("framingham_cvd_2008_lipid", None,
     {"sex": "male", "age": 45, "tc_mg_dl": 280, "hdl_mg_dl": 52, "sbp": 115, "bp_treated": 1, "smoker": 0,
      "diabetes": 0}, {"risk_10y": 0.0918514013}),
    ("framingham_hypertension_2008", None,
     {"sex": "male", "age": 65, "sbp": 95, "dbp": 69, "bmi": 39.8, "smoker": 0, "parents_htn": 2, "years": 1},
     {"risk": 0.0118401627}),
    ("score2", "precise",
     {"region": "high", "sex": "male", "age": 67, "sbp": 118,
      "smoker": 0, "tc_mmol_l": 4.4, "hdl_mmol_l": 2.5},
     {"risk_10y": 0.0562589648}),
    ("score2_op", "published",
     {"region": "high", "sex": "male", "age": 89, "sbp": 131,
      "smoker": 0, "tc_mmol_l": 5.1, "hdl_mmol_l": 2.4},
     {"risk_10y": 0.3573884962}),
    ("pce_2013", "precise",
     {"race": "white", "sex": "male", "age": 63, "tc_mg_dl": 319, "hdl_mg_dl": 54, "sbp": 176,
      "bp_treated": 1, "smoker": 1, "diabetes": 0}, {"risk_10y": 0.3932776783}),
    ("framingham_stroke_revised_2017", None,
     {"sex": "male", "age": 60, "sbp": 126, "bp_treated": 0, "smoker": 0, "diabetes": 0, "cvd": 0, "af": 1,
      "years": 1}, {"risk": 0.0012183697}),
    ("findrisc", None,
     {"sex": "male", "age": 58, "bmi": 30.2, "waist_cm": 85.9, "active_30min_daily": 0, "veg_fruit_daily": 1,
      "bp_med_ever": 0, "high_glucose_ever": 0, "family_dm": "second_degree"}, {"points": 11}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "constants", "person", "expected"), WORKED)
def test_worked_rows(name: str, constants: str | None, person: dict, expected: dict) -> None:
    values = evaluate(score(name), person, constants=constants).values
    for output, value in expected.items():
        assert values[output][0] == pytest.approx(value, abs=1e-8)


def test_prevent_documentation_example() -> None:
    """The example of the R package preventr, printed to 0.1 percent."""
    person = {"sex": "female", "age": 50, "sbp": 160, "bp_treated": 1, "tc_mg_dl": 200, "hdl_mg_dl": 45,
              "statin": 0, "diabetes": 1, "smoker": 0, "egfr": 90, "bmi": 35}  # fmt: skip
    printed = {"total_cvd_10y": 14.7, "ascvd_10y": 9.2, "hf_10y": 8.1,
               "total_cvd_30y": 53.0, "ascvd_30y": 35.4, "hf_30y": 39.0}  # fmt: skip
    values = evaluate(score("prevent_base"), person).values
    assert {k: round(100 * float(v[0]), 1) for k, v in values.items()} == printed


@pytest.mark.parametrize("name", ["score2", "score2_op", "pce_2013"])
def test_published_and_precise_constants_differ_by_less_than_two_points(name: str) -> None:
    """The sources report 0.002, 0.95 and 0.39 points at most; these people are more extreme than theirs."""
    people = varied(400)
    one = evaluate(score(name), people, constants="published").values["risk_10y"]
    two = evaluate(score(name), people, constants="precise").values["risk_10y"]
    assert 0 < np.nanmax(np.abs(one - two)) < 0.02
