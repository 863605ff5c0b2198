"""The Dutch half: American respondents reweighted to the Dutch margins that are published.

What no Dutch source gives stays as it is in the reweighted Americans, and is listed as borrowed.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import polars as pl

from reference_population.survey import AGES, SEXES

BMI_EDGES = np.array([22.0, 25.0, 28.0, 32.0])
ROUNDS = 200
ADULTS_MILLION = 14.2  # Dutch people of 18 and over, of whom 2.8 million are known with hypertension


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def people_by_band(evidence: Path) -> dict[str, dict[tuple[int, int], float]]:
    """Return the number of Dutch people per sex and age band (UN WPP, as printed in the rates' notes)."""
    found: dict[str, dict[tuple[int, int], float]] = {sex: {} for sex in SEXES}
    for row in _rows(evidence / "baseline_rates.csv"):
        if (row["quantity"], row["country"], row["year"]) != ("CHD death (I20-I25)", "Netherlands", "2022"):
            continue
        printed = re.search(r"age-band sum (\d+)", row["notes"])
        if printed:
            band = (int(row["age_low"]), int(row["age_high"] or 99))
            found[row["sex"]][band] = float(printed.group(1))
    return found


def survivors(evidence: Path, country: str) -> dict[str, np.ndarray]:
    """Return the life-table survivors at ages 80 to 99 per sex (latest year)."""
    rows = [r for r in _rows(evidence / "life_tables.csv") if r["country"] == country]
    year = max(int(r["year"]) for r in rows)
    found = {}
    for sex in SEXES:
        lx = {int(r["age"]): float(r["lx"]) for r in rows if r["sex"] == sex and int(r["year"]) == year}
        found[sex] = np.array([lx[a] for a in range(80, 100)])
    return found


def ages(evidence: Path) -> dict[str, np.ndarray]:
    """Return the number of Dutch people at each age from 20 to 99.

    Half of the band 0-39 is taken to be 20 or over; within a band below 80 ages are equally common,
    above it they follow the life table.
    """
    old = survivors(evidence, "Netherlands")
    found = {}
    for sex, bands in people_by_band(evidence).items():
        counts = np.zeros(80)
        for (low, high), people in bands.items():
            if low == 0:
                counts[0:20] = people / 2.0 / 20.0
            elif high < 80:
                counts[low - 20 : high - 19] = people / (high - low + 1)
            else:
                lx = old[sex][low - 80 : high - 79]
                counts[low - 20 : high - 19] = people * lx / lx.sum()
        found[sex] = counts
    return found


def diabetes_shares(evidence: Path) -> dict[str, list[float]]:
    """Return the general-practice share with diabetes per sex and age group (Nivel 2017)."""
    found: dict[str, list[float]] = {}
    for sex in SEXES:
        table = {
            int(r["age_low"]): float(r["value"]) / 1000.0
            for r in _rows(evidence / "baseline_rates.csv")
            if r["quantity"].startswith("diabetes (all types) year prevalence")
            and (r["country"], r["year"], r["sex"]) == ("Netherlands", "2017", sex)
        }
        found[sex] = [np.mean([v for a, v in table.items() if low <= a <= high]) for low, high in AGES]
    return found


def lifelines(evidence: Path, quantity: str, sex: str) -> tuple[float, float]:
    """Return value and SD of one Lifelines row."""
    for r in _rows(evidence / "baseline_rates.csv"):
        if (r["quantity"], r["country"], r["sex"]) == (quantity, "Netherlands (Lifelines)", sex):
            return float(r["value"]), float(r["sd"] or "nan")
    raise KeyError(quantity)


def _bmi_shares(table: pl.DataFrame, where: np.ndarray, size: np.ndarray, evidence: Path) -> np.ndarray:
    """Return the wanted share of each BMI class per stratum: lognormal, American pattern over age."""
    from scipy.stats import lognorm

    bmi, w = table["bmi"].to_numpy().astype(float), table["wt_mec"].to_numpy()
    shares = np.zeros((2 * len(AGES), len(BMI_EDGES) + 1))
    for k, sex in enumerate(SEXES):
        mine = range(k * len(AGES), (k + 1) * len(AGES))
        known = ~np.isnan(bmi)
        american = np.array(
            [np.average(bmi[known & (where == s)], weights=w[known & (where == s)]) for s in mine]
        )
        rows = known & np.isin(where, list(mine))
        american_sd = np.sqrt(np.cov(bmi[rows], aweights=w[rows]))
        mean, sd = lifelines(evidence, "BMI", sex)
        share = size[list(mine)] / size[list(mine)].sum()
        offset = (american - share @ american) * float(sd / american_sd)
        within = np.sqrt(sd**2 - share @ offset**2)
        for s, shift in zip(mine, offset, strict=True):
            sigma = np.sqrt(np.log1p((within / (mean + shift)) ** 2))
            cdf = lognorm.cdf(BMI_EDGES, sigma, scale=(mean + shift) / np.exp(sigma**2 / 2.0))
            shares[s] = np.diff([0.0, *cdf, 1.0])
    return shares


def treated_share() -> tuple[float, float, float]:
    """Return the share of adults on blood-pressure drugs: low, used, high.

    Low: Lifelines, 33 % with hypertension of whom 25 % treated. High: everybody whom a general
    practitioner knows with hypertension. Used: half-way.
    """
    low, high = 0.33 * 0.25, 2.8 / ADULTS_MILLION
    return low, (low + high) / 2.0, high


def reweight(table: pl.DataFrame, where: np.ndarray, evidence: Path) -> np.ndarray:
    """Return the factor by which each respondent counts for the Netherlands (proportional fitting)."""
    w = table["wt_mec"].to_numpy().astype(float)
    counts = ages(evidence)
    size = np.array([counts[sex][low - 20 : high - 19].sum() for sex in SEXES for low, high in AGES])
    sex = (where >= len(AGES)).astype(int)
    people = size.reshape(2, -1).sum(axis=1)
    diabetic = np.array([p for s in SEXES for p in diabetes_shares(evidence)[s]])
    smoking = np.array([lifelines(evidence, "current smoking", s)[0] / 100.0 for s in SEXES])
    treated = treated_share()[1]

    def cells(group: np.ndarray, column: str) -> np.ndarray:
        flag = table[column].to_numpy().astype(float)
        return np.where(np.isnan(flag), -1, 2 * group + np.nan_to_num(flag)).astype(int)

    bmi = table["bmi"].to_numpy().astype(float)
    classes = where * (len(BMI_EDGES) + 1) + np.searchsorted(
        BMI_EDGES, np.nan_to_num(bmi, nan=25.0), side="right"
    )
    margins = [
        (
            np.where(np.isnan(bmi), -1, classes),
            (size[:, None] * _bmi_shares(table, where, size, evidence)).ravel(),
        ),
        (cells(where, "diabetes_told"), np.column_stack([size * (1 - diabetic), size * diabetic]).ravel()),
        (cells(sex, "smoking"), np.column_stack([people * (1 - smoking), people * smoking]).ravel()),
        (cells(np.zeros_like(sex), "bp_med_now"), people.sum() * np.array([1 - treated, treated])),
        (where, size),
    ]
    factor = np.ones(len(w))
    for _ in range(ROUNDS):
        for group, target in margins:
            known = group >= 0
            now = np.bincount(group[known], weights=(w * factor)[known], minlength=len(target))
            ratio = np.divide(target, now, out=np.ones(len(target)), where=now > 0)
            factor[known] *= ratio[group[known]]
    return factor / (w * factor).sum() * w.sum()
