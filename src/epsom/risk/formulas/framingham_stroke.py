"""Revised Framingham stroke risk profile (Dufouil 2017)."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.shared import SEXES, ByGroup, Constants, Inputs, either, scaled, yes


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Return the risk of stroke within ``years`` (whole years, 1 to 10).

    Returns
    -------
    dict
        ``risk`` [fraction] (n,).

    References
    ----------
    Dufouil et al., Circulation 2017;135:1145-1159: 1 - s0(t)^exp(lp - mean).
    """
    b = ByGroup(k, SEXES, x["sex"])
    age, treated = x["age_years"], x["antihypertensive"]
    old = yes(age >= k["old_from_years"], age)
    sbp = scaled(x["sbp_mmhg"], k["scale"]["sbp"])
    lp = b.sum(
        {
            "age_per10": scaled(age, k["scale"]["age"]),
            "smoker": x["smoker"],
            "prevalent_cvd": x["prior_cvd"],
            "prevalent_af": x["atrial_fibrillation"],
            "age_ge65": old,
            "bp_treated": treated,
        },
        start=either(treated, b["sbp_treated_per10"], b["sbp_untreated_per10"]) * sbp,
    )
    lp += either(old, b["diabetes_age_ge65"], b["diabetes_age_lt65"]) * x["type2_diabetes"]
    survival = np.array([k[sex]["s0_by_year"] for sex in SEXES])
    year = np.nan_to_num(x["years"], nan=1.0).astype(np.int64)
    risk = -np.expm1(np.exp(lp - b["mean_lp"]) * np.log(survival[x["sex"], year - 1]))
    return {"risk": np.where(np.isnan(x["years"]), np.nan, risk)}
