"""SCORE2-OP: cardiovascular disease in Europeans aged 70 and over."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.score2 import calibrated
from epsom.risk.formulas.shared import SEXES, ByGroup, Constants, Inputs, scaled


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Return the 10-year risk of fatal and non-fatal cardiovascular disease.

    Returns
    -------
    dict
        ``risk_10y`` [fraction] (n,).

    References
    ----------
    SCORE2-OP working group, Eur Heart J 2021;42:2455-2467: per year from 73, per mmHg from 150,
    per mmol/L from 6 (total cholesterol) and 1.4 (HDL), less the mean linear predictor.
    """
    b = ByGroup(k, SEXES, x["sex"])
    age = scaled(x["age_years"], k["scale"]["age"])
    terms = {
        "smoker": x["smoker"],
        "diabetes": x["type2_diabetes"],
        "sbp": scaled(x["sbp_mmhg"], k["scale"]["sbp"]),
        "tc": scaled(x["total_cholesterol_mmol_per_l"], k["scale"]["tc"]),
        "hdl": scaled(x["hdl_mmol_per_l"], k["scale"]["hdl"]),
    }
    terms |= {f"{name}_x_age": value * age for name, value in terms.items()}
    lp = b.sum(terms, start=b["age"] * age) - b["mean_lp"]
    return {"risk_10y": calibrated(np.log(-np.log(b["s0_10y"])) + lp, x, k)}
