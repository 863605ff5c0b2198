"""Forecast every adult of a real survey who has intake and blood pressure.

    python validation/nhanes_forecast.py nhanes_2017_2018.csv --out forecasts.parquet

Reads a person table of the survey (columns as in the survey's merged file), keeps people of 20 and older
who are not pregnant and have a dietary recall and a measured pressure, and forecasts ten years with and
without a supplement. Prints the summary, the time and the memory it took; with ``--json`` as data.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import polars as pl

from epsom.base.files import write_whole
from epsom.base.i18n import Translator
from epsom.engine.registry import engine
from epsom.people.reading import people_of_table
from epsom.report.forecast.many import render_many, summary_json
from epsom.study.export import forecast_table
from epsom.study.forecast import Settings, forecast

COLUMNS = {
    "seqn": "id",
    "age_y": "age_years",
    "sex": "sex",
    "mg_diet_mean": "intake_mg_per_day",
    "mg_supp_30d": "current_supplement_mg_per_day",
    "sbp_mean": "sbp_mmhg",
    "dbp_mean": "dbp_mmhg",
    "weight_kg": "weight_kg",
    "bmi": "bmi_kg_per_m2",
    "egfr_ckdepi2021": "egfr_ml_per_min",
    "crp_mg_l": "crp_mg_per_l",
    "hba1c_pct": "hba1c_percent",
    "ldl_mg_dl": "ldl_mg_per_dl",
    "fpg_mg_dl": "glucose_mg_per_dl",
    "smoker": "smoker",
    "diabetes_told": "type2_diabetes",
    "bp_med_now": "antihypertensive",
    "rx_thiazide": "thiazide",
    "rx_ppi": "ppi",
    "rx_loop": "loop_diuretic",
}


def adults(table: pl.DataFrame) -> pl.DataFrame:
    """Keep adults with intake and pressure, under the names of Epsom."""
    wanted = table.filter(
        (pl.col("age_y") >= 20)
        & (pl.col("pregnant").fill_null(0) != 1)
        & pl.col("mg_diet_mean").is_not_null()
        & pl.col("sbp_mean").is_not_null()
        & pl.col("dbp_mean").is_not_null()
    )
    smokes = pl.col("smoker").replace_strict({"current": 1, "former": 0, "never": 0}, default=None)
    return wanted.with_columns(smoker=smokes).select(pl.col(old).alias(new) for old, new in COLUMNS.items())


def main() -> int:
    """Run the survey; exit status 0 when everybody has a row, whatever the statuses say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--supplement", type=float, default=300.0)
    parser.add_argument("--years", type=float, default=10.0)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--engine", default="simd")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    started = time.perf_counter()
    frame = adults(pl.read_csv(args.file, infer_schema_length=None))
    plan = {"supplement_mg_per_day": args.supplement, "compound": "citrate", "years": args.years}
    everyone = people_of_table(frame, args.file.name, plan)
    settings = Settings(draws=args.draws, engine=args.engine, trajectory=False, block=8192)
    result = forecast(everyone.take(everyone.good), engine(args.engine), settings)
    t = Translator("en")
    table = forecast_table(everyone, result, t)
    spent = {
        "seconds": round(time.perf_counter() - started, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "lives": 2 * len(result.status) * (1 + args.draws),
    }
    if args.out is not None:
        write_whole(args.out, table.write_csv().encode())
    if args.json:
        print(json.dumps({**summary_json(table, result), **spent}, indent=1))
    else:
        print(render_many(table, result, t))
        print(f"{spent['lives']} lives in {spent['seconds']} s, at most {spent['memory_mb']} MB")
    return 0 if len(table) == len(frame) else 1


if __name__ == "__main__":
    sys.exit(main())
