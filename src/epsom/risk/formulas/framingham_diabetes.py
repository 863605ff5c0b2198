"""Framingham offspring type 2 diabetes, as equation and as point table (Wilson 2007)."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.shared import SEXES, ByGroup, Constants, Inputs, banded, yes


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Return the 8-year risk of type 2 diabetes by both routes of the paper.

    Returns
    -------
    dict
        ``risk_8y_logistic`` [fraction], ``points`` and ``risk_8y_points_table_percent``
        [percent] (n,). The table's ends stand for "at most" and "more than".

    References
    ----------
    Wilson et al., Arch Intern Med 2007;167:1068-1074.
    """
    cuts, w, p = k["cuts"], k["logit"], k["points"]
    hdl_cut = ByGroup({s: {"cut": cuts["hdl_low_mg_per_dl"][s]} for s in SEXES}, SEXES, x["sex"])["cut"]
    sbp, dbp, treated = x["sbp_mmhg"], x["dbp_mmhg"], x["antihypertensive"]
    hdl, tg = x["hdl_mg_per_dl"], x["triglycerides_mg_per_dl"]
    glucose, parent = x["glucose_mg_per_dl"], x["parental_diabetes"]
    bmi = banded(x["bmi_kg_per_m2"], cuts["bmi_kg_per_m2"], (0, 1, 2))
    found = {
        "blood_pressure": yes(
            (sbp >= cuts["sbp_mmhg"]) | (dbp >= cuts["dbp_mmhg"]) | (treated > 0), sbp, dbp, treated
        ),
        "hdl": yes(hdl < hdl_cut, hdl),
        "triglycerides": yes(tg >= cuts["triglycerides_mg_per_dl"], tg),
        "glucose": yes(glucose >= cuts["glucose_mg_per_dl"], glucose),
        "parental_diabetes": parent,
    }
    lp = w["intercept"] + w["male"] * (x["sex"] == SEXES.index("male"))
    lp = lp + banded(x["age_years"], cuts["age_years"], w["age"]) + banded(bmi, (1, 2), w["bmi"])
    points = banded(bmi, (1, 2), p["bmi"])
    for name, value in found.items():
        lp = lp + w[name] * value
        points = points + p[name] * value
    table = k["percent_from_10_points"]
    percent = banded(points, range(11, 11 + len(table) - 1), table)
    return {
        "risk_8y_logistic": 1.0 / (1.0 + np.exp(-lp)),
        "points": points,
        "risk_8y_points_table_percent": percent,
    }
