"""The American half: weighted marginals and the dependence of NHANES adults, per sex and age."""

from __future__ import annotations

import lzma
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri

from epsom.people.usual_intake import day_variation, usual_intake

AGES = [(20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 79), (80, 99)]
SEXES = ("male", "female")
# Nodes in normal scores: even steps resolve the tails that even percentiles would miss.
NODES = np.round(np.arange(-3.0, 3.01, 0.25), 2)

# Field -> (column, weight column, decimals, kept on a logarithmic scale)
CONTINUOUS: dict[str, tuple[str, str, int, bool]] = {
    "intake_mg_per_day": ("usual", "wt_diet1", 1, False),
    "sbp_mmhg": ("sbp_mean", "wt_mec", 1, False),
    "dbp_mmhg": ("dbp_mean", "wt_mec", 1, False),
    "bmi_kg_per_m2": ("bmi", "wt_mec", 2, False),
    "height_cm": ("height_cm", "wt_mec", 1, False),
    "waist_cm": ("waist_cm", "wt_mec", 1, False),
    "total_cholesterol_mmol_per_l": ("tc", "wt_mec", 3, False),
    "hdl_mmol_per_l": ("hdl", "wt_mec", 3, False),
    "triglycerides_mmol_per_l": ("tg", "wt_fast", 1, True),
    "glucose_mmol_per_l": ("glucose", "wt_fast", 1, True),
    "hba1c_percent": ("hba1c_pct", "wt_mec", 2, False),
    "homa_ir": ("homa", "wt_fast", 3, True),
    "crp_mg_per_l": ("crp_mg_l", "wt_mec", 3, True),
    "egfr_ml_per_min": ("egfr_ckdepi2021", "wt_mec", 1, False),
}
FLAGS: dict[str, str] = {
    "supplement_user": "supplement_user",
    "smoker": "smoking",
    "type2_diabetes": "diabetes_told",
    "antihypertensive": "bp_med_now",
    "thiazide": "rx_thiazide",
    "loop_diuretic": "rx_loop",
    "ppi": "rx_ppi",
    "statin": "rx_statin",
    "prior_cvd": "cvd",
    "black": "black",
}
# mg/dL in one mmol/L, as the risk scores convert
CHOLESTEROL, TRIGLYCERIDES, GLUCOSE = 38.67, 88.57, 18.0156


def adults(path: Path, diabetes: Path) -> pl.DataFrame:
    """Read examined adults of 20 and over who are not pregnant, with the derived columns.

    Those who inject insulin (DIQ050) have no HOMA-IR: it holds for insulin that the body makes itself.
    """
    with lzma.open(diabetes) if diabetes.suffix == ".xz" else diabetes.open("rb") as stream:
        asked = pl.read_csv(stream.read(), infer_schema_length=None, null_values="NA")
    injects = asked.select(seqn=pl.col("SEQN").cast(pl.Int64), injects=pl.col("DIQ050") == 1)
    table = (
        pl.read_csv(path, infer_schema_length=None)
        .filter((pl.col("age_y") >= 20) & (pl.col("wt_mec") > 0) & (pl.col("pregnant") != 1))
        .join(injects, on="seqn", how="left", validate="1:1", maintain_order="left")
    )
    own_insulin = pl.when(pl.col("injects").fill_null(False)).then(None).otherwise(pl.col("insulin_uu_ml"))
    events = ["chd", "mi", "stroke", "angina"]
    return table.with_columns(
        smoking=(pl.col("smoker") == "current").cast(pl.Float64),
        cvd=pl.max_horizontal(events),
        black=(pl.col("race_eth") == "nh_black").cast(pl.Float64),
        supplement_user=(pl.col("mg_supp_30d") > 0).cast(pl.Float64),
        tc=pl.col("tc_mg_dl") / CHOLESTEROL,
        hdl=pl.col("hdl_mg_dl") / CHOLESTEROL,
        tg=pl.col("tg_mg_dl") / TRIGLYCERIDES,
        glucose=pl.col("fpg_mg_dl") / GLUCOSE,
        homa=pl.col("fpg_mg_dl") / GLUCOSE * own_insulin / 22.5,
    )


def stratum(sex: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Return the stratum of each person: sex, then age group."""
    group = np.searchsorted([low for low, _ in AGES[1:]], age, side="right")
    return np.where(sex == "male", 0, len(AGES)) + group


def usual(table: pl.DataFrame, where: np.ndarray) -> tuple[np.ndarray, float]:
    """Estimate usual dietary magnesium [mg/day] and the reliability of what a person reported.

    The variance within persons is taken per sex, that between them per sex and age group.
    """
    day1, day2, w1, w2 = (
        table[c].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for c in ("mg_diet_d1", "mg_diet_d2", "wt_diet1", "wt_diet2")
    )
    found = np.full(len(day1), np.nan)
    reliabilities = []
    for first in (0, len(AGES)):
        sex = (where >= first) & (where < first + len(AGES)) & ~np.isnan(day1) & (w1 > 0)
        shared = day_variation(day1[sex], day2[sex], w1[sex], np.nan_to_num(w2[sex]))
        for s in range(first, first + len(AGES)):
            rows = sex & (where == s)
            own = day_variation(day1[rows], day2[rows], w1[rows], np.nan_to_num(w2[rows]))
            between = own.within + own.between - shared.within
            variation = replace(shared, centre=own.centre, between=between)
            found[rows] = usual_intake(day1[rows], day2[rows], variation)
            days = np.where(np.isnan(day2[rows]), 1.0, 2.0)
            share = between / (between + shared.within / days)
            reliabilities.append((np.average(share, weights=w1[rows]), w1[rows].sum()))
    values, sizes = np.array(reliabilities).T
    return found, float(np.average(values, weights=sizes))


def scores(x: np.ndarray, weight: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return weighted normal scores within each stratum (ties share the middle)."""
    z = np.full(len(x), np.nan)
    for s in np.unique(where):
        rows = np.flatnonzero((where == s) & ~np.isnan(x) & (weight > 0))
        order = rows[np.argsort(x[rows], kind="stable")]
        cumulative = np.cumsum(weight[order])
        middle = (cumulative - weight[order] / 2.0) / cumulative[-1]
        _, ties = np.unique(x[order], return_inverse=True)
        mass = np.bincount(ties, weights=weight[order])
        z[order] = ndtri(np.bincount(ties, weights=middle * weight[order])[ties] / mass[ties])
    return z


def quantiles(x: np.ndarray, weight: np.ndarray, log: bool, digits: int) -> list[float]:
    """Return the weighted quantiles at the nodes, by interpolation of the mid-point distribution."""
    keep = ~np.isnan(x) & (weight > 0)
    order = np.argsort(x[keep])
    value, w = x[keep][order], weight[keep][order]
    p = (np.cumsum(w) - w / 2.0) / w.sum()
    value = np.log(value) if log else value
    found = np.interp(ndtr(NODES), p, value)
    return [round(float(v), digits + (2 if log else 0)) for v in (np.exp(found) if log else found)]


def marginals(
    columns: dict[str, np.ndarray], weights: dict[str, np.ndarray], where: np.ndarray
) -> dict[str, Any]:
    """Return quantile tables of the continuous fields and shares of the flags, per stratum."""
    n = 2 * len(AGES)
    tables = {}
    for name, (_, weight, digits, log) in CONTINUOUS.items():
        rows = [
            quantiles(columns[name][where == s], weights[weight][where == s], log, digits) for s in range(n)
        ]
        tables[name] = {"log": log, "quantiles": rows}
    shares = {}
    for name in FLAGS:
        x, w = columns[name], weights["wt_mec"]
        rows = [(where == s) & ~np.isnan(x) for s in range(n)]
        shares[name] = [round(float(np.average(x[r], weights=w[r])), 4) for r in rows]
    return {"continuous": tables, "flags": shares}


def supplement_amounts(table: pl.DataFrame) -> dict[str, list[float]]:
    """Return the quantiles of the daily supplement of users, per sex (survey month average)."""
    found = {}
    for sex in SEXES:
        users = table.filter((pl.col("sex") == sex) & (pl.col("mg_supp_30d") > 0))
        amounts = users["mg_supp_30d"].to_numpy().astype(float)
        found[sex] = quantiles(amounts, users["wt_mec"].to_numpy(), True, 1)
    return found
