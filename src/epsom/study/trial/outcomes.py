"""What a trial can observe: output name -> variable of the model and unit."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

RETENTION = "mg_retention"


@dataclass(frozen=True)
class Output:
    """Hold one output: the variable, its unit, and other units with the factor to it."""

    name: str
    variable: str
    unit: str
    also: Mapping[str, float]


@cache
def outputs() -> Mapping[str, Output]:
    """Return every output by name."""
    text = files("epsom.study.trial").joinpath("outputs.toml").read_text("utf-8")
    records = {name: record for name, record in tomllib.loads(text).items() if name != "schema"}
    return {
        name: Output(name, record.get("variable", name), record["unit"], record.get("also", {}))
        for name, record in records.items()
    }
