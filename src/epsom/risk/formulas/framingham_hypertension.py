"""Framingham incident hypertension (Parikh 2008)."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.shared import Constants, Inputs


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Return the risk of new hypertension within ``years``.

    Returns
    -------
    dict
        ``risk`` [fraction] (n,).

    References
    ----------
    Parikh et al., Ann Intern Med 2008;148:102-110: a Weibull accelerated-failure model,
    1 - exp(-exp((ln t - mu) / scale)) with t in years.
    """
    mu = (
        k["b0"]
        + k["b_female"] * x["sex"]  # code 1 is female
        + k["b_age"] * x["age_years"]
        + k["b_bmi"] * x["bmi_kg_per_m2"]
        + k["b_sbp"] * x["sbp_mmhg"]
        + k["b_dbp"] * x["dbp_mmhg"]
        + k["b_smk"] * x["smoker"]
        + k["b_par"] * x["parents_hypertension"]
        + k["b_agedbp"] * x["age_years"] * x["dbp_mmhg"]
    )
    return {"risk": -np.expm1(-np.exp((np.log(x["years"]) - mu) / k["scale"]))}
