"""What happens when one link is blocked or pushed: nitric oxide, interleukin-6, body weight, an infusion."""

from __future__ import annotations

from epsom.engine.interface import Engine
from epsom.study.physiology.genetics import population
from epsom.study.physiology.lives import Life, live
from epsom.study.physiology.magnesium import TRIAL_MAN, Found

YOUNG_MAN = {
    "age_years": 25, "sex": "male", "weight_kg": 70, "intake_mg_per_day": 300, "serum_mg_mmol_per_l": 0.83,
    "sbp_mmhg": 118, "dbp_mmhg": 75, "bmi_kg_per_m2": 23,
}  # fmt: skip
HALF = 0.46  # share of exhaled NO that 3 mg/kg of L-NMMA took away (Mayer 1999)
BLOCKED_DAYS, RELEASED_DAYS = 90.0, 60.0
MOMENT = 1e-6  # d: just before a switch
ILL = 0.90  # share of interleukin-6 that the highest doses of ziltivekimab took away (Ridker 2021)
HEAVIER = 3.0  # kg/m2


def nitric_oxide(engine: Engine) -> tuple[Found, float]:
    """Return haemodynamics at a full and a half block at once, after 90 days of half, and 60 days later."""
    lives = [
        Life(YOUNG_MAN),
        Life(YOUNG_MAN, {0.0: {"no_block": 1.0}}),
        Life(YOUNG_MAN, {0.0: {"no_block": HALF}, BLOCKED_DAYS: {}}),
    ]
    days = [0.0, BLOCKED_DAYS - MOMENT, BLOCKED_DAYS + RELEASED_DAYS]
    names = ["tpr", "cardiac_output", "sbp", "dbp", "map"]
    done = live(lives, days, names, engine)
    ratio = {name: done[name][1:] / done[name][0] - 1.0 for name in names}
    return {
        "tpr_full_block": float(ratio["tpr"][0, 0]),
        "co_full_block": float(ratio["cardiac_output"][0, 0]),
        "dbp_full_block": float(ratio["dbp"][0, 0]),
        "sbp_full_block": float(ratio["sbp"][0, 0]),
        "tpr_half_block": float(ratio["tpr"][1, 0]),
        "co_half_block": float(ratio["cardiac_output"][1, 0]),
        "tpr_kept_after_90_days": float(ratio["tpr"][1, 1] / ratio["tpr"][1, 0]),
        "map_half_block_90_days": float(ratio["map"][1, 1]),
        "map_60_days_after_release": float(ratio["map"][1, 2]),
    }, done.residual


def interleukin_6(engine: Engine) -> tuple[Found, float]:
    """Return what a year of nearly complete blockade of interleukin-6 does."""
    lives = [Life(TRIAL_MAN), Life(TRIAL_MAN, {0.0: {"il6_block": ILL}})]
    done = live(lives, [365.0], ["crp", "sbp", "fmd", "serum_mg"], engine)
    found = {name: done[name][:, -1] for name in ("crp", "sbp", "fmd", "serum_mg")}
    return {
        "crp_il6_block": float(found["crp"][1] / found["crp"][0] - 1.0),
        "sbp_il6_block": float(found["sbp"][1] - found["sbp"][0]),
        "fmd_il6_block": float(found["fmd"][1] - found["fmd"][0]),
        "serum_il6_block": float(found["serum_mg"][1] - found["serum_mg"][0]),
    }, done.residual


def body_weight(engine: Engine) -> tuple[Found, float]:
    """Return what three units of body-mass index do in three years, averaged over a population of 50."""
    people = population({"age_years": 50, "intake_mg_per_day": 300})
    lives = [*(Life(p) for p in people), *(Life(p, {0.0: {"bmi_shift": HEAVIER}}) for p in people)]
    done = live(lives, [3.0 * 365.25], ["sbp", "il6", "glucose", "insulin", "bmi"], engine)
    usual, heavier = (
        {name: done[name][part, -1] for name in done.names}
        for part in (slice(len(people)), slice(len(people), None))
    )
    return {
        "bmi_reached": float((heavier["bmi"] - usual["bmi"]).mean()),
        "sbp_bmi": float((heavier["sbp"] - usual["sbp"]).mean()),
        "il6_bmi": float((heavier["il6"] / usual["il6"]).mean() - 1.0),
        "glucose_bmi": float((heavier["glucose"] - usual["glucose"]).mean()),
        "insulin_bmi": float((heavier["insulin"] / usual["insulin"]).mean() - 1.0),
    }, done.residual


def infusion(engine: Engine) -> tuple[Found, float]:
    """Return pressure at the end of 24 mmol in 4 hours, and two days later, relative to no infusion."""
    hours = 4.0 / 24.0
    lives = [Life(YOUNG_MAN), Life(YOUNG_MAN, {0.0: {"infusion": 24.0 / hours}, hours: {}})]
    done = live(lives, [hours - MOMENT, 2.0 + hours], ["map", "serum_mg"], engine)
    change = done["map"][1] / done["map"][0] - 1.0
    return {
        "serum_infusion": float(done["serum_mg"][1, 0]),
        "map_infusion": float(change[0]),
        "map_two_days_later": float(change[1]),
    }, done.residual
