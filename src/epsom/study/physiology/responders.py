"""Who responds to magnesium, how fast and how long: gates, acute against chronic, decades."""

from __future__ import annotations

from epsom.engine.interface import Engine
from epsom.model.records import parameters
from epsom.study.physiology.lives import Life, live
from epsom.study.physiology.magnesium import DOSE, TRIAL_MAN, Found

WEEKS_12 = 84.0
REPLETE = {**TRIAL_MAN, "serum_mg_mmol_per_l": 0.88, "sbp_mmhg": 116, "dbp_mmhg": 74, "crp_mg_per_l": 0.8}
DEPLETED = {**TRIAL_MAN, "serum_mg_mmol_per_l": 0.70, "homa_ir": 4.5}
# Heart patients of Rasmussen 1988: 12 mmol in half an hour; a failing heart cannot make up for open vessels.
PATIENT = {"age_years": 60, "sex": "male", "intake_mg_per_day": 300, "serum_mg_mmol_per_l": 0.76}
LOAD, HOURS, FAILING_REFLEX = 12.0, 0.5, 0.32
MORE, DECADES = 100.0, 30.0  # mg/day, years


def gates(engine: Engine) -> tuple[Found, float]:
    """Return what 368 mg/day for twelve weeks does to replete, average and depleted people."""
    people = (REPLETE, TRIAL_MAN, DEPLETED)
    lives = [Life(p, {0.0: {"supplement": dose}}) for p in people for dose in (0.0, DOSE)]
    done = live(lives, [WEEKS_12], ["sbp", "crp", "homa_ir"], engine)
    net = {name: done[name][1::2, -1] - done[name][::2, -1] for name in ("sbp", "crp", "homa_ir")}
    return {
        "sbp_replete": float(net["sbp"][0]),
        "crp_replete": float(net["crp"][0]),
        "homa_replete": float(net["homa_ir"][0]),
        "sbp_depleted_over_average": float(net["sbp"][2] / net["sbp"][1]),
    }, done.residual


def acute_and_chronic(engine: Engine) -> tuple[Found, float]:
    """Return pressure per mmol/L of serum within half an hour and after twelve weeks, in one model.

    Intravenous experiments and trials of supplements differ by a factor of about three per mmol/L, and
    smooth-muscle calcium hardly moves with what a supplement does to serum.
    """
    end = HOURS / 24.0
    own = {"h": FAILING_REFLEX}
    infused = {0.0: {"infusion": LOAD / end}}
    short = live([Life(PATIENT, own=own), Life(PATIENT, infused, own)], [end], ["map", "serum_mg"], engine)
    names = ["map", "serum_mg", "smc_calcium"]
    long = live([Life(TRIAL_MAN), Life(TRIAL_MAN, {0.0: {"supplement": DOSE}})], [WEEKS_12], names, engine)
    slopes = [
        float((d["map"][1, -1] - d["map"][0, -1]) / (d["serum_mg"][1, -1] - d["serum_mg"][0, -1]))
        for d in (short, long)
    ]
    return {
        "map_per_mmol_acute": slopes[0],
        "map_per_mmol_chronic": slopes[1],
        "muscle_calcium_by_supplement": float(long["smc_calcium"][1, -1] / long["smc_calcium"][0, -1] - 1.0),
    }, max(short.residual, long.residual)


def thirty_years(engine: Engine) -> tuple[Found, float]:
    """Return what 100 mg/day more than 260 do in thirty years from the age of 45."""
    person = {"age_years": 45, "sex": "male", "intake_mg_per_day": 260, "bmi_kg_per_m2": 27}
    days = DECADES * parameters()["d_per_y"].value
    names = ["sbp", "cimt", "diabetes_hazard"]
    done = live([Life(person), Life(person, {0.0: {"intake": 260.0 + MORE}})], [days], names, engine)
    at = {name: done[name][:, -1] for name in names}
    return {
        "sbp_thirty_years": float(at["sbp"][1] - at["sbp"][0]),
        "imt_thirty_years": float(at["cimt"][1] - at["cimt"][0]),
        "diabetes_thirty_years": float(at["diabetes_hazard"][1] / at["diabetes_hazard"][0]),
    }, done.residual
