"""The register of scores: one data file a score, found by name; the formula is named in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, cast

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray
from epsom.base.errors import problem
from epsom.risk.fields import Conversion, Key, conversion, key
from epsom.risk.formulas.shared import Formula

_FOLDER = "data/scores"


@dataclass(frozen=True)
class Limit:
    """Bound a value from above: ``below`` excludes the bound, ``at_most`` includes it."""

    bound: float
    inclusive: bool

    @classmethod
    def of(cls, entry: Mapping[str, float] | None) -> Limit | None:
        """Read ``{"below": 140}`` or ``{"at_most": 59}``."""
        if entry is None:
            return None
        return cls(float(next(iter(entry.values()))), "at_most" in entry)

    def holds(self, x: FloatArray) -> BoolArray:
        """Tell for each value (n,) whether it respects the bound; NaN does not."""
        return np.asarray(x <= self.bound if self.inclusive else x < self.bound)

    @property
    def text(self) -> str:
        """Return the bound with its sign."""
        return f"{'≤' if self.inclusive else '<'} {self.bound:g}"


@dataclass(frozen=True)
class Input:
    """Describe how one score uses one key.

    Parameters
    ----------
    key
        The key and unit in which the formula wants it.
    valid
        Range for which the score was made; values outside are moved to its edge, with a warning.
    only
        Bound of the people for whom the score exists at all; others are refused.
    assume
        Value taken, and said, when it is missing; None means that the formula gets NaN.
    optional
        The formula itself copes with NaN.
    whole
        Only whole numbers are accepted.
    option
        A choice of the asker rather than a property of the person.
    disputed_above
        The sources disagree about people above this value; said as a warning.
    """

    key: Key
    valid: tuple[float, float] | None
    only: Limit | None
    assume: float | None
    optional: bool
    whole: bool
    option: bool
    disputed_above: float | None


@dataclass(frozen=True)
class Output:
    """Describe one result: unit, whether it may be shown first, for whom it exists, its shown range."""

    name: str
    unit: str
    headline: bool
    only: Mapping[str, Limit]
    shown: tuple[float, float] | None


@dataclass(frozen=True)
class Score:
    """Hold one published score: what it reads, what it gives, its constants and their origin."""

    name: str
    paper: str
    doi: str
    horizon_years: tuple[int, ...]
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    constants: Mapping[str, Mapping[str, Any]]
    default_constants: str
    provenance: Mapping[str, Any]
    formula: Formula
    conversions: Mapping[str, float]

    def convert(self, name: str) -> Conversion:
        """Return a unit conversion, with this score's own factor where it names one."""
        usual = conversion(name)
        return Conversion(usual.of, usual.per, self.conversions.get(name, usual.factor))

    def constants_named(self, name: str | None) -> Mapping[str, Any]:
        """Return a set of constants, the default when ``name`` is None.

        Raises
        ------
        EpsomError
            ``E-RISK-CONSTANTS`` when the score has no such set.
        """
        chosen = name or self.default_constants
        if chosen not in self.constants:
            raise problem("E-RISK-CONSTANTS", value=chosen, expected=", ".join(self.constants),
                          details={"score": self.name})  # fmt: skip
        return self.constants[chosen]


def _input(name: str, entry: Mapping[str, Any], factors: Mapping[str, float]) -> Input:
    at = key(name)
    valid = entry.get("valid")
    if (in_mg := entry.get("valid_mg_per_dl")) is not None:
        valid = [bound / factors[cast(str, at.field.convert)] for bound in in_mg]
    assume = entry.get("assume")
    if isinstance(assume, str):
        assume = at.field.choices.index(assume)
    return Input(
        key=at,
        valid=None if valid is None else (float(valid[0]), float(valid[1])),
        only=Limit.of(entry.get("only")),
        assume=None if assume is None else float(assume),
        optional=entry.get("missing") == "allowed",
        whole=bool(entry.get("whole")),
        option=bool(entry.get("option")),
        disputed_above=entry.get("disputed_above"),
    )


def _output(name: str, entry: Mapping[str, Any]) -> Output:
    only = {k: cast(Limit, Limit.of(v)) for k, v in entry.get("only", {}).items()}
    shown = entry.get("shown")
    return Output(
        name, entry["unit"], entry["headline"], only, None if shown is None else (shown[0], shown[1])
    )


@cache
def names() -> tuple[str, ...]:
    """Return the names of all scores, in alphabetical order."""
    folder = files("epsom.risk").joinpath(_FOLDER)
    return tuple(sorted(p.name.removesuffix(".json") for p in folder.iterdir() if p.name.endswith(".json")))


@cache
def score(name: str) -> Score:
    """Read one score.

    Raises
    ------
    EpsomError
        ``E-RISK-SCORE`` when there is no such score.

    Examples
    --------
    >>> score("score2").horizon_years
    (10,)
    """
    if name not in names():
        raise problem("E-RISK-SCORE", value=name, expected=", ".join(names()))
    text = files("epsom.risk").joinpath(_FOLDER, f"{name}.json").read_text(encoding="utf-8")
    d = json.loads(text)
    factors = d.get("mg_per_dl_per_mmol_per_l", {})
    return Score(
        name=name,
        paper=d["paper"],
        doi=d["doi"],
        horizon_years=tuple(d["horizon_years"]),
        inputs={k: _input(k, v, factors) for k, v in d["inputs"].items()},
        outputs={k: _output(k, v) for k, v in d["outputs"].items()},
        constants=d["constants"],
        default_constants=d["default_constants"],
        provenance=d["provenance"],
        formula=cast(Formula, import_module(f"epsom.risk.formulas.{d['formula']}")),
        conversions=factors,
    )
