"""Make the table of typical values by sex and age from the survey's analytic file.

Run once per survey: ``python tools/build_typical.py nhanes_2017_2018.csv src/epsom/people/data/typical.csv``.
Weighted means of examined adults who are not pregnant; ages are topcoded at 80 by the survey.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

COLUMNS = {
    "sbp_mmhg": "sbp_mean",
    "dbp_mmhg": "dbp_mean",
    "bmi_kg_per_m2": "bmi",
    "weight_kg": "weight_kg",
}


def main(source: str, target: str) -> None:
    """Write one row per sex and age decade."""
    people = pl.read_csv(source, infer_schema_length=None).filter(
        (pl.col("age_y") >= 20) & (pl.col("pregnant").fill_null(0) != 1) & (pl.col("wt_mec") > 0)
    )
    decade = (pl.col("age_y").clip(20, 80) // 10 * 10).cast(pl.Int64)
    means = [
        (
            (pl.col(column) * pl.col("wt_mec")).sum()
            / pl.col("wt_mec").filter(pl.col(column).is_not_null()).sum()
        )
        .round(1)
        .alias(name)
        for name, column in COLUMNS.items()
    ]
    table = people.group_by("sex", decade.alias("age_from")).agg(pl.len().alias("n"), *means)
    table.sort("sex", "age_from").write_csv(Path(target))


if __name__ == "__main__":
    main(*sys.argv[1:3])
