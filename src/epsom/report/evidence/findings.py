"""Sentences that state a finding and claim no more than its interval."""

from __future__ import annotations

from typing import Any

from epsom.base.i18n import Translator
from epsom.evidence.answers.answer import Line
from epsom.evidence.answers.certainty import Basis, Certainty
from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.answers.pooling import neutral, side
from epsom.report.evidence.lines import digits, name, unit_name, upper


def contrast_words(data: Dataset, t: Translator) -> str:
    """Say what is compared: per step, highest against lowest, or magnesium against control."""
    if data.contrast == "slope":
        return t("evidence.contrast.slope", step=t.plain(data.step), unit=unit_name(t, data.unit))
    return t(f"evidence.contrast.{data.contrast}")


def unit_words(data: Dataset, t: Translator) -> str:
    """Return the unit of the effect, empty for ratios."""
    return "" if data.scale == "ratio" else unit_name(t, data.unit)


def figures(estimate: float, low: float, high: float, data: Dataset, t: Translator) -> str:
    """Write estimate and interval with the unit; NaN bounds become an en dash."""
    places = digits(data.outcome)
    text = t(
        "evidence.figures",
        estimate=t.number(estimate, places),
        low=t.number(low, places),
        high=t.number(high, places),
    )
    return f"{text} {unit_words(data, t)}".strip()


def verdict(estimate: float, low: float, high: float, data: Dataset, family: str, t: Translator) -> str:
    """State the finding in one sentence with a verb; an interval past no difference is a null result."""
    direction = side(low, high, neutral(data))
    values: dict[str, Any] = {
        "outcome": name(t, data.outcome),
        "figures": figures(estimate, low, high, data, t),
    }
    if data.contrast == "own":
        return upper(t(f"evidence.finding.own.{direction}", **values))
    kind = "net" if data.contrast == "net" else "genetic" if family == "genetic" else "ratio"
    exposure = t(f"evidence.exposure.{family}")
    sentence = t(
        f"evidence.finding.{kind}.{direction}",
        exposure=exposure,
        contrast=contrast_words(data, t),
        **values,
    )
    return upper(sentence)


def headline(line: Line, t: Translator) -> str:
    """Name a line: exposure, kind of evidence and outcome."""
    text = t(
        "evidence.headline",
        exposure=t(f"evidence.exposure.{line.family}"),
        grade=t(f"evidence.grades.{line.grade}"),
        outcome=name(t, line.outcome),
    )
    return upper(text)


def finding(line: Line, t: Translator) -> str:
    """State what a line found, or that nothing could be counted."""
    found = line.basis
    if found is None:
        return t("evidence.finding.nothing")
    return verdict(found.estimate, found.low, found.high, line.data, line.family, t)


def origin(found: Basis, t: Translator) -> str:
    """Say whose pooling a line stands on, and how many studies it has."""
    spread = "" if found.i2 is None else t("evidence.i2", i2=t.number(found.i2, 0))
    if found.published is None:
        text = t("evidence.from.own", count=found.k or 0)
    else:
        p = found.published
        who = f"{p.author} {p.year or ''}".strip()
        text = (
            t("evidence.from.review_unknown", who=who)
            if found.k is None
            else t("evidence.from.review", who=who, count=found.k)
        )
    return f"{text}{spread}"


def reasons(certainty: Certainty, t: Translator) -> list[str]:
    """Word the reasons behind a certainty."""
    return [t(f"evidence.concern.{reason.code}", **reason.values) for reason in certainty.reasons]
