"""The causal map and the outcomes: what leads to what, how sure that is, and who says so."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from epsom.model.records import Source, parameters

# From strongest to weakest. "definition" marks arithmetic, which adds no doubt of its own.
CERTAINTIES = ("definition", "established", "moderate", "contested", "association_only", "animal_only")

Sign = Literal["+", "-", "0", "~"]


@dataclass(frozen=True)
class Arrow:
    """Hold one arrow of the system; its sources are those of the parameters that carry it."""

    cause: str
    effect: str
    sign: Sign
    certainty: str
    parameters: tuple[str, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the sources behind the parameters of this arrow, each once."""
        return tuple(dict.fromkeys(s for name in self.parameters for s in parameters()[name].sources))


@dataclass(frozen=True)
class Outcome:
    """Hold what a forecast shows of one variable."""

    name: str
    variable: str
    unit: str
    digits: int
    path: tuple[str, ...]
    studied_days: float
    studied_source: str
    scale: float = 1.0

    @property
    def arrows(self) -> tuple[Arrow, ...]:
        """Return the arrows along the path, from the intervention to the outcome."""
        known = arrow_index()
        return tuple(known[pair] for pair in zip(self.path, self.path[1:], strict=False))

    @property
    def certainty(self) -> str:
        """Return the grade of the weakest arrow on the path."""
        return max((arrow.certainty for arrow in self.arrows), key=CERTAINTIES.index)

    @property
    def source_keys(self) -> tuple[str, ...]:
        """Return the keys of all sources on the path, each once, in the order of the path."""
        return tuple(dict.fromkeys(s.key for arrow in self.arrows for s in arrow.sources))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("epsom.model").joinpath(name).read_text("utf-8"))


@cache
def arrows() -> tuple[Arrow, ...]:
    """Return every arrow of the causal map."""
    return tuple(
        Arrow(
            cause=edge["cause"],
            effect=edge["effect"],
            sign=edge["sign"],
            certainty=edge["certainty"],
            parameters=tuple(edge["parameters"]),
        )
        for edge in _read("causal_map.toml")["edges"]
    )


@cache
def arrow_index() -> Mapping[tuple[str, str], Arrow]:
    """Return the arrows by (cause, effect)."""
    return {(arrow.cause, arrow.effect): arrow for arrow in arrows()}


@cache
def quantities() -> Mapping[str, tuple[str, ...]]:
    """Return the quantities of the map, each with the variables of the equations that make it up."""
    return {name: tuple(members) for name, members in _read("causal_map.toml")["quantities"].items()}


@cache
def outcomes() -> Mapping[str, Outcome]:
    """Return what a forecast can show, by name.

    Examples
    --------
    >>> outcomes()["sbp"].certainty
    'moderate'
    """
    records = {name: record for name, record in _read("outcomes.toml").items() if name != "schema"}
    return {
        name: Outcome(name=name, **{**record, "path": tuple(record["path"])})
        for name, record in records.items()
    }
