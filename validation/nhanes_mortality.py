"""Hold Epsom's numbers of linked mortality against reference numbers of a cycle, from the raw files.

    python validation/nhanes_mortality.py --data DIR --cycle 2011-2012 --reference FILE [--json]

The reference has counts, a weighted death rate and hazard ratios per 100 mg magnesium a day, adjusted
for age, sex and energy only. They check the software; they are no statement about effects.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from nhanes_reference import compare, decimals, show

from epsom.base.errors import EpsomError
from epsom.people.survey.cox import cox
from epsom.people.survey.cycles import find_cycle
from epsom.people.survey.design import F64, Bool, Sample, read_sample
from epsom.people.survey.store import people_of_cycle

CARDIOVASCULAR = (1, 5)  # UCOD_LEADING: heart disease, cerebrovascular disease
_Z = 1.96  # the reference takes this round value


def followed(sample: Sample) -> Bool:
    """Return the adults with diet and follow-up from the examination, not pregnant (n,)."""
    found: Bool = (
        (sample.column("age_y") >= 20)
        & (sample.column("pregnant") != 1)
        & (sample.column("wt_diet1") > 0)
        & ~np.isnan(sample.column("mg_diet_mean"))
        & ~np.isnan(sample.column("mortstat"))
        & (sample.column("permth_exm") > 0)
    )
    return found


def death_rate(sample: Sample, part: Bool, died: F64, years: F64) -> tuple[float, float]:
    """Return deaths per 1,000 person-years and the linearised standard error of this ratio."""
    design = sample.design("wt_diet1")
    weight = np.where(part, design.weight, 0.0)
    deaths, time = np.where(part, died, 0.0), np.where(part, years, 0.0)
    rate = float((weight * deaths).sum() / (weight * time).sum())
    scores = weight * (deaths - rate * time) / (weight * time).sum()
    return 1000.0 * rate, 1000.0 * float(np.sqrt(design.variance(scores)[0, 0]))


def hazard_ratio(sample: Sample, part: Bool, died: F64) -> dict[str, float]:
    """Return the log hazard ratio per 100 mg/d (mean of days), its error, and the ratio with 95 % limits."""
    x = np.column_stack(
        [
            sample.column("mg_diet_mean") / 100.0,
            sample.column("age_y"),
            sample.of_sex("male").astype(np.float64),
            sample.column("d1_kcal") / 1000.0,
        ]
    )
    fit = cox(sample.design("wt_diet1"), sample.column("permth_exm"), died, x, part)
    beta, se = float(fit.beta[0]), float(fit.se[0])
    ratio, low, high = (float(np.exp(beta + s * _Z * se)) for s in (0.0, -1.0, 1.0))
    return {"beta": beta, "se": se, "hr": ratio, "lo": low, "hi": high}


def summary(sample: Sample) -> dict[str, Any]:
    """Return all numbers of a cycle."""
    part = followed(sample)
    died = sample.column("mortstat")
    heart = ((died == 1) & np.isin(sample.column("ucod_leading"), CARDIOVASCULAR)).astype(np.float64)
    years = sample.column("permth_exm") / 12.0
    rate, error = death_rate(sample, part, died, years)
    return {
        "n": int(part.sum()),
        "deaths": int(died[part].sum()),
        "cvd_deaths": int(heart[part].sum()),
        "person_years": round(float(years[part].sum())),
        "weighted_death_rate_per_1000py": rate,
        "weighted_death_rate_se": error,
        "hr_per_100mg_mortstat": hazard_ratio(sample, part, died),
        "hr_per_100mg_cvd": hazard_ratio(sample, part, heart),
    }


def main() -> int:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description="Hold mortality numbers against a reference file.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the raw tables")
    parser.add_argument("--cycle", required=True)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    reference = json.loads(args.reference.read_text(encoding="utf-8"))
    if args.cycle not in reference:
        parser.error(f"{args.reference} has no cycle {args.cycle}")
    try:
        people = people_of_cycle(args.data, find_cycle(args.cycle))
    except EpsomError as error:
        parser.error(str(error))
    if "mortstat" not in people.columns:
        parser.error(f"no linked mortality file for {args.cycle} in {args.data}")
    theirs = {"mortality": reference[args.cycle]}
    ours = {"mortality": summary(read_sample(people))}
    result = {"cycle": args.cycle, **compare(ours, theirs, decimals({args.cycle: theirs}))}
    return show(result, args.json)


if __name__ == "__main__":
    sys.exit(main())
