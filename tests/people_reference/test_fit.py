"""The reference population beside the survey: all of it with the survey at hand, in short without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from epsom.people.reference.drawing import draw
from epsom.people.reference.tables import reference
from tests.shared_data import shared

ROOT = Path(__file__).resolve().parents[2]

# The one comparison that the recipe is known to miss: one normal score cannot give people with treated
# diabetes their own hump in HbA1c.
KNOWN = {"hba1c_percent ~ type2_diabetes"}


def test_means_percentiles_shares_and_correlations_are_those_of_the_survey() -> None:
    survey = shared("data", "nhanes", "analytic", "nhanes_2017_2018.csv")
    diabetes = shared("data", "nhanes", "raw", "2017-2018", "DIQ_J.csv.xz")
    done = subprocess.run(
        [sys.executable, "validation/population_fit.py", survey, diabetes, "--people", "40000", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert {row["field"] for row in found["failures"]} <= KNOWN
    assert found["passed"] > 500
    assert len(found["outside"]) == 4


# Weighted means of non-pregnant adults of 20 and over, NHANES 2017-2018, to be had without the survey.
SURVEY_MEANS = {
    "sbp_mmhg": (125.00, 122.98),
    "bmi_kg_per_m2": (29.70, 29.90),
    "intake_mg_per_day": (342.9, 270.0),
    "egfr_ml_per_min": (95.16, 95.72),
    "total_cholesterol_mmol_per_l": (4.785, 4.974),
}


@pytest.mark.parametrize("field", SURVEY_MEANS)
def test_means_without_the_survey(field: str) -> None:
    """Within 1 %, about the survey's own standard error."""
    people = draw(reference("USA"), 2, 40_000)
    for sex, mean in zip(("male", "female"), SURVEY_MEANS[field], strict=True):
        assert np.mean(people[field][people["sex"] == sex]) == pytest.approx(mean, rel=0.01)
