"""Turn the codes of the survey into plain values: one function a kind of code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

Decoder = Callable[[pl.Expr], pl.Expr]

_SEX = {1.0: "male", 2.0: "female"}
_RACE = {
    1.0: "mexican_american",
    2.0: "other_hispanic",
    3.0: "nh_white",
    4.0: "nh_black",
    5.0: "other_multi",
}


def _coded(codes: Mapping[float, Any], kind: Any) -> Decoder:
    """Keep the codes that have a meaning; refused (7, 77) and unknown (9, 99) become missing."""
    return lambda x: x.replace_strict(codes, default=None, return_dtype=kind)


DECODERS: Mapping[str, Decoder] = {
    "number": lambda x: x,
    "whole": lambda x: x.cast(pl.Int64),
    "not_zero": lambda x: pl.when(x != 0).then(x),
    "is_one": lambda x: (x == 1).fill_null(False).cast(pl.Float64),
    "yes_no": _coded({1.0: 1.0, 2.0: 0.0}, pl.Float64),
    "told": _coded({1.0: 1.0, 2.0: 0.0, 3.0: 0.0}, pl.Float64),
    "sex": _coded(_SEX, pl.String),
    "race_eth": _coded(_RACE, pl.String),
}


def smoker() -> pl.Expr:
    """Return never, former or current from SMQ020 (100 cigarettes ever) and SMQ040 (now)."""
    ever, now = pl.col("SMQ020"), pl.col("SMQ040")
    return (
        pl.when(ever == 2)
        .then(pl.lit("never"))
        .when((ever == 1) & now.is_in([1.0, 2.0]))
        .then(pl.lit("current"))
        .when((ever == 1) & (now == 3))
        .then(pl.lit("former"))
    )


def bp_medicine() -> pl.Expr:
    """Return 1 when blood-pressure medicine is taken now (BPQ050A); 0 for others who were asked."""
    told, now = pl.col("BPQ020"), pl.col("BPQ050A")
    taken = (now == 1).fill_null(False).cast(pl.Float64)
    return pl.when(told == 2).then(0.0).when(told == 1).then(taken)


def drinks_per_day(names: Sequence[str], rule: Mapping[str, Any]) -> pl.Expr:
    """Return usual drinks a day: how often times how many, by the questions of the cycle.

    The questions changed in 2017-2018: before, a count with a unit (ALQ120Q, ALQ120U) after two
    questions on twelve drinks a year or ever (ALQ101, ALQ110); since, one frequency code (ALQ121)
    after ever (ALQ111). Refused and unknown (77, 99, 777, 999) are missing.
    """
    each = pl.when(pl.col("ALQ130") <= rule["most_drinks"]).then(pl.col("ALQ130"))
    if "ALQ121" in names:
        codes = {float(code): float(days) for code, days in enumerate(rule["days_by_code"])}
        days = pl.col("ALQ121").replace_strict(codes, default=None, return_dtype=pl.Float64)
        never = (pl.col("ALQ111") == 2) | (pl.col("ALQ121") == 0)
    else:
        periods = {float(unit): float(n) for unit, n in rule["periods_by_unit"].items()}
        times = pl.when(pl.col("ALQ120Q") <= rule["most_days_or_times"]).then(pl.col("ALQ120Q"))
        unit = pl.col("ALQ120U").replace_strict(periods, default=None, return_dtype=pl.Float64)
        days = times * unit
        never = ((pl.col("ALQ101") == 2) & (pl.col("ALQ110") == 2)) | (times == 0)
    return pl.when(never.fill_null(False)).then(0.0).otherwise(days * each / 365.0)


def medicines(table: pl.DataFrame, drugs: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return one row a person with 1 or 0 for each group of drugs, missing when refused or unknown.

    Parameters
    ----------
    table
        RXQ_RX: one row for each medicine of a person, its ingredients separated by semicolons.
    drugs
        Column -> names of ingredients.
    """
    parts = pl.col("RXDDRUG").str.split(";").list.eval(pl.element().str.strip_chars())
    known = pl.col("RXDUSE").is_in([1.0, 2.0]).fill_null(False)
    flags = [
        pl.when(known.all())
        .then(parts.list.eval(pl.element().is_in(list(names))).list.any().any().cast(pl.Float64))
        .alias(column)
        for column, names in drugs.items()
    ]
    return table.group_by("SEQN", maintain_order=True).agg(flags)
