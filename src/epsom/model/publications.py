"""Publications behind the model's parameters that the evidence base does not list."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Publication:
    """Describe one publication; ``confidence`` says whether its bibliography was verified."""

    key: str
    first_author: str
    year: str
    title: str
    journal: str
    doi: str
    confidence: str


@cache
def publications() -> Mapping[str, Publication]:
    """Return the publications by key.

    Examples
    --------
    >>> publications()["haenni_2002_forearm"].year
    '2002'
    """
    text = files("epsom.model").joinpath("publications.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["key"]: Publication(**row) for row in rows}
