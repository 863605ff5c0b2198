"""A life with genetically higher serum magnesium, as Mendelian randomisation compares it."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.interface import Engine
from epsom.model.records import parameters
from epsom.model.system import epsom_system
from epsom.study.forecast import INTERVAL
from epsom.study.parameter_draws import draw_parameters
from epsom.study.physiology.lives import Life, live
from epsom.study.physiology.magnesium import Found

SHIFT = 0.1  # mmol/L, the step of Larsson 2018
FROM_AGE, TO_AGE = 20.0, 65.0
SEED, DRAWS = 1, 60
STRATA = 9  # of serum in the population, equally likely
SERUM_MEAN, SERUM_SD = 0.83, 0.06  # kieboom_2015_ppi
# Log odds of coronary disease per mm of wall, per mmHg, per ln calcification: model_spec section 8, a choice.
PER_IMT, PER_SBP, PER_LN_CAL = 1.5, 0.018, 0.30
YOUNG = {"age_years": FROM_AGE, "intake_mg_per_day": 300, "sbp_mmhg": 112, "dbp_mmhg": 70}
# Middles of the cohort's lower and middle groups of serum (0.80 and lower; 0.81 to 0.88).
LOW_SERUM, MIDDLE_SERUM = 0.77, 0.845


def population(facts: Mapping[str, object]) -> list[dict[str, object]]:
    """Return men and women with these facts, with serum magnesium spread as in a population.

    What the mean person does is not what people do on average: effects are gated by serum.
    """
    inverse = NormalDist(SERUM_MEAN, SERUM_SD).inv_cdf
    levels = [inverse((k + 0.5) / STRATA) for k in range(STRATA)]
    return [{**facts, "sex": sex, "serum_mg_mmol_per_l": s} for sex in ("male", "female") for s in levels]


def _filtered_share() -> float:
    """Return the share of serum magnesium that the kidney filters, as the model has it [1]."""
    system = epsom_system()
    return float(system.defaults[system.parameter_index("uf")])


def log_odds(imt: FloatArray, sbp: FloatArray, calcification: FloatArray) -> FloatArray:
    """Return the coronary proxy of the differences between two lives: no risk score, a yardstick."""
    return np.asarray(PER_IMT * imt + PER_SBP * sbp + PER_LN_CAL * np.log(calcification))


def genetic_serum(engine: Engine) -> tuple[Found, float]:
    """Return what 0.1 mmol/L more serum from the age of 20 does by 65, averaged over a population.

    The shift enters at the renal threshold (``genetic_shift`` = share filtered times 0.1 mmol/L); diet and
    all else are the same. Not fitted: this run is a check. The interval of the odds ratio is that of
    parameter draws.
    """
    draws = draw_parameters(SEED, DRAWS)
    sets = [dict(zip(draws.names, map(float, row), strict=True)) for row in draws.values]
    found, residual = _shifted(engine, {})
    each = [_shifted(engine, own) for own in sets]
    low, high = np.quantile([one["genetic_odds_ratio"] for one, _ in each], INTERVAL)
    found |= {"genetic_odds_ratio_low": float(low), "genetic_odds_ratio_high": float(high)}
    return found, max(residual, *(r for _, r in each))


def _shifted(engine: Engine, own: Mapping[str, float]) -> tuple[Found, float]:
    people, days = population(YOUNG), (TO_AGE - FROM_AGE) * parameters()["d_per_y"].value
    shift = {"genetic_shift": SHIFT * own.get("uf", _filtered_share())}
    names = ["serum_mg", "cimt", "sbp", "calcification"]
    lives = [*(Life(p, own=own) for p in people), *(Life(p, own={**own, **shift}) for p in people)]
    done = live(lives, [days / 2.0, days], names, engine)
    half = len(people)
    usual, shifted = ({name: done[name][part] for name in names} for part in (slice(half), slice(half, None)))
    imt, sbp = (shifted[name][:, -1] - usual[name][:, -1] for name in ("cimt", "sbp"))
    ratio = shifted["calcification"][:, -1] / usual["calcification"][:, -1]
    each = log_odds(imt, sbp, ratio)
    return {
        "genetic_serum_shift": float((shifted["serum_mg"] - usual["serum_mg"]).mean()),
        "genetic_imt": float(imt.mean()),
        "genetic_sbp": float(sbp.mean()),
        "genetic_ln_calcification": float(np.log(ratio).mean()),
        "genetic_odds_ratio": float(np.exp(each.mean())),
        "genetic_odds_ratio_lowest_serum": float(np.exp(each[[0, STRATA]].mean())),
        "genetic_odds_ratio_highest_serum": float(np.exp(each[[STRATA - 1, -1]].mean())),
    }, done.residual


def serum_and_wall(engine: Engine) -> tuple[Found, float]:
    """Return the wall that serum of the cohort's lower group adds from 20 to 65, against its middle group.

    One man with the middle serum at 20, and the same man whose kidneys then let serum settle lower: two
    people who merely state different serum are each at rest, and nothing would differ.
    """
    days = (TO_AGE - FROM_AGE) * parameters()["d_per_y"].value
    man = {**YOUNG, "sex": "male", "serum_mg_mmol_per_l": MIDDLE_SERUM}
    shift = {"genetic_shift": (LOW_SERUM - MIDDLE_SERUM) * _filtered_share()}
    done = live([Life(man), Life(man, own=shift)], [days], ["cimt"], engine)
    middle, low = done["cimt"][:, -1]
    return {"imt_low_serum": float(low - middle)}, done.residual
