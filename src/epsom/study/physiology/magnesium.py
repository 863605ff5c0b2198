"""Intake against serum: elasticity, steady states, no cliff, drugs, and the hormone that answers serum."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.interface import Engine
from epsom.study.physiology.lives import Life, live

# The people of the pooled blood-pressure trials as one man (Zhang 2016).
TRIAL_MAN = {
    "age_years": 52, "sex": "male", "weight_kg": 70, "intake_mg_per_day": 300, "serum_mg_mmol_per_l": 0.82,
    "sbp_mmhg": 138, "dbp_mmhg": 87, "bmi_kg_per_m2": 28, "crp_mg_per_l": 2.0, "homa_ir": 2.5,
}  # fmt: skip
DOSE = 368.0  # mg/day, mean of the pooled trials
INTAKE = 300.0
STEADY = 3650.0  # d: ten years
FINEST = 5.0  # mg/day between neighbouring diets
DIETS = np.arange(20.0, 1000.0 + FINEST, FINEST)
RANGE_DAYS = 730.0

Found = dict[str, float]


def intake_and_serum(engine: Engine) -> tuple[Found, float]:
    """Return the rise of serum for a supplement, and elasticities of serum to intake, with the residual.

    ``elasticity_of_trials`` is d ln S / d ln I over the step that trials took (300 to 668 mg/day, twelve
    weeks); ``elasticity_at_300`` the local slope between the steady states at 285 and 315 mg/day.
    """
    short = live(
        [Life(TRIAL_MAN), Life(TRIAL_MAN, {0.0: {"supplement": DOSE}})], [84.0], ["serum_mg"], engine
    )
    without, with_dose = short["serum_mg"][:, -1]
    diets = np.array([0.95 * INTAKE, 1.05 * INTAKE])
    long = live([Life(TRIAL_MAN, {0.0: {"intake": d}}) for d in diets], [STEADY], ["serum_mg"], engine)
    low, high = long["serum_mg"][:, -1]
    found = {
        "serum_rise_368": float(with_dose - without),
        "elasticity_of_trials": float(np.log(with_dose / without) / np.log((INTAKE + DOSE) / INTAKE)),
        "elasticity_at_300": float(np.log(high / low) / np.log(diets[1] / diets[0])),
    }
    return found, max(short.residual, long.residual)


def steady_states(engine: Engine) -> tuple[Found, float]:
    """Return serum and balance after ten years on 150 and on 500 mg/day."""
    lives = [Life(TRIAL_MAN, {0.0: {"intake": diet}}) for diet in (150.0, 500.0)]
    done = live(lives, [STEADY], ["serum_mg", "mg_balance", "absorption"], engine)
    serum, balance, eaten = (done[name][:, -1] for name in ("serum_mg", "mg_balance", "absorption"))
    drift = np.abs(balance / eaten)
    return {
        "serum_at_150": float(serum[0]),
        "serum_at_500": float(serum[1]),
        "drift_at_150": float(drift[0]),
        "drift_at_500": float(drift[1]),
    }, done.residual


def smoothness(engine: Engine) -> tuple[Found, float]:
    """Return how evenly serum, pressure, CRP and insulin resistance follow diets of 20 to 1000 mg/day.

    For each: whether it moves one way only (the smallest step of 10 mg/day relative to the mean step; a
    reversal would be negative), the largest share of the whole range in one such step, and by how much the
    largest second difference shrinks when steps are halved: 4 for a smooth curve, 2 at a kink, 1 at a jump.
    """
    names = {"serum_mg": 1.0, "map": -1.0, "crp": -1.0, "homa_ir": -1.0}
    lives = [Life(TRIAL_MAN, {0.0: {"intake": float(diet)}}) for diet in DIETS]
    done = live(lives, [RANGE_DAYS], list(names), engine)
    found: Found = {}
    for name, sign in names.items():
        smallest, largest, shrinks = _evenness(sign * done[name][:, -1])
        found[f"{name}_smallest_step"] = smallest
        found[f"{name}_largest_step"] = largest
        found[f"{name}_bend_shrinks"] = shrinks
    return found, done.residual


def _evenness(curve: FloatArray) -> tuple[float, float, float]:
    coarse, whole = np.diff(curve[::2]), float(abs(curve[-1] - curve[0]))
    # Both second differences are taken around the same diets: those of the coarse grid but its ends.
    fine_bends = np.diff(curve, 2)[1::2]
    return (
        float(coarse.min() * len(coarse) / whole),
        float(np.abs(coarse).max() / whole),
        float(np.abs(np.diff(coarse)).max() / np.abs(fine_bends).max()),
    )


def drugs(engine: Engine) -> tuple[Found, float]:
    """Return what a year of a thiazide or of a proton-pump inhibitor does to serum."""
    lives = [Life(TRIAL_MAN), *(Life(TRIAL_MAN, {0.0: {drug: 1.0}}) for drug in ("thiazide", "ppi"))]
    done = live(lives, [365.0], ["serum_mg"], engine)
    none, thiazide, ppi = done["serum_mg"][:, -1]
    return {"serum_thiazide": float(thiazide - none), "serum_ppi": float(ppi - none)}, done.residual


def parathyroid(engine: Engine) -> tuple[Found, float]:
    """Return the answer of PTH to 7 mmol of magnesium into a vein in 4 hours: replete, and after depletion.

    Fatemi 1991 gave the load before and after three weeks below 1 mEq/day (12 mg/day).
    """
    man = {**TRIAL_MAN, "serum_mg_mmol_per_l": 0.80, "age_years": 30, "sbp_mmhg": 118, "dbp_mmhg": 75}
    load, hours = {"infusion": 7.0 * 6.0}, 4.0 / 24.0
    diet = {"intake": 12.0}
    lives = [
        Life(man, {0.0: load, hours: {}}),
        Life(man, {0.0: diet, 21.0: {**diet, **load}, 21.0 + hours: diet}),
    ]
    before_load = 21.0 - 1e-6
    days = [0.0, hours - 1e-6, before_load, 21.0 + hours - 1e-6]
    done = live(lives, days, ["pth"], engine)
    replete, depleted = done["pth"]
    return {
        "pth_replete": float(replete[1] - replete[0]),
        "pth_depleted": float(depleted[3] - depleted[2]),
    }, done.residual
