"""Framingham general cardiovascular disease, with lipids or with BMI (D'Agostino 2008)."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.shared import SEXES, ByGroup, Constants, Inputs, either

# Continuous factors enter as natural logarithms; the coefficient of each is named on the right.
_LOGS = {
    "total_cholesterol_mg_per_dl": "ln_tc",
    "hdl_mg_per_dl": "ln_hdl",
    "bmi_kg_per_m2": "ln_bmi",
}


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Return the 10-year risk and the heart age that says the same in years.

    The heart age is the age at which a person of the same sex, with the factor values that the
    paper calls normal, has this risk.

    Returns
    -------
    dict
        ``risk_10y`` [fraction] (n,) and ``heart_age_years`` [years] (n,).

    References
    ----------
    D'Agostino et al., Circulation 2008;117:743-753: 1 - S0^exp(sum(b x) - mean).
    """
    b = ByGroup(k, SEXES, x["sex"])
    sbp = either(x["antihypertensive"], b["ln_sbp_treated"], b["ln_sbp_untreated"]) * np.log(x["sbp_mmhg"])
    logs = {name: key for key, name in _LOGS.items() if key in x}
    factors = b.sum(
        {
            **{name: np.log(x[key]) for name, key in logs.items()},
            "smoker": x["smoker"],
            "diabetes": x["type2_diabetes"],
        },
        start=sbp,
    )
    lp = b["ln_age"] * np.log(x["age_years"]) + factors
    risk = -np.expm1(np.exp(lp - b["mean_lp"]) * np.log(b["s0_10y"]))
    normal = b["ln_sbp_untreated"] * np.log(k["normal"]["sbp_mmhg"])
    for name, key in logs.items():
        normal = normal + b[name] * np.log(k["normal"][key])
    return {"risk_10y": risk, "heart_age_years": np.exp((lp - normal) / b["ln_age"])}
