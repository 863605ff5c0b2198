"""SCORE2: cardiovascular disease in Europeans aged 40 to 69."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.shared import SEXES, ByGroup, Constants, Inputs, scaled

REGIONS = ("low", "moderate", "high", "very_high")


def calibrated(ln_hazard: FloatArray, x: Inputs, k: Constants) -> FloatArray:
    """Move the risk of the pooled cohorts to a region's level.

    Parameters
    ----------
    ln_hazard
        ln(-ln(1 - uncalibrated risk)) (n,).

    Returns
    -------
    FloatArray
        10-year risk [fraction] (n,).
    """
    groups = {f"{sex} {region}": k["region_scales"][sex][region] for sex in SEXES for region in REGIONS}
    scale = ByGroup(groups, tuple(groups), x["sex"] * len(REGIONS) + x["region"])
    risk: FloatArray = -np.expm1(-np.exp(scale[0] + scale[1] * ln_hazard))
    return risk


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Return the 10-year risk of fatal and non-fatal cardiovascular disease.

    The diabetes terms of the paper serve its recalibration only and are left out.

    Returns
    -------
    dict
        ``risk_10y`` [fraction] (n,).

    References
    ----------
    SCORE2 working group, Eur Heart J 2021;42:2439-2454: age per 5 years from 60, pressure per
    20 mmHg from 120, total cholesterol per mmol/L from 6, HDL per 0.5 mmol/L from 1.3.
    """
    b = ByGroup(k, SEXES, x["sex"])
    age = scaled(x["age_years"], k["scale"]["age"])
    terms = {
        "smoker": x["smoker"],
        "sbp": scaled(x["sbp_mmhg"], k["scale"]["sbp"]),
        "tc": scaled(x["total_cholesterol_mmol_per_l"], k["scale"]["tc"]),
        "hdl": scaled(x["hdl_mmol_per_l"], k["scale"]["hdl"]),
    }
    terms |= {f"{name}_x_age": value * age for name, value in terms.items()}
    lp = b.sum(terms, start=b["age"] * age)
    return {"risk_10y": calibrated(np.log(-np.log(b["s0_10y"])) + lp, x, k)}
