"""PREVENT base model: total CVD, ASCVD and heart failure over 10 and 30 years (Khan 2024)."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.shared import SEXES, ByGroup, Constants, Inputs, scaled


def _terms(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Build every term of the six models (each (n,)), on the scales of the paper."""
    knot = k["knots"]
    sbp, bmi, egfr = x["sbp_mmhg"], x["bmi_kg_per_m2"], x["egfr_ml_per_min"]
    measured = {
        "age": x["age_years"],
        "nonhdl": x["total_cholesterol_mmol_per_l"] - x["hdl_mmol_per_l"],
        "hdl": x["hdl_mmol_per_l"],
        "sbp_lt110": np.minimum(sbp, knot["sbp"]),
        "sbp_ge110": np.maximum(sbp, knot["sbp"]),
        "bmi_lt30": np.minimum(bmi, knot["bmi"]),
        "bmi_ge30": np.maximum(bmi, knot["bmi"]),
        "egfr_lt60": np.minimum(egfr, knot["egfr"]),
        "egfr_ge60": np.maximum(egfr, knot["egfr"]),
    }
    plain = {name: scaled(value, k["scale"][name]) for name, value in measured.items()}
    age = plain["age"]
    plain |= {
        "age2": age**2,
        "diabetes": x["type2_diabetes"],
        "smoker": x["smoker"],
        "bp_treated": x["antihypertensive"],
        "statin": x["statin"],
    }
    crossed = {
        "bp_treated_x_sbp_ge110": plain["bp_treated"] * plain["sbp_ge110"],
        "statin_x_nonhdl": plain["statin"] * plain["nonhdl"],
    }
    by_age = ("nonhdl", "hdl", "sbp_ge110", "diabetes", "smoker", "bmi_ge30", "egfr_lt60")
    return plain | crossed | {f"age_x_{name}": age * plain[name] for name in by_age}


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Return the six risks; which terms a model has is in its coefficients.

    Returns
    -------
    dict
        ``total_cvd_10y`` ... ``hf_30y`` [fraction] (n,).

    References
    ----------
    Khan et al., Circulation 2024;149:430-449: 1 / (1 + exp(-lp)), lipids in mmol/L.
    """
    terms = _terms(x, k)
    risks = {}
    for outcome, coefficients in k["male"].items():
        b = ByGroup({sex: k[sex][outcome] for sex in SEXES}, SEXES, x["sex"])
        used = {name: terms[name] for name in coefficients if name != "const"}
        risks[outcome] = 1.0 / (1.0 + np.exp(-b.sum(used, start=b["const"])))
    return risks
