"""People for the tests: one record that every score can read, and batches of varied ones."""

from __future__ import annotations

from typing import Any

import numpy as np

PERSON: dict[str, Any] = {
    "sex": "female",
    "region": "low",
    "race": "white",
    "age_years": 55.0,
    "sbp_mmhg": 128.0,
    "dbp_mmhg": 78.0,
    "bmi_kg_per_m2": 27.0,
    "waist_cm": 86.0,
    "total_cholesterol_mg_per_dl": 210.0,
    "hdl_mg_per_dl": 52.0,
    "triglycerides_mg_per_dl": 130.0,
    "glucose_mg_per_dl": 95.0,
    "egfr_ml_per_min": 85.0,
    "smoker": 0,
    "type2_diabetes": 0,
    "antihypertensive": 0,
    "statin": 0,
    "parents_hypertension": 1,
    "parental_diabetes": 0,
    "prior_cvd": 0,
    "atrial_fibrillation": 0,
    "active_30min_daily": 1,
    "vegetables_fruit_daily": 1,
    "antihypertensive_ever": 0,
    "high_glucose_ever": 0,
    "family_diabetes": "none",
    "waist_threshold": "us_102_88",
    "triglyceride_drug": 0,
    "hdl_drug": 0,
    "glucose_drug": 0,
}


def varied(n: int, seed: int = 1) -> dict[str, Any]:
    """Return n people who differ in everything, all within what is possible."""
    rng = np.random.default_rng(seed)
    flags = [
        k for k, v in PERSON.items() if v in (0, 1) and isinstance(v, int) and k != "parents_hypertension"
    ]
    people: dict[str, Any] = {k: rng.integers(0, 2, n) for k in flags}
    people |= {
        "sex": rng.choice(["male", "female"], n),
        "region": rng.choice(["low", "moderate", "high", "very_high"], n),
        "race": rng.choice(["white", "black"], n),
        "family_diabetes": rng.choice(["none", "second_degree", "first_degree"], n),
        "waist_threshold": rng.choice(["us_102_88", "idf_europid_94_80", "asian_90_80"], n),
        "parents_hypertension": rng.integers(0, 3, n),
        "age_years": rng.uniform(20, 95, n),
        "sbp_mmhg": rng.uniform(85, 210, n),
        "dbp_mmhg": rng.uniform(50, 84, n),
        "bmi_kg_per_m2": rng.uniform(16, 50, n),
        "waist_cm": rng.uniform(60, 140, n),
        "total_cholesterol_mg_per_dl": rng.uniform(120, 350, n),
        "hdl_mg_per_dl": rng.uniform(20, 110, n),
        "triglycerides_mg_per_dl": rng.uniform(40, 500, n),
        "glucose_mg_per_dl": rng.uniform(65, 200, n),
        "egfr_ml_per_min": rng.uniform(10, 140, n),
    }
    return people
