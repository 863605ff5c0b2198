"""Hold what others pooled against our own pooling of the studies whose numbers could be read."""

from __future__ import annotations

from dataclasses import dataclass

from epsom.evidence.answers.answer import Line, answer
from epsom.evidence.answers.certainty import comparable, rescaled
from epsom.evidence.base.load import Base
from epsom.evidence.base.outcomes import questions
from epsom.evidence.base.records import Grade, Published

ENOUGH = 3  # our studies below which nothing is claimed: variance between studies cannot be estimated


@dataclass(frozen=True)
class Comparison:
    """Hold one published result beside ours, on the scale of ours.

    ``verdict`` is reproduced (each estimate lies in the other's interval), compatible (theirs lies in
    ours), disagrees, or too_few. ``missing`` counts why studies that the base knows could not count.
    """

    record: Published
    outcome: str
    contrast: str
    theirs: tuple[float, float, float]
    ours: tuple[float, float, float] | None
    k: int
    verdict: str
    missing: dict[str, int]


def compare(base: Base) -> list[Comparison]:
    """Compare every published result that is about the same contrast in the same unit as one of ours."""
    found: list[Comparison] = []
    seen: set[str] = set()
    for question in questions().values():
        for line in answer(base, question).lines:
            if line.grade is Grade.GENETIC:
                continue
            for record in comparable(line.data, line.published):
                if record.id not in seen:
                    seen.add(record.id)
                    found.append(_compare(line, record))
    return found


def _rounding(value: float) -> float:
    """Return half a unit of the last printed decimal: two decimals for most, three for small ones."""
    return 0.005 if round(value, 2) == round(value, 6) else 0.0005


def _compare(line: Line, record: Published) -> Comparison:
    values = [rescaled(v, record, line.data) for v in (record.estimate, record.low, record.high)]
    theirs = (values[0] or 0.0, values[1] or 0.0, values[2] or 0.0)
    missing: dict[str, int] = {}
    for aside in line.data.set_aside:
        missing[aside.reason] = missing.get(aside.reason, 0) + 1
    own = line.own
    if own is None or own.k < ENOUGH:
        ours = None if own is None else (own.estimate, own.low, own.high)
        return Comparison(
            record, line.outcome, line.data.contrast, theirs, ours, line.data.k, "too_few", missing
        )
    assert record.estimate is not None
    slack = _rounding(record.estimate)
    ends = [rescaled(record.estimate + sign * slack, record, line.data) or 0.0 for sign in (-1, 1)]
    inside = max(ends) >= own.low and min(ends) <= own.high
    both = inside and theirs[1] <= own.estimate <= theirs[2]
    verdict = "reproduced" if both else "compatible" if inside else "disagrees"
    return Comparison(
        record,
        line.outcome,
        line.data.contrast,
        theirs,
        (own.estimate, own.low, own.high),
        own.k,
        verdict,
        missing,
    )
