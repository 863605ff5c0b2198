"""Time every risk score on one million people.

Usage: ``python benchmarks/risk.py [--people N] [--json]``.

Scores are independent of each other, so they run in two threads (numpy releases the interpreter while
it computes). The error column holds the largest difference between the batch and the same people one by one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from epsom.risk.scores import names, score
from epsom.risk.scoring import evaluate

THREADS = 2
SAMPLE = 25


def people(n: int, seed: int = 2026) -> dict[str, Any]:
    """Make n varied adults; the values matter little to the time."""
    rng = np.random.default_rng(seed)
    flags = ["smoker", "type2_diabetes", "antihypertensive", "statin", "parental_diabetes", "prior_cvd",
             "atrial_fibrillation",
             "active_30min_daily", "vegetables_fruit_daily", "antihypertensive_ever", "high_glucose_ever",
             "triglyceride_drug", "hdl_drug", "glucose_drug"]  # fmt: skip
    made: dict[str, Any] = {flag: (rng.random(n) < 0.2).astype(float) for flag in flags}
    choices = {"sex": 2, "region": 4, "race": 2, "family_diabetes": 3, "waist_threshold": 3}
    made |= {name: rng.integers(0, size, n) for name, size in choices.items()}
    ranges = {"age_years": (30, 85), "sbp_mmhg": (95, 180), "dbp_mmhg": (55, 94), "bmi_kg_per_m2": (18, 42),
              "waist_cm": (65, 130), "total_cholesterol_mg_per_dl": (130, 320), "hdl_mg_per_dl": (25, 100),
              "triglycerides_mg_per_dl": (40, 400), "glucose_mg_per_dl": (70, 160),
              "egfr_ml_per_min": (15, 130)}  # fmt: skip
    made |= {name: rng.uniform(low, high, n) for name, (low, high) in ranges.items()}
    made["parents_hypertension"] = rng.integers(0, 3, n).astype(float)
    return made


def _one(name: str, table: dict[str, Any]) -> dict[str, Any]:
    begun = time.perf_counter()
    found = evaluate(score(name), table)
    seconds = time.perf_counter() - begun
    error = 0.0
    for row in range(SAMPLE):
        alone = evaluate(score(name), {k: v[row : row + 1] for k, v in table.items()})
        for output, values in found.values.items():
            error = max(error, float(np.nan_to_num(abs(alone.values[output][0] - values[row]))))
    return {"score": name, "seconds": seconds, "error": error}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    table = people(args.people)
    begun, worked = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(THREADS) as pool:
        rows = list(pool.map(lambda name: _one(name, table), names()))
    total, processor = time.perf_counter() - begun, time.process_time() - worked
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    summary = {
        "machine": {**machine, "threads": THREADS},
        "people": args.people,
        "seconds": total,
        "processor_seconds": processor,
        "rows": rows,
        "ratios": {},
    }
    if args.json:
        print(json.dumps(summary, indent=1))
        return
    for row in rows:
        print(f"{row['score']:<34}{row['seconds']:8.2f} s   error against one by one {row['error']:.1e}")
    print(f"{args.people:,} people, all scores: {total:.2f} s on {THREADS} threads")
    print(f"{processor:.2f} s of processor time")


if __name__ == "__main__":
    main()
