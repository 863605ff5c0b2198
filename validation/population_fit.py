"""Hold the reference populations against the survey and against published figures.

Usage: ``python validation/population_fit.py SURVEY.csv DIQ_J.csv [--people N] [--json]``.

SURVEY.csv is the merged NHANES 2017-2018 person table, DIQ_J.csv the survey's own table about diabetes.
The American population is compared with it:
means, percentiles, shares and rank correlations, each with the survey's own design-based standard error.
A difference passes within twice that error, or within 1 % of a mean, 2 % of a percentile, one
percentage point of a share, 0.05 of a correlation, whichever is larger: below these no forecast changes.
The Dutch population is compared with ``dutch_anchors.json``. Figures that it was not made to meet
(``fitted`` false: what was borrowed from Americans shows there) are reported and not scored. Every row is
printed, met or not; ``!`` marks what is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tools"))

from reference_population import survey as recipe  # noqa: E402

from epsom.people.reference.drawing import draw  # noqa: E402
from epsom.people.reference.tables import reference  # noqa: E402
from epsom.people.survey.design import make_design  # noqa: E402
from epsom.people.survey.estimate import mean, quantile  # noqa: E402
from epsom.people.survey.regress import weighted_correlation  # noqa: E402
from epsom.risk.scores import score  # noqa: E402
from epsom.risk.scoring import evaluate  # noqa: E402

PERCENTILES = (5, 25, 50, 75, 95)
FLOOR = {"mean": 0.01, "percentile": 0.02, "share": 0.01, "correlation": 0.05}
DESIGN_EFFECT = 2.0  # of correlations, about that of the survey's means
SEED = 20260101


def row(what: str, field: str, group: str, target: float, found: float, allowed: float) -> dict[str, Any]:
    """Return one comparison."""
    return {
        "what": what, "field": field, "group": group, "target": round(target, 5), "found": round(found, 5),
        "difference": round(found - target, 5), "allowed": round(allowed, 5),
        "met": bool(abs(found - target) <= allowed),
    }  # fmt: skip


def american_rows(path: Path, diabetes: Path, n: int) -> list[dict[str, Any]]:
    """Compare the American population with the survey."""
    table = recipe.adults(path, diabetes)
    where = recipe.stratum(table["sex"].to_numpy(), table["age_y"].to_numpy())
    usual, reliability = recipe.usual(table, where)
    people = draw(reference("USA"), SEED, n)
    people["black"] = (people["race"] == "black").astype(float)
    sources = {name: (column, weight) for name, (column, weight, *_) in recipe.CONTINUOUS.items()}
    columns = {
        name: usual if column == "usual" else table[column].to_numpy().astype(float)
        for name, (column, _) in sources.items()
    }
    rows: list[dict[str, Any]] = []
    for name, (_, weight) in sources.items():
        design = make_design(table[weight].to_numpy(), table["strata"].to_numpy(), table["psu"].to_numpy())
        for sex in recipe.SEXES:
            part = table["sex"].to_numpy() == sex
            own = people[name][people["sex"] == sex]
            truth = mean(design, columns[name], part)
            allowed = max(2 * truth.se, FLOOR["mean"] * abs(truth.value))
            rows.append(row("mean", name, sex, truth.value, float(own.mean()), allowed))
            for p in PERCENTILES:
                at = quantile(design, columns[name], part, p / 100)
                allowed = max(2 * at.se, FLOOR["percentile"] * abs(at.value))
                rows.append(row(f"p{p}", name, sex, at.value, float(np.percentile(own, p)), allowed))
    design = make_design(table["wt_mec"].to_numpy(), table["strata"].to_numpy(), table["psu"].to_numpy())
    flags = {name: column for name, column in recipe.FLAGS.items() if name != "supplement_user"}
    pills = "current_supplement_mg_per_day"
    taken = table["mg_supp_30d"].to_numpy().astype(float)
    for sex in recipe.SEXES:
        part, own = table["sex"].to_numpy() == sex, people[pills][people["sex"] == sex]
        truth = mean(design, taken, part)
        rows.append(row("mean", pills, sex, truth.value, float(own.mean()), max(2 * truth.se, 1.0)))
        users = mean(design, np.where(np.isnan(taken), np.nan, taken > 0), part)
        allowed = max(2 * users.se, FLOOR["share"])
        rows.append(row("share", pills, sex, users.value, float((own > 0).mean()), allowed))
    age = table["age_y"].to_numpy()
    for name, column in flags.items():
        columns[name] = table[column].to_numpy().astype(float)
        for sex in recipe.SEXES:
            for low, high in ((20, 44), (45, 64), (65, 99)):
                part = (table["sex"].to_numpy() == sex) & (age >= low) & (age <= high)
                mine = (people["sex"] == sex) & (people["age_years"] >= low) & (people["age_years"] <= high)
                truth = mean(design, columns[name], part)
                allowed = max(2 * truth.se, FLOOR["share"])
                rows.append(
                    row(
                        "share",
                        name,
                        f"{sex} {low}-{high}",
                        truth.value,
                        float(people[name][mine].mean()),
                        allowed,
                    )
                )
    return rows + correlation_rows(table, columns, people, where, reliability)


def freed_of_noise(x: Any, y: Any, weight: Any, where: Any, reliability: float) -> float:
    """Return the correlation of ranks x with ranks y, where y still holds days of noise within strata.

    Noise lowers only what the two share within a stratum; means of strata hold none to speak of.
    """
    x, y = x - np.average(x, weights=weight), y - np.average(y, weights=weight)
    size = np.bincount(where, weights=weight).clip(1e-300)
    mean_x, mean_y = (np.bincount(where, weights=weight * v) / size for v in (x, y))
    between = np.average(mean_x[where] * mean_y[where], weights=weight)
    within = np.average(x * y, weights=weight) - between
    spread = np.sqrt(np.average(x**2, weights=weight) * np.average(y**2, weights=weight))
    return float((between + within / np.sqrt(reliability)) / spread)


def correlation_rows(
    table: Any, columns: dict[str, Any], people: dict[str, Any], where: Any, reliability: float
) -> list[dict[str, Any]]:
    """Compare rank correlations over all adults, age included."""
    columns = {"age_years": table["age_y"].to_numpy().astype(float), **columns}
    drawn = {name: rankdata(people[name]) for name in columns}
    fasting = {name for name, (_, weight, *_) in recipe.CONTINUOUS.items() if weight == "wt_fast"}
    rows = []
    for a, b in combinations(columns, 2):
        weight = table["wt_fast" if {a, b} & fasting else "wt_mec"].to_numpy().astype(float)
        known = ~np.isnan(columns[a]) & ~np.isnan(columns[b]) & (np.nan_to_num(weight) > 0)
        ranks = {name: rankdata(columns[name][known]) for name in (a, b)}
        if (intake := "intake_mg_per_day") in ranks:
            other = next(name for name in ranks if name != intake)
            truth = freed_of_noise(ranks[other], ranks[intake], weight[known], where[known], reliability)
        else:
            truth = weighted_correlation(ranks[a], ranks[b], weight[known])
        found = weighted_correlation(drawn[a], drawn[b], np.ones(len(drawn[a])))
        error = (1.0 - truth**2) * np.sqrt(DESIGN_EFFECT / known.sum())
        rows.append(
            row("correlation", f"{a} ~ {b}", "adults", truth, found, max(2 * error, FLOOR["correlation"]))
        )
    return rows


def serum_rows(n: int) -> list[dict[str, Any]]:
    """Compare American serum magnesium with the published share and reference intervals."""
    serum = draw(reference("USA"), SEED, n)
    values, sex = serum["serum_mg_mmol_per_l"], serum["sex"]
    found = [
        row("share below 0.85", "serum_mg_mmol_per_l", "adults", 0.678, float((values < 0.85).mean()), 0.01)
    ]
    for name, bounds in {"male": (0.71, 0.93), "female": (0.70, 0.91)}.items():
        for p, bound in zip((2.5, 97.5), bounds, strict=True):
            at = float(np.percentile(values[sex == name], p))
            # The interval is of healthy people; all adults lie a little lower or wider.
            found.append(row(f"p{p}", "serum_mg_mmol_per_l", name, bound, at, 0.02))
    return found


def dutch_rows(n: int) -> list[dict[str, Any]]:
    """Compare the Dutch population with published Dutch figures."""
    people = draw(reference("Netherlands"), SEED, n)
    syndrome = evaluate(score("metabolic_syndrome_2009"), people).values["metabolic_syndrome"]
    high = (people["sbp_mmhg"] >= 140) | (people["dbp_mmhg"] >= 90) | (people["antihypertensive"] > 0)
    made = {"metabolic_syndrome": syndrome, "hypertension": high.astype(float)}
    rows = []
    anchors = json.loads((ROOT / "validation" / "dutch_anchors.json").read_text(encoding="utf-8"))["rows"]
    for a in anchors:
        mine = np.ones(n, dtype=bool) if "sex" not in a else people["sex"] == a["sex"]
        if "ages" in a:
            mine &= (people["age_years"] >= a["ages"][0]) & (people["age_years"] <= a["ages"][1])
        values = made.get(a["what"], people.get(a.get("field", ""), None))[mine]
        percentile = a["what"].startswith("p") and a["what"][1:].isdigit()
        found = float(np.percentile(values, int(a["what"][1:])) if percentile else values.mean())
        group = f"{a.get('sex', 'adults')}{' ' + '-'.join(map(str, a['ages'])) if 'ages' in a else ''}"
        rows.append(
            row(a["what"], a.get("field", a["what"]), f"NL {group}", a["value"], found, a["allowed"])
            | {"fitted": a["fitted"], "source": a["source"]}
        )
    return rows


def main() -> int:
    """Compare, print; 0 only when every row is met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("survey", type=Path)
    parser.add_argument("diabetes", type=Path)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = american_rows(args.survey, args.diabetes, args.people)
    rows += serum_rows(args.people) + dutch_rows(args.people)
    scored = [r for r in rows if r.get("fitted", True)]
    failures = [r for r in scored if not r["met"]]
    worst = max(scored, key=lambda r: abs(r["difference"]) / r["allowed"])
    summary = {"passed": len(scored) - len(failures), "failed": len(failures), "skipped": 0, "worst": worst,
               "failures": failures, "outside": [r for r in rows if not r.get("fitted", True)]}  # fmt: skip
    if args.json:
        print(json.dumps({**summary, "rows": rows}, indent=1))
    else:
        print(
            f"{'':<2}{'what':<18}{'field':<58}{'group':<16}{'target':>10}{'found':>10}{'diff':>10}{'allowed':>9}"
        )
        for r in rows:
            mark = "  " if r["met"] else "! "
            print(f"{mark}{r['what']:<18}{r['field']:<58}{r['group']:<16}{r['target']:>10.3f}"
                  f"{r['found']:>10.3f}{r['difference']:>10.3f}{r['allowed']:>9.3f}")  # fmt: skip
        outside = summary["outside"]
        print(f"met {summary['passed']}, not met {summary['failed']}; outside checks, reported only: "
              f"{sum(r['met'] for r in outside)} of {len(outside)} met")  # fmt: skip
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
