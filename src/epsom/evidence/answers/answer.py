"""Answer a question: every exposure and every grade on its own line, null results included."""

from __future__ import annotations

from dataclasses import dataclass

from epsom.evidence.answers.bias import small_study_p
from epsom.evidence.answers.certainty import Basis, Certainty, basis, judge
from epsom.evidence.answers.datasets import extremes, net_effects, slopes
from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.answers.pooling import Choices, Summary, pooled, summarise
from epsom.evidence.base.load import Base
from epsom.evidence.base.outcomes import FAMILIES, Question
from epsom.evidence.base.records import Animal, Grade, Marker, Published, Record, Standing


@dataclass(frozen=True)
class Line:
    """Hold one line of an answer.

    ``own`` is our pooling, ``basis`` what the line stands on (ours or a larger published one).
    ``silent`` counts results that state no difference without a number; ``doubted`` lists the numbers
    that are left out because they cannot be trusted.
    """

    grade: Grade
    family: str
    outcome: str
    data: Dataset
    own: Summary | None
    basis: Basis | None
    published: tuple[Published, ...]
    certainty: Certainty
    silent: int
    doubted: tuple[Record, ...]


@dataclass(frozen=True)
class Answer:
    """Hold the answer to one question, with the hash of the evidence it was made from."""

    question: Question
    lines: tuple[Line, ...]
    markers: tuple[Marker, ...]
    animals: tuple[Animal, ...]
    hash: str


def answer(base: Base, question: Question, choices: Choices | None = None) -> Answer:
    """Answer a question from a base.

    Parameters
    ----------
    base
        The packaged base, or one with a user's sheet.
    question
        From `epsom.evidence.base.outcomes.question`.
    choices
        How to pool; None for the house rules.
    """
    lines: list[Line] = []
    for number, outcome in enumerate(question.events):
        for family in ("dietary", "serum", "urinary"):
            must = number == 0 and family != "urinary"
            lines += _cohort_lines(base, outcome, family, choices, must)
        lines += _genetic(base, outcome)
    lines += [_line(base, Grade.TRIAL, net_effects(base, name), choices) for name in question.trials]
    return Answer(
        question,
        tuple(lines),
        tuple(m for m in base.markers if m.outcome in question.markers),
        tuple(a for a in base.animals if a.outcome in question.animals),
        base.hash,
    )


def _cohort_lines(base: Base, outcome: str, family: str, choices: Choices | None, must: bool) -> list[Line]:
    sloped = slopes(base, outcome, family)
    ends = extremes(base, outcome, family)
    found = []
    if sloped.k or not ends.k:
        found.append(_line(base, Grade.COHORT, sloped, choices))
    if ends.k > sloped.k:
        found.append(_line(base, Grade.COHORT, ends, choices))
    across = _line(
        base, Grade.CROSS_SECTIONAL, extremes(base, outcome, family, Grade.CROSS_SECTIONAL), choices
    )
    if across.data.k or across.published:
        found.append(across)
    if must:
        return found
    return [line for line in found if line.data.k or line.published]


def _line(base: Base, grade: Grade, data: Dataset, choices: Choices | None) -> Line:
    exposures = FAMILIES[data.family]
    published = tuple(
        p
        for p in base.published
        if p.outcome == data.outcome
        and p.exposure in exposures
        and p.grade is grade
        and p.standing is Standing.USABLE
        and p.estimate is not None
    )
    if data.contrast != "net":
        kind = "per_unit" if data.contrast == "slope" else "high_vs_low"
        published = tuple(p for p in published if p.contrast == kind)
    result = pooled(data, choices) if data.k else None
    own = None if result is None else summarise(data, result)
    small_p = None if result is None else small_study_p(data, result)
    doubted = _doubted(base, grade, data)
    contested = sum(not isinstance(record, Published) for record in doubted)
    stands_on = basis(data, own, published)
    return Line(
        grade, data.family, data.outcome, data, own, stands_on, published,
        judge(grade, data, stands_on, published, contested, small_p),
        sum(s.words == "none" for s in data.set_aside), doubted,
    )  # fmt: skip


def _doubted(base: Base, grade: Grade, data: Dataset) -> tuple[Record, ...]:
    """List the doubted rows that do have a number, those of other people's poolings last."""
    exposures = FAMILIES[data.family]
    published = [
        p
        for p in base.published
        if p.outcome == data.outcome
        and p.exposure in exposures
        and p.grade is grade
        and p.estimate is not None
    ]
    own: list[Record] = []
    if grade is Grade.TRIAL:
        own += [t for t in base.trials if t.outcome == data.outcome and t.estimate is not None]
    else:
        own += [
            c
            for c in base.cohorts
            if c.outcome == data.outcome and c.exposure in exposures and c.grade is grade
        ]
    return tuple(record for record in (*own, *published) if record.standing is Standing.CONTESTED)


def _genetic(base: Base, outcome: str) -> list[Line]:
    found = []
    for p in base.published:
        if p.grade is not Grade.GENETIC or p.outcome != outcome or p.estimate is None:
            continue
        if p.low is None or p.high is None:
            continue
        data = Dataset(outcome, "genetic", "slope", "ratio", p.step, p.unit, (), ())
        stands_on = Basis(p.estimate, p.low, p.high, 1, p.persons, None, p)
        certainty = judge(Grade.GENETIC, data, stands_on, (), 0)
        found.append(Line(Grade.GENETIC, "genetic", outcome, data, None, stands_on, (p,), certainty, 0, ()))
    return found
