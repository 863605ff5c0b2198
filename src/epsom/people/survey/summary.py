"""Sum up a cycle: intake, pressure, biomarkers, use of medicines and relations, by age and sex.

Everybody here is not pregnant. Intake is weighted by day-1 dietary weights, measurements by
examination weights, fasting measurements by the weights of the fasting subsample.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from epsom.people.survey.design import F64, Bool, Sample, read_sample
from epsom.people.survey.estimate import mean, quantiles, spread, weighted_quantiles
from epsom.people.survey.regress import rank_correlation, regress, weighted_correlation
from epsom.people.usual_intake import day_variation, usual_intake

_SEXES = ("male", "female", "all")
_ADULT = 20
_INTAKE_AGES = {
    "20_plus": (20, 199), "20_39": (20, 39), "40_59": (40, 59), "60_plus": (60, 199), "19_30": (19, 30),
    "31_50": (31, 50), "51_70": (51, 70), "71_plus": (71, 199), "14_18": (14, 18),
}  # fmt: skip
_PRESSURE_AGES = {
    "20_plus": (20, 199), "20_39": (20, 39), "40_59": (40, 59), "60_plus": (60, 199), "18_29": (18, 29),
    "30_39": (30, 39), "40_49": (40, 49), "50_59": (50, 59), "60_69": (60, 69), "70_plus": (70, 199),
}  # fmt: skip
_FASTING = ("fpg_mg_dl", "tg_mg_dl", "ldl_mg_dl", "insulin_uu_ml")
_MARKERS = (
    "crp_mg_l", "bmi", "waist_cm", "tc_mg_dl", "hdl_mg_dl", "hba1c_pct", "egfr_ckdepi2021", "uric_mg_dl",
    *_FASTING, "mds",
)  # fmt: skip
_SHARES = (
    "smoker_current", "diabetes_told", "htn_told", "bp_med_now", "rx_ppi", "rx_thiazide", "rx_loop",
    "rx_statin", "rx_metformin", "chd", "mi", "stroke", "chf",
)  # fmt: skip
_RELATED = (
    "sbp_mean", "dbp_mean", "crp_mg_l", "bmi", "waist_cm", "hdl_mg_dl", "hba1c_pct", "d1_kcal", "d1_fibre_g",
    "pir", "age_y",
)  # fmt: skip
_WITHOUT_SLOPE = ("d1_kcal", "age_y")  # they are covariates themselves
_WIDE = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
_NARROW = (0.05, 0.25, 0.50, 0.75, 0.95)
_CRP_LIMITS = (1, 3, 10)  # mg/L


def _percent(share: float) -> str:
    return str(round(100 * share))


def _groups(sample: Sample, ages: Mapping[str, tuple[int, int]]) -> Iterator[tuple[str, Bool]]:
    age = sample.column("age_y")
    not_pregnant = sample.column("pregnant") != 1
    for sex in _SEXES:
        of_sex = sample.of_sex(sex)
        for name, (low, high) in ages.items():
            yield f"{sex}_{name}", not_pregnant & of_sex & (age >= low) & (age <= high)


def _adults(sample: Sample) -> Bool:
    found: Bool = (sample.column("age_y") >= _ADULT) & (sample.column("pregnant") != 1)
    return found


def _described(sample: Sample, weight: str, y: F64, part: Bool, shares: Sequence[float]) -> dict[str, Any]:
    design = sample.design(weight)
    m = mean(design, y, part)
    points = quantiles(design, y, part, shares)
    return {
        "n": m.n,
        "mean": m.value,
        "se": m.se,
        "p": {_percent(s): q for s, q in zip(shares, points, strict=True)},
    }


def _share(sample: Sample, weight: str, yes: F64, part: Bool) -> dict[str, Any]:
    m = mean(sample.design(weight), yes * 100.0, part)
    return {"n": m.n, "pct": m.value, "se": m.se}


def _below(intake: F64, limit: F64) -> F64:
    return np.where(np.isnan(intake) | np.isnan(limit), np.nan, (intake < limit).astype(np.float64))


def usual_summary(sample: Sample, part: Bool) -> dict[str, Any]:
    """Return the usual intake of a group: share below the EAR, mean, percentiles, variances."""
    weight, day_1 = sample.column("wt_diet1"), sample.column("mg_diet_d1")
    here = part & (weight > 0) & ~np.isnan(day_1)
    weight, day_1, day_2 = weight[here], day_1[here], sample.column("mg_diet_d2")[here]
    v = day_variation(day_1, day_2, weight, np.nan_to_num(sample.column("wt_diet2")[here]))
    usual = usual_intake(day_1, day_2, v)
    below = usual < sample.column("ear_mg")[here]
    points = weighted_quantiles(usual, weight, _NARROW)
    return {
        "pct_below_ear": 100.0 * float(np.average(below, weights=weight)),
        "mean": float(np.average(usual, weights=weight)),
        "p": {_percent(s): q for s, q in zip(_NARROW, points, strict=True)},
        "var_within_fourth_root": v.within,
        "var_between_fourth_root": v.between,
    }


def intake_summary(sample: Sample) -> dict[str, Any]:
    """Return magnesium intake by age and sex: one day, mean of days, usual, supplements."""
    day_1, average = sample.column("mg_diet_d1"), sample.column("mg_diet_mean")
    supplement, ear = sample.column("mg_supp_30d"), sample.column("ear_mg")
    diet = ~np.isnan(day_1)  # supplements are described for people whose diet is known
    taken = np.where(np.isnan(supplement), np.nan, (supplement > 0).astype(np.float64))
    found = {}
    for name, part in _groups(sample, _INTAKE_AGES):
        w = "wt_diet1"
        any_supplement = _share(sample, w, taken, part & diet)
        found[name] = {
            "mg_day1_mg_d": _described(sample, w, day_1, part, _WIDE),
            "mg_mean_of_available_days_mg_d": _described(sample, w, average, part, _WIDE),
            "mg_supplement_30day_mg_d": _described(sample, w, supplement, part & diet, _WIDE),
            "mg_diet_plus_supplement_mg_d": _described(sample, w, sample.column("mg_total"), part, _WIDE),
            "pct_below_ear_day1_only": _share(sample, w, _below(day_1, ear), part),
            "pct_below_ear_mean_of_available_days": _share(sample, w, _below(average, ear), part),
            "usual_intake_variance_adjusted": usual_summary(sample, part),
            "pct_any_mg_supplement_30d": {k: any_supplement[k] for k in ("n", "pct")},
        }
    return found


def pressure_summary(sample: Sample) -> dict[str, Any]:
    """Return blood pressure and hypertension by age and sex."""
    w = "wt_mec"
    systolic, diastolic = sample.column("sbp_mean"), sample.column("dbp_mean")
    medicine = sample.column("bp_med_now")
    found: dict[str, Any] = {}
    for name, part in _groups(sample, _PRESSURE_AGES):
        rows: dict[str, Any] = {}
        for kind in ("sbp_mean", "dbp_mean", "osbp_mean"):
            values = sample.column(kind)
            if not np.isnan(values).all():
                rows[kind] = _described(sample, w, values, part, _NARROW)
                rows[kind]["sd"] = spread(sample.design(w), values, part)
        known = ~np.isnan(systolic) & ~np.isnan(medicine)
        for high, low in ((140, 90), (130, 80)):
            yes = (systolic >= high) | (diastolic >= low) | (medicine == 1)
            rows[f"hypertension_{high}_{low}_or_medicated"] = _share(
                sample, w, np.where(known, yes.astype(np.float64), np.nan), part
            )
        found[name] = rows
    return found


def marker_summary(sample: Sample) -> dict[str, Any]:
    """Return biomarkers and the depletion score of adults by sex."""
    adults = _adults(sample)
    found: dict[str, Any] = {}
    for name in _MARKERS:
        values = sample.column(name)
        if np.isnan(values).all():
            continue
        weight = "wt_fast" if name in _FASTING else "wt_mec"
        found[name] = {}
        for sex in _SEXES:
            part = adults & sample.of_sex(sex)
            row = _described(sample, weight, values, part, _WIDE)
            if name == "crp_mg_l":
                row |= _crp_extra(sample, values, part)
            if name == "mds":
                row["distribution_pct"] = _points(sample, values, part)
            found[name][sex] = row
    return found


def _crp_extra(sample: Sample, crp: F64, part: Bool) -> dict[str, float]:
    logs = np.log(crp)
    design = sample.design("wt_mec")
    extra = {
        "geometric_mean": float(np.exp(mean(design, logs, part).value)),
        "log_sd": spread(design, logs, part),
    }
    for limit in _CRP_LIMITS:
        over = np.where(np.isnan(crp), np.nan, (crp >= limit).astype(np.float64))
        extra[f"pct_ge_{limit}"] = _share(sample, "wt_mec", over, part)["pct"]
    return extra


def _points(sample: Sample, score: F64, part: Bool) -> dict[str, float]:
    gap = np.isnan(score)
    return {
        str(k): _share(sample, "wt_mec", np.where(gap, np.nan, score == k), part)["pct"] for k in range(6)
    }


def share_summary(sample: Sample) -> dict[str, Any]:
    """Return the shares of adults who smoke, were told of a disease or take a medicine."""
    smoker = sample.people["smoker"]
    current = pl.Series((smoker == "current").cast(pl.Float64)).fill_null(np.nan).to_numpy()
    return {
        name: _share(
            sample, "wt_mec", current if name == "smoker_current" else sample.column(name), _adults(sample)
        )
        for name in _SHARES
    }


def relation_summary(sample: Sample) -> dict[str, Any]:
    """Return how magnesium (mean of days) goes together with other things in adults."""
    design = sample.design("wt_diet1")
    magnesium, age = sample.column("mg_diet_mean"), sample.column("age_y") / 10.0
    male = sample.of_sex("male").astype(np.float64)
    constant = np.ones(len(sample.people))
    x = np.column_stack([constant, magnesium / 100.0, age, age**2, male, sample.column("d1_kcal") / 1000.0])
    found: dict[str, Any] = {}
    for name in _RELATED:
        y = sample.column(name)
        if np.isnan(y).all():
            continue
        here = _adults(sample) & (design.weight > 0) & ~np.isnan(y) & ~np.isnan(magnesium)
        y = np.log(y) if name == "crp_mg_l" else y
        row: dict[str, Any] = {
            "n": int(here.sum()),
            "weighted_pearson": weighted_correlation(magnesium[here], y[here], design.weight[here]),
            "unweighted_spearman": rank_correlation(magnesium[here], y[here]),
        }
        if name not in _WITHOUT_SLOPE:
            fit = regress(design, y, x, here)
            row["adj_slope_per_100mg_d"] = {"beta": float(fit.beta[1]), "se_taylor": float(fit.se[1])}
        found[name] = row
    return found


def summarise(people: pl.DataFrame) -> dict[str, Any]:
    """Sum up a person table of one cycle."""
    sample = read_sample(people)
    return {
        "cycle": people["cycle"][0],
        "n_rows": len(people),
        "seqn_range": [int(people["seqn"][0]), int(people["seqn"][-1])],
        "magnesium_intake_nonpregnant": intake_summary(sample),
        "blood_pressure_nonpregnant": pressure_summary(sample),
        "biomarkers_adults20plus_nonpregnant": marker_summary(sample),
        "prevalence_adults20plus_nonpregnant": share_summary(sample),
        "magnesium_correlations_adults20plus_nonpregnant": relation_summary(sample),
    }
