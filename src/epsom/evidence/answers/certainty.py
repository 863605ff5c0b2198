"""How sure an answer is: one word with its reasons, from the data and a table of thresholds.

Cohorts say association at most, animals say animals at most; trials begin at established and lose a
step for each group of concerns. Nothing here knows which outcome it is judging.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.answers.pooling import Summary, side
from epsom.evidence.base.records import Confidence, Grade, Published


@dataclass(frozen=True)
class Reason:
    """Hold one concern: its code (``evidence.concern.<code>``) and the figures in its wording."""

    code: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Certainty:
    """Hold the word and its reasons."""

    word: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Basis:
    """Hold the estimate that a line stands on: our own pooling, or the largest published one."""

    estimate: float
    low: float
    high: float
    k: int | None
    people: int | None
    i2: float | None
    published: Published | None


@cache
def thresholds() -> Mapping[str, Any]:
    """Return the table of thresholds (``data/certainty.toml``)."""
    return tomllib.loads(
        files("epsom.evidence").joinpath("data", "certainty.toml").read_text(encoding="utf-8")
    )


def basis(data: Dataset, own: Summary | None, published: Sequence[Published]) -> Basis | None:
    """Choose what a line stands on: whichever pooled more studies, ours when equal.

    A review that was read in the news only stands behind those that were read themselves. Only
    published results of the whole population, in the same unit and contrast, can be chosen.
    """
    people = [e.persons for e in data.estimates if e.persons is not None]
    mine = None
    if own is not None:
        mine = Basis(own.estimate, own.low, own.high, own.k, sum(people) if people else None, own.i2, None)
    best = max(
        comparable(data, published),
        key=lambda p: (not second_hand(p), p.studies or 0, p.year or 0),
        default=None,
    )
    if best is None or (mine is not None and (best.studies or 0) <= (mine.k or 0)):
        return mine
    estimate, low, high = (rescaled(value, best, data) for value in (best.estimate, best.low, best.high))
    assert estimate is not None
    assert low is not None
    assert high is not None
    return Basis(estimate, low, high, best.studies, best.persons, best.i2, best)


def second_hand(record: Published) -> bool:
    """Tell whether a published result was read in the news, not in a record of the paper."""
    return record.locator in thresholds()["second_hand"]


def comparable(data: Dataset, published: Sequence[Published]) -> list[Published]:
    """Keep published results that are about the same contrast in the same unit."""
    wanted = {"net": "magnesium_vs_control", "slope": "per_unit", "extremes": "high_vs_low"}[data.contrast]
    return [
        p
        for p in published
        if p.contrast == wanted
        and p.subgroup == "all"
        and p.low is not None
        and (data.contrast == "extremes" or p.unit == data.unit)
    ]


def rescaled(value: float | None, record: Published, data: Dataset) -> float | None:
    """Bring a published ratio per unit to the step of the dataset; other values stay."""
    if value is None or data.contrast != "slope" or not record.step or not data.step:
        return value
    return float(value ** (data.step / record.step))


def judge(
    grade: Grade,
    data: Dataset,
    found: Basis | None,
    published: Sequence[Published],
    contested: int,
    small_p: float | None = None,
) -> Certainty:
    """Weigh one line of an answer; ``small_p`` is Egger's p of our own pooling where it may be judged."""
    rule = thresholds()
    reasons = [Reason("observational", {})] if grade is Grade.COHORT else []
    if grade is Grade.CROSS_SECTIONAL:
        reasons.append(Reason("reverse", {}))
    doubts: list[Reason] = []
    if found is not None:
        doubts += _of_basis(rule, data, found, published)
        doubts += (
            _of_own(rule, data) if found.published is None else _of_review(data, found.published, published)
        )
    if small_p is not None and small_p < rule["small_study_p"]:
        doubts.append(Reason("small_studies", {"p": round(small_p, 2)}))
    counted = data.k + contested
    if counted and contested / counted >= rule["doubted_share"]:
        doubts.append(Reason("doubted", {"n": contested, "of": counted}))
    if found is None:
        word = "contested" if contested else "no_evidence"
        return Certainty(word, (*reasons, *doubts))
    steps = rule["words"][str(grade)]
    word = [name for least, name in steps if len(doubts) >= least][-1]
    return Certainty(word, (*reasons, *doubts))


def _of_basis(
    rule: Mapping[str, Any], data: Dataset, found: Basis, published: Sequence[Published]
) -> list[Reason]:
    doubts = []
    neutral = 1.0 if data.scale == "ratio" else 0.0
    spread = max((i for i in (found.i2, *(p.i2 for p in published)) if i is not None), default=0.0)
    if spread >= rule["inconsistent_i2"]:
        doubts.append(Reason("inconsistent", {"i2": round(spread)}))
    if found.k is not None and found.k < rule["few_studies"]:
        doubts.append(Reason("few_studies", {"k": found.k}))
    elif found.people is not None and found.people < rule["few_people"] and data.contrast == "net":
        doubts.append(Reason("few_people", {"n": found.people}))
    verdict = side(found.low, found.high, neutral)
    if verdict == "none":
        doubts.append(Reason("includes_null", {}))
    others = [p for p in published if p is not found.published and p.low is not None and p.high is not None]
    differ = [p for p in others if side(p.low or 0.0, p.high or 0.0, neutral) != verdict]
    if differ:
        names = ", ".join(sorted({f"{p.author} {p.year or ''}".strip() for p in differ}))
        doubts.append(Reason("reviews_differ", {"names": names}))
    return doubts


def _of_review(data: Dataset, record: Published, published: Sequence[Published]) -> list[Reason]:
    """Doubt a published result that nothing else in the base supports."""
    doubts = []
    if record.grade is not Grade.GENETIC and not data.k and len(published) == 1:
        doubts.append(Reason("one_review", {}))
    if record.confidence is not Confidence.VERIFIED:
        doubts.append(Reason("one_reading", {}))
    if second_hand(record):
        doubts.append(Reason("second_hand", {}))
    if record.unit == "SMD":
        doubts.append(Reason("standardised", {}))
    return doubts


def _of_own(rule: Mapping[str, Any], data: Dataset) -> list[Reason]:
    doubts = []
    silent = sum(s.words == "none" for s in data.set_aside)
    if data.contrast == "net" and silent / (silent + data.k) >= rule["silent_share"]:
        doubts.append(Reason("silent_nulls", {"n": silent, "of": silent + data.k}))
    derived = sum(e.how.startswith("derived") for e in data.estimates)
    if data.k and derived / data.k >= rule["derived_share"]:
        doubts.append(Reason("derived", {"n": derived, "of": data.k}))
    return doubts
