"""Two severities of deficiency: the marginal human one, and the severe one with its rodent time course."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.interface import Engine
from epsom.model.clamp import switch_inputs
from epsom.study.physiology.lives import Life, Lived, live
from epsom.study.physiology.magnesium import TRIAL_MAN, Found

USUAL, MARGINAL = 320.0, 150.0  # mg/day: near the recommendation, and what the lowest twentieth eats
MONTHS = 6
SEVERE_SERUM = 0.12  # mmol/L, imposed: what rats reach on diets without magnesium
PERSON = {**TRIAL_MAN, "intake_mg_per_day": USUAL, "serum_mg_mmol_per_l": 0.83}
HUMAN = ("serum_mg", "sbp", "crp", "homa_ir", "fmd", "myocardial_infiltrate")
RODENT = ("substance_p", "oxidant_release", "myocardial_infiltrate")
RODENT_DAYS = np.arange(0.0, 60.5, 0.5)
LAST = 28  # d: the rodent experiments lasted three to four weeks


def marginal(engine: Engine, days: FloatArray) -> Lived:
    """Return two lives over months: the usual diet, and 150 mg/day."""
    return live([Life(PERSON), Life(PERSON, {0.0: {"intake": MARGINAL}})], list(days), HUMAN, engine)


def severe(engine: Engine, days: FloatArray) -> Lived:
    """Return one life with serum held at 0.12 mmol/L: ANIMAL EVIDENCE, no human diet leads there."""
    strength, level, share = switch_inputs("serum_mg")
    held = {strength: 1.0, level: SEVERE_SERUM, share: 0.0}
    return live([Life(PERSON, {0.0: held})], list(days), [*RODENT, "tnf"], engine, clamps=("serum_mg",))


def marginal_effects(engine: Engine) -> tuple[Found, float]:
    """Return what six months on 150 mg/day change."""
    done = marginal(engine, np.array([MONTHS * 30.4]))
    change = {name: float(done[name][1, -1] - done[name][0, -1]) for name in HUMAN}
    return {f"marginal_{name}": value for name, value in change.items()}, done.residual


def severe_course(engine: Engine) -> tuple[Found, float]:
    """Return when each link of the rodent chain has come half way, and how cytokines rise."""
    done = severe(engine, RODENT_DAYS)
    halves = {f"half_{name}": _half_time(done[name][0]) for name in RODENT}
    tnf = done["tnf"][0] / done["tnf"][0, 0] - 1.0

    def by(day: float) -> float:
        return float(np.interp(day, RODENT_DAYS, tnf) / np.interp(LAST, RODENT_DAYS, tnf))

    return {
        **{name.replace("half_", "severe_half_"): day for name, day in halves.items()},
        "severe_substance_p_day_5": float(np.interp(5.0, RODENT_DAYS, done["substance_p"][0])),
        "severe_cytokines_share_day_5": by(5.0),
        "severe_cytokines_share_day_12": by(12.0),
        "severe_cytokines_share_day_21": by(21.0),
        "severe_infiltrate_day_5": float(np.interp(5.0, RODENT_DAYS, done["myocardial_infiltrate"][0])),
    }, done.residual


def _half_time(curve: FloatArray) -> float:
    """Return the day on which a rising curve passes half of where it ends."""
    return float(np.interp(0.5 * curve[-1], curve, RODENT_DAYS))
