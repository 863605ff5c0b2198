"""Build the reference populations from the survey and the published figures.

Usage::

    python tools/build_reference_population.py SURVEY.csv DIQ_J.csv EVIDENCE_DIR

SURVEY.csv is the merged NHANES 2017-2018 person table (public domain), DIQ_J.csv the survey's own table about
diabetes (who injects insulin; plain or .xz), EVIDENCE_DIR holds
``baseline_rates.csv`` and ``life_tables.csv``. Writes ``usa.json``, ``netherlands.json`` and
``dependence.json``: weighted quantile tables per sex and age group, shares of flags, ages, serum
magnesium from published distributions, and one correlation matrix of hidden normal scores per sex.
The same input gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

sys.path.insert(0, str(Path(__file__).resolve().parent))

from reference_population import dependence, dutch, survey

from epsom.people.reference.drawing import draw, moves
from epsom.people.reference.tables import reference

OUT = Path(__file__).resolve().parents[1] / "src" / "epsom" / "people" / "reference" / "data"
SCHEMA = "epsom/reference-population/1"

# Serum magnesium does not occur in the survey's older cycles. NHANES 2021-2023: reference intervals of
# metabolically healthy men and women, and the share of all adults below 0.85 mmol/L.
US_INTERVALS = {"male": (0.71, 0.93), "female": (0.70, 0.91)}
US_BELOW_085 = 0.678
ROTTERDAM = (0.845, 0.059)
# Diabetes: Canadian survey; thiazides and proton-pump inhibitors: Rotterdam Study. Intake: trials find
# +0.05 mmol/L for 368 mg/day; above 600 mg/day in all no further rise is assumed (a choice).
SERUM_MOVES = {
    "shifts": {"type2_diabetes": -0.055, "thiazide": -0.018, "ppi": -0.011},
    "per_100_mg_intake": 0.0136,
    "up_to_mg_intake": 600.0,
}
MOVES_SEED, MOVES_PEOPLE = 1, 200_000
DUTCH_INTAKE = {"male": (294.0, 340.0, 400.0), "female": (246.0, 285.0, 320.0)}

BORROWED = {
    "height_cm": "Americans; Dutch people are taller, so weight is understated",
    "waist_cm": "Americans, reweighted", "sbp_mmhg": "Americans, reweighted",
    "dbp_mmhg": "Americans, reweighted", "total_cholesterol_mmol_per_l": "Americans, reweighted",
    "hdl_mmol_per_l": "Americans, reweighted", "triglycerides_mmol_per_l": "Americans, reweighted",
    "glucose_mmol_per_l": "Americans, reweighted", "hba1c_percent": "Americans, reweighted",
    "homa_ir": "Americans, reweighted", "crp_mg_per_l": "Americans, reweighted",
    "egfr_ml_per_min": "Americans, reweighted",
    "current_supplement_mg_per_day": "Americans, reweighted",
    "thiazide": "Americans, reweighted", "loop_diuretic": "Americans, reweighted",
    "ppi": "Americans, reweighted", "statin": "Americans, reweighted", "prior_cvd": "Americans, reweighted",
}  # fmt: skip


def american_ages(table: Any, evidence: Path) -> dict[str, np.ndarray]:
    """Return people at each age from 20 to 99: five-year bands of the survey; from 80 by the life table."""
    old = dutch.survivors(evidence, "USA")
    age, sex, w = (table[c].to_numpy() for c in ("age_y", "sex", "wt_mec"))
    found = {}
    for name in survey.SEXES:
        counts = np.zeros(80)
        for low in range(20, 80, 5):
            rows = (sex == name) & (age >= low) & (age < low + 5)
            counts[low - 20 : low - 15] = w[rows].sum() / 5.0
        top = w[(sex == name) & (age >= 80)].sum()
        counts[60:] = top * old[name] / old[name].sum()
        found[name] = counts
    return found


def american_serum() -> dict[str, Any]:
    """Return mean and SD of serum magnesium per sex [mmol/L]."""
    sd = {s: (high - low) / 3.92 for s, (low, high) in US_INTERVALS.items()}
    middle = {s: (high + low) / 2.0 for s, (low, high) in US_INTERVALS.items()}

    def excess(shift: float) -> float:
        below = [ndtr((0.85 - middle[s] - shift) / sd[s]) for s in survey.SEXES]
        return float(np.mean(below)) - US_BELOW_085

    shift = brentq(excess, -0.1, 0.1)
    return {s: {"mean": round(middle[s] + shift, 4), "sd": round(sd[s], 4)} for s in survey.SEXES}


def age_record(counts: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the share of women and the age distribution of each sex as a record."""
    total = sum(c.sum() for c in counts.values())
    return {
        "first": 20,
        "female": round(float(counts["female"].sum() / total), 5),
        "share": {s: [round(float(v), 6) for v in c / c.sum()] for s, c in counts.items()},
    }


def scaled_intake(tables: dict[str, Any], where: np.ndarray, w: np.ndarray, usual: np.ndarray) -> None:
    """Scale the intake tables to the Dutch medians, sex by sex; changes ``tables``."""
    rows = tables["continuous"]["intake_mg_per_day"]["quantiles"]
    n = len(survey.AGES)
    for k, sex in enumerate(survey.SEXES):
        mine = (where >= k * n) & (where < (k + 1) * n)
        median = survey.quantiles(usual[mine], w[mine], False, 3)[len(survey.NODES) // 2]
        for s in range(k * n, (k + 1) * n):
            rows[s] = [round(v * DUTCH_INTAKE[sex][1] / median, 1) for v in rows[s]]


def put_moves(path: Path, country: str) -> None:
    """Add to a country's file how far known causes move serum magnesium: mean and SD per sex, by drawing."""
    record = json.loads(path.read_text(encoding="utf-8"))
    record["serum_mg_mmol_per_l"]["moved"] = {s: {"mean": 0.0, "sd": 0.0} for s in survey.SEXES}
    dump(path, record)
    reference.cache_clear()
    people = draw(reference(country), MOVES_SEED, MOVES_PEOPLE)
    moved = moves(reference(country), people)
    for sex in survey.SEXES:
        mine = moved[people["sex"] == sex]
        record["serum_mg_mmol_per_l"]["moved"][sex] = {
            "mean": round(float(mine.mean()), 5), "sd": round(float(mine.std()), 5)
        }  # fmt: skip
    dump(path, record)


def dump(path: Path, record: dict[str, Any]) -> None:
    """Write JSON with short lists on one line."""
    text = json.dumps(record, indent=1, ensure_ascii=False)
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m.group(1)) + "]", text)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Read, compute, write."""
    source, diabetes, evidence = (Path(path) for path in sys.argv[1:4])
    OUT.mkdir(parents=True, exist_ok=True)
    table = survey.adults(source, diabetes)
    where = survey.stratum(table["sex"].to_numpy(), table["age_y"].to_numpy())
    usual, reliability = survey.usual(table, where)
    sources = {name: column for name, (column, *_) in survey.CONTINUOUS.items()} | survey.FLAGS
    columns = {
        name: usual if column == "usual" else table[column].to_numpy().astype(float)
        for name, column in sources.items()
    }
    weights = {c: np.nan_to_num(table[c].to_numpy().astype(float)) for c in ("wt_mec", "wt_fast", "wt_diet1")}

    common = {"schema": SCHEMA, "nodes": [float(v) for v in survey.NODES],
              "age_from": [low for low, _ in survey.AGES]}  # fmt: skip
    american = survey.marginals(columns, weights, where)
    dump(OUT / "usa.json", {
        **common, "country": "USA",
        "source": "NHANES 2017-2018 (public domain), examined non-pregnant adults of 20 and over, n = "
                  f"{table.height}; weights WTMEC2YR, WTSAF2YR (fasting), WTDRD1 (diet)",
        "ages": age_record(american_ages(table, evidence)),
        **american,
        "supplement_mg_per_day": survey.supplement_amounts(table),
        "serum_mg_mmol_per_l": {
            "by_sex": american_serum(), **SERUM_MOVES,
            "source": "NHANES 2021-2023: 0.71-0.93 (healthy men), 0.70-0.91 (healthy women), 67.8 % of "
                      "adults below 0.85; SD from the intervals, means moved alike until the share fits"},
        "ranges": {}, "borrowed": {},
    })  # fmt: skip

    factor = dutch.reweight(table, where, evidence)
    moved = {name: w * factor for name, w in weights.items()}
    dutch_tables = survey.marginals(columns, moved, where)
    del dutch_tables["flags"]["black"]
    scaled_intake(dutch_tables, where, moved["wt_diet1"], usual)
    low, used, high = dutch.treated_share()
    dump(OUT / "netherlands.json", {
        **common, "country": "Netherlands",
        "source": "NHANES 2017-2018 respondents reweighted to Dutch ages (UN WPP 2019 for 2022), diabetes by "
                  "age and sex (Nivel 2017), BMI (Lifelines, lognormal), smoking (Lifelines) and "
                  "treated pressure",
        "ages": age_record(dutch.ages(evidence)),
        **dutch_tables,
        "supplement_mg_per_day": survey.supplement_amounts(table),
        "serum_mg_mmol_per_l": {
            "by_sex": {s: {"mean": ROTTERDAM[0], "sd": ROTTERDAM[1]} for s in survey.SEXES},
            **SERUM_MOVES,
            "source": "Rotterdam Study 1997-2008, normal curve through the printed quintile and quartile "
                      "limits; both sexes, mean age 65; Lifelines found no association with age"},
        "ranges": {
            "intake_mg_per_day": {
                "median": {s: list(v) for s, v in DUTCH_INTAKE.items()},
                "why": "no Dutch survey table was seen: low end from urine of PREVEND 1997-98 at 35 % "
                       "excretion, high end the remembered 2019-2021 survey; the middle is used"},
            "antihypertensive": {
                "share": [round(v, 3) for v in (low, used, high)],
                "why": "low: Lifelines, a quarter of those with hypertension treated; high: everybody whom a "
                       "general practitioner knows with hypertension; the middle is used"}},
        "borrowed": BORROWED,
    })  # fmt: skip

    scores = {
        name: survey.scores(columns[name], weights[survey.CONTINUOUS[name][1]], where)
        for name in survey.CONTINUOUS
    }
    weight_of = dict.fromkeys(survey.FLAGS, "wt_mec") | {
        name: weight for name, (_, weight, *_) in survey.CONTINUOUS.items()
    }
    matrices = {}
    for k, sex in enumerate(survey.SEXES):
        n = len(survey.AGES)
        mine = (where >= k * n) & (where < (k + 1) * n)
        names, matrix = dependence.correlation(
            {name: z[mine] for name, z in scores.items()},
            {name: columns[name][mine] for name in survey.FLAGS},
            {name: weights[w][mine] for name, w in weight_of.items()}, where[mine],
            {"intake_mg_per_day": reliability},
        )  # fmt: skip
        matrices[sex] = [[round(float(v), 4) for v in row] for row in matrix]
    dump(OUT / "dependence.json", {
        "schema": SCHEMA, "order": names,
        "source": "NHANES 2017-2018, within sex and age group; intake freed of within-person error "
                  f"(reliability {reliability:.3f})",
        "correlation": matrices,
    })  # fmt: skip
    for country in ("USA", "Netherlands"):
        put_moves(OUT / f"{country.lower()}.json", country)


if __name__ == "__main__":
    main()
