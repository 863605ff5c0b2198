"""Metabolic syndrome by the harmonised criteria (Alberti 2009)."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.risk.formulas.shared import SEXES, ByGroup, Constants, Inputs, yes

THRESHOLDS = ("us_102_88", "idf_europid_94_80", "asian_90_80")


def _any(*answers: FloatArray) -> FloatArray:
    """Return 1 if any answer is 1, 0 if all are 0, NaN if the unknown ones decide (n,)."""
    stacked = np.stack(answers)
    found = (stacked == 1.0).any(axis=0)
    return np.where(found, 1.0, np.where(np.isnan(stacked).any(axis=0), np.nan, 0.0))


def criteria(x: Inputs, k: Constants) -> FloatArray:
    """Return the five criteria, 1 met, 0 not met, NaN not known (5, n)."""
    order = tuple(f"{name} {sex}" for name in THRESHOLDS for sex in SEXES)
    waists = {f"{name} {sex}": {"cut": k["waist_cm"][name][sex]} for name in THRESHOLDS for sex in SEXES}
    waist_cut = ByGroup(waists, order, x["waist_threshold"] * len(SEXES) + x["sex"])["cut"]
    hdl_cut = ByGroup({s: {"cut": k["hdl_mg_per_dl"][s]} for s in SEXES}, SEXES, x["sex"])["cut"]
    waist, tg, hdl = x["waist_cm"], x["triglycerides_mg_per_dl"], x["hdl_mg_per_dl"]
    sbp, dbp, glucose = x["sbp_mmhg"], x["dbp_mmhg"], x["glucose_mg_per_dl"]
    return np.stack(
        [
            yes(waist >= waist_cut, waist),
            _any(yes(tg >= k["triglycerides_mg_per_dl"], tg), x["triglyceride_drug"]),
            _any(yes(hdl < hdl_cut, hdl), x["hdl_drug"]),
            _any(yes(sbp >= k["sbp_mmhg"], sbp), yes(dbp >= k["dbp_mmhg"], dbp), x["antihypertensive"]),
            _any(yes(glucose >= k["glucose_mg_per_dl"], glucose), x["glucose_drug"]),
        ]
    )


def compute(x: Inputs, k: Constants) -> dict[str, FloatArray]:
    """Count the criteria; the syndrome is given where the known criteria settle it.

    Returns
    -------
    dict
        ``n_criteria`` (NaN unless all five are known) and ``metabolic_syndrome`` [0 or 1] (n,).

    References
    ----------
    Alberti et al., Circulation 2009;120:1640-1645: at least three of five.
    """
    met = criteria(x, k)
    at_least = (met == 1.0).sum(axis=0).astype(np.float64)
    at_most = at_least + np.isnan(met).sum(axis=0)
    present = np.where(at_least >= k["needed"], 1.0, np.where(at_most < k["needed"], 0.0, np.nan))
    return {
        "n_criteria": np.where(at_least == at_most, at_least, np.nan),
        "metabolic_syndrome": present,
    }
