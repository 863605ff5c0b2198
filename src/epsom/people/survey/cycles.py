"""What is known of the survey's cycles: their letters, tables, columns, drugs and addresses."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from epsom.base.errors import problem


@dataclass(frozen=True)
class Cycle:
    """Name one two-year cycle and the tables that were published for it.

    Parameters
    ----------
    name
        Such as ``2017-2018``.
    letter
        Suffix of its files, such as ``J``.
    tables
        Tables published for this cycle, of those that Epsom reads.
    rows
        Rows of a table as published, where known.
    """

    name: str
    letter: str
    tables: tuple[str, ...]
    rows: Mapping[str, int]


@dataclass(frozen=True)
class ColumnRule:
    """Say where a column of the person table comes from and how its codes are read."""

    column: str
    table: str
    variable: str
    decode: str
    scale: float


@cache
def facts() -> Mapping[str, Any]:
    """Read the data file of the survey."""
    text = files("epsom.people").joinpath("data", "nhanes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def column_rules() -> tuple[ColumnRule, ...]:
    """Read the rules of the columns, in the order of the person table."""
    with files("epsom.people").joinpath("data", "nhanes_columns.csv").open(encoding="utf-8") as stream:
        return tuple(
            ColumnRule(row["column"], row["table"], row["variable"], row["decode"], float(row["scale"]))
            for row in csv.DictReader(stream)
        )


def cycle_names() -> tuple[str, ...]:
    """List the cycles that Epsom knows, oldest first."""
    return tuple(facts()["cycle"])


def find_cycle(name: str) -> Cycle:
    """Return a cycle by name.

    Raises
    ------
    EpsomError
        ``E-CYCLE`` when there is no such cycle.

    Examples
    --------
    >>> find_cycle("2017-2018").letter
    'J'
    """
    known = facts()["cycle"].get(name)
    if known is None:
        raise problem("E-CYCLE", value=name, expected=", ".join(cycle_names()))
    tables = tuple(t for t in facts()["tables"] if t not in known["absent"])
    return Cycle(name, known["letter"], tables, known.get("rows", {}))
