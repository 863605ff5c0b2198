"""A survey of a few invented people, for tests that need no real data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from epsom.people.survey.cycles import Cycle
from epsom.people.survey.person import build_people

SEQN = [1.0, 2.0, 3.0, 4.0]


def table(**columns: list[Any]) -> pl.DataFrame:
    """Return a raw table of the four people."""
    kinds = {k: pl.String if any(isinstance(v, str) for v in c) else pl.Float64 for k, c in columns.items()}
    return pl.DataFrame({"SEQN": SEQN, **columns}, schema={"SEQN": pl.Float64, **kinds})


def tables(**more: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the tables that everything rests on, and more."""
    demo = table(
        RIAGENDR=[1, 2, 1, 2], RIDAGEYR=[45, 80, 25, 16], RIDRETH1=[3, 4, 1, 5], RIDEXPRG=[None, 2, None, 1],
        INDFMPIR=[5, 1.5, None, 2], WTINT2YR=[10, 20, 30, 40], WTMEC2YR=[11, 22, 33, 0],
        SDMVPSU=[1, 2, 1, 2], SDMVSTRA=[7, 7, 8, 8],
    )  # fmt: skip
    day_1 = table(
        WTDRD1=[100, 200, 300, None], WTDR2D=[110, 0, 330, None], DR1DRSTZ=[1, 1, 2, 5],
        DR1TKCAL=[2000, 1800, 1500, None], DR1TMAGN=[300, 250, 200, None],
    )  # fmt: skip
    day_2 = table(
        DR2DRSTZ=[1, 5, 1, None], DR2TKCAL=[2100, None, 1400, None], DR2TMAGN=[340, None, 210, None]
    )
    return {"DEMO": demo, "DR1TOT": day_1, "DR2TOT": day_2, **more}


def cycle(name: str = "2017-2018") -> Cycle:
    """Return a cycle without known row counts."""
    return Cycle(name, {"2017-2018": "J", "2009-2010": "F"}[name], ("DEMO", "DR1TOT", "DR2TOT"), {})


def people(name: str = "2017-2018", **more: pl.DataFrame) -> dict[str, list[Any]]:
    """Build the four people and return their columns."""
    return build_people(tables(**more), cycle(name)).to_dict(as_series=False)


def raw_folder() -> Path:
    """Return the folder of the real survey, if it is beside this checkout."""
    from tests.shared_data import shared

    return shared("data", "nhanes")
