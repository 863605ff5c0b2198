"""Parameter records: every number of the model with its unit, spread, tag and sources.

The records are TOML files, one per module (`parameters/<module>.toml`); `person.toml` and
`inputs.toml` describe what is set per person and what may change in time. Nothing here knows
what the numbers are used for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

MODULES = (
    "magnesium",
    "mineral_hormones",
    "vessel",
    "pressure",
    "inflammation",
    "artery_wall",
    "metabolism",
    "heart",
    "kidney",
)

Prior = Literal["fixed", "normal", "lognormal", "logit-normal"]
Tag = Literal["evidence", "calibrated", "choice"]


@dataclass(frozen=True)
class Source:
    """Point to the place a number was read: study, quantity, locator, judgement of quality."""

    key: str
    quantity: str = ""
    value: str = ""
    low: str = ""
    high: str = ""
    unit: str = ""
    population: str = ""
    locator: str = ""
    doi: str = ""
    confidence: str = ""


@dataclass(frozen=True)
class Parameter:
    """Hold one parameter of the model; what it means is a text, ``model.parameter.<name>``.

    ``spread`` is the coefficient of variation of a lognormal prior, the standard deviation in the
    own unit of a normal one, and the standard deviation on the logit of a logit-normal one.
    """

    name: str
    module: str
    value: float
    unit: str
    prior: Prior
    spread: float
    tag: Tag
    note: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Field:
    """Hold one value that is set per person (`person`) or may change in time (`inputs`).

    ``fact`` names the fact about a person that sets it, ``stated`` the fact whose having been stated
    sets it to 1, ``at_rest`` the person field that an input equals before any intervention.
    """

    name: str
    unit: str
    default: float
    at_rest: str | None = None
    fact: str | None = None
    stated: str | None = None


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("epsom.model").joinpath("parameters", f"{name}.toml").read_text("utf-8"))


def _parameter(module: str, name: str, record: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=name,
        module=module,
        value=float(record["value"]),
        unit=record["unit"],
        prior=record["prior"],
        spread=float(record.get("spread", 0.0)),
        tag=record["tag"],
        note=record.get("note", ""),
        sources=tuple(Source(**source) for source in record.get("sources", ())),
    )


@cache
def parameters() -> Mapping[str, Parameter]:
    """Return all parameter records by name, in the order of the files.

    Examples
    --------
    >>> parameters()["f_ion"].unit
    'dimensionless'
    """
    found = {
        name: _parameter(module, name, record) for module in MODULES for name, record in _read(module).items()
    }
    if len(found) != sum(len(_read(module)) for module in MODULES):
        raise ValueError("a parameter name stands in two modules")
    return found


@cache
def person_fields() -> Mapping[str, Field]:
    """Return what describes one person at the start, by name."""
    return {name: Field(name=name, **record) for name, record in _read("person").items()}


@cache
def input_fields() -> Mapping[str, Field]:
    """Return the inputs that may change in time, by name."""
    return {name: Field(name=name, **record) for name, record in _read("inputs").items()}


@cache
def state_scales() -> Mapping[str, float]:
    """Return the typical size of each state, in its own unit."""
    return {name: float(value) for name, value in _read("state_scales").items()}
