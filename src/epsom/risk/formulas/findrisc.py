"""FINDRISC, the Finnish diabetes risk score (Lindström & Tuomilehto 2003)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.shared import SEXES, ByGroup, Constants, Inputs, banded

FAMILY = ("none", "second_degree", "first_degree")


def _three_bands(x: FloatArray, low: FloatArray, high: FloatArray, points: Sequence[float]) -> FloatArray:
    """Give points below ``low``, from ``low`` up to and with ``high``, and above ``high`` (n,)."""
    middle = np.where(x < low, points[0], np.where(x > high, points[2], points[1]))
    return np.where(np.isnan(x), np.nan, middle)


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Return the points (0 to 26) and the 10-year risk of their band.

    Returns
    -------
    dict
        ``points`` and ``risk_10y_percent`` [percent] (n,).

    References
    ----------
    Lindström & Tuomilehto, Diabetes Care 2003;26:725-731.
    """
    waist = ByGroup(k["waist_cm"], SEXES, x["sex"])
    bmi, family = k["bmi_kg_per_m2"], k["family_diabetes"]
    points = (
        banded(x["age_years"], k["age_years"]["from"], k["age_years"]["points"])
        + _three_bands(x["bmi_kg_per_m2"], bmi["from"], bmi["above"], bmi["points"])
        + _three_bands(x["waist_cm"], waist["from"], waist["above"], k["waist_cm"]["points"])
        + k["not_active"] * (1.0 - x["active_30min_daily"])
        + k["no_vegetables_fruit"] * (1.0 - x["vegetables_fruit_daily"])
        + k["antihypertensive_ever"] * x["antihypertensive_ever"]
        + k["high_glucose_ever"] * x["high_glucose_ever"]
        + np.array([family[name] for name in FAMILY], dtype=np.float64)[x["family_diabetes"]]
    )
    return {
        "points": points,
        "risk_10y_percent": banded(points, k["bands"]["from_points"], k["bands"]["risk_percent"]),
    }
