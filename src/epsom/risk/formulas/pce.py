"""Pooled cohort equations for atherosclerotic cardiovascular disease (Goff 2013)."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.shared import SEXES, ByGroup, Constants, Inputs, either

RACES = ("white", "black")


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Return the 10-year risk of a first hard atherosclerotic event.

    Returns
    -------
    dict
        ``risk_10y`` [fraction] (n,).

    References
    ----------
    Goff et al., J Am Coll Cardiol 2014;63:2935-2959: 1 - s0^exp(lp - mean), natural logarithms.
    """
    order = tuple(f"{race}_{sex}" for race in RACES for sex in SEXES)
    b = ByGroup(k, order, x["race"] * len(SEXES) + x["sex"])
    age, sbp, treated = np.log(x["age_years"]), np.log(x["sbp_mmhg"]), x["antihypertensive"]
    tc, hdl = np.log(x["total_cholesterol_mg_per_dl"]), np.log(x["hdl_mg_per_dl"])
    pressure = either(treated, b["ln_sbp_tr"], b["ln_sbp_un"]) * sbp
    pressure += either(treated, b["ln_age_ln_sbp_tr"], b["ln_age_ln_sbp_un"]) * age * sbp
    lp = b.sum(
        {
            "ln_age": age,
            "ln_age2": age**2,
            "ln_tc": tc,
            "ln_age_ln_tc": age * tc,
            "ln_hdl": hdl,
            "ln_age_ln_hdl": age * hdl,
            "smoker": x["smoker"],
            "ln_age_smoker": age * x["smoker"],
            "diabetes": x["type2_diabetes"],
        },
        start=pressure,
    )
    return {"risk_10y": -np.expm1(np.exp(lp - b["mean_lp"]) * np.log(b["s0_10y"]))}
