"""Outcomes of the base, the questions that readers ask, and the scale of each exposure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from epsom.base.errors import problem
from epsom.evidence.base.records import Exposure


@dataclass(frozen=True, slots=True)
class Outcome:
    """Describe one outcome: ``kind`` is ``ratio`` or ``difference``; ``digits`` are worth showing."""

    key: str
    kind: str
    unit: str
    digits: int


@dataclass(frozen=True, slots=True)
class Step:
    """Give the contrast in which slopes of an exposure are stated."""

    size: float
    unit: str


@dataclass(frozen=True, slots=True)
class Question:
    """Map what a reader asks to outcomes of cohorts, trials, markers and animals.

    ``surrogate`` tells that the trials measured something that stands for the event.
    """

    key: str
    events: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    animals: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    surrogate: bool = False


@cache
def _tables() -> Mapping[str, Any]:
    text = files("epsom.evidence").joinpath("data", "outcomes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def outcomes() -> Mapping[str, Outcome]:
    """Return the outcomes by key."""
    return {key: Outcome(key, **parts) for key, parts in _tables()["outcome"].items()}


@cache
def questions() -> Mapping[str, Question]:
    """Return the questions by key."""
    found: dict[str, Question] = {}
    for key, parts in _tables()["question"].items():
        values: dict[str, Any] = {n: v if isinstance(v, bool) else tuple(v) for n, v in parts.items()}
        found[key] = Question(key, **values)
    return found


def question(name: str) -> Question:
    """Find a question by its key or one of its other names.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-QUESTION`` with the known questions.

    Examples
    --------
    >>> question("FMD").key
    'endothelial_function'
    """
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    found = questions().get(wanted) or next((q for q in questions().values() if wanted in q.aliases), None)
    if found is None:
        raise problem("E-EVIDENCE-QUESTION", value=name, expected=", ".join(questions()))
    return found


def outcome(name: str) -> Outcome:
    """Find an outcome by its key.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-OUTCOME`` with the known outcomes.
    """
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    if wanted not in outcomes():
        raise problem("E-EVIDENCE-OUTCOME", value=name, expected=", ".join(outcomes()))
    return outcomes()[wanted]


FAMILIES: Mapping[str, tuple[Exposure, ...]] = {
    "dietary": (Exposure.DIETARY, Exposure.TOTAL),
    "serum": (Exposure.SERUM,),
    "urinary": (Exposure.URINARY,),
    "supplement": (Exposure.SUPPLEMENT,),
    "genetic": (Exposure.GENETIC,),
}


def step(family: str) -> Step:
    """Return the step of an exposure family.

    Examples
    --------
    >>> step("dietary")
    Step(size=100.0, unit='mg/day')
    """
    return Step(**_tables()["step"][family])
