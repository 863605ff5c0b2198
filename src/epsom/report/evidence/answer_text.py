"""The page of ``epsom evidence answer``: three exposures side by side, grades never blended."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from epsom.base.i18n import Translator
from epsom.evidence.answers.answer import Answer, Line
from epsom.evidence.answers.certainty import rescaled
from epsom.evidence.base.load import Base
from epsom.evidence.base.records import Grade, Published, Record
from epsom.evidence.base.values import printed
from epsom.report.evidence.findings import (
    contrast_words,
    figures,
    finding,
    headline,
    origin,
    reasons,
    unit_words,
)
from epsom.report.evidence.lines import (
    bullet,
    cut,
    digits,
    interval,
    name,
    paragraph,
    rule,
    table,
    unit_name,
    upper,
)
from epsom.report.evidence.methods import answer_methods

SHOWN_REVIEWS = 6


def answer_text(found: Answer, base: Base, t: Translator) -> str:
    """Write the answer page for a terminal of 80 columns."""
    question = t(f"evidence.question.{found.question.key}")
    blocks = [t("evidence.answer.title", question=question), paragraph(t("evidence.answer.lead")), ""]
    blocks.append(_overview(found, t))
    blocks += [_line(number, line, base, t) for number, line in enumerate(found.lines, start=1)]
    if found.markers:
        blocks.append(_markers(found, t))
    if found.animals:
        blocks.append(_animals(found, t))
    blocks += [t("evidence.answer.caveats"), *(bullet(text) for text in caveats(found, t)), ""]
    blocks += [t("evidence.answer.methods"), paragraph(answer_methods(found, t)), ""]
    blocks.append(t("evidence.answer.hash", hash=found.hash[:12]))
    return "\n".join(blocks)


def _short(line: Line, t: Translator) -> str:
    if line.basis is None:
        return "–"
    b = line.basis
    return f"{interval(t, b.estimate, b.low, b.high, digits(line.outcome))}"


def _overview(found: Answer, t: Translator) -> str:
    rows = [
        (
            str(number),
            f"{t(f'evidence.short.{line.family}')}{_scale(line, t)}: {name(t, line.outcome)}",
            _short(line, t),
            t(f"evidence.certainty.{line.certainty.word}"),
        )
        for number, line in enumerate(found.lines, start=1)
    ]
    head = ["", t("evidence.head.what"), t("evidence.head.estimate"), t("evidence.head.certainty")]
    return table(head, rows, (2, 38, 18, 16), "r l r l")


def _scale(line: Line, t: Translator) -> str:
    if line.data.contrast == "net":
        return ""
    moment = f" ({t('evidence.short.cross_sectional')})" if line.grade is Grade.CROSS_SECTIONAL else ""
    if line.data.contrast == "slope":
        return f" /{t.plain(line.data.step)} {unit_name(t, line.data.unit)}{moment}"
    return f" {t('evidence.short.extremes')}{moment}"


def _line(number: int, line: Line, base: Base, t: Translator) -> str:
    word = t(f"evidence.certainty.{line.certainty.word}")
    lines = ["", paragraph(f"{number}. {headline(line, t)}: {word}")]
    lines.append(paragraph(finding(line, t), "   "))
    if line.basis is not None:
        lines.append(paragraph(f"{origin(line.basis, t)}. {upper(contrast_words(line.data, t))}.", "   "))
    lines += [paragraph(text, "   ") for text in details(line, base, t)]
    return "\n".join(lines)


def details(line: Line, base: Base, t: Translator) -> list[str]:
    """Say what else belongs to a line: our own pooling, other reviews, silent nulls, reasons."""
    own, found = line.own, []
    if own is not None and line.basis is not None and line.basis.published is not None:
        found.append(
            t("evidence.own", count=own.k, figures=figures(own.estimate, own.low, own.high, line.data, t))
        )
    if own is not None and own.prediction_low is not None and own.prediction_high is not None:
        places = digits(line.outcome)
        low, high = t.number(own.prediction_low, places), t.number(own.prediction_high, places)
        unit = unit_words(line.data, t)
        found.append(t("evidence.prediction", low=low, high=f"{high} {unit}".strip()))
    others = [p for p in line.published if line.basis is None or p is not line.basis.published]
    if others:
        shown = "; ".join(published_words(p, line, t) for p in others[:SHOWN_REVIEWS])
        found.append(t("evidence.others", list=shown))
    if line.silent:
        found.append(t("evidence.silent", count=line.silent))
    if line.doubted:
        listed = "; ".join(doubted_words(record, base, line, t) for record in line.doubted[:SHOWN_REVIEWS])
        found.append(t("evidence.doubted", count=len(line.doubted), list=listed))
    why = reasons(line.certainty, t)
    if why:
        found.append(t("evidence.because", list="; ".join(why)))
    return found


def doubted_words(record: Record, base: Base, line: Line, t: Translator) -> str:
    """Write a doubted number with the reason of the doubt."""
    value = interval(t, *printed(record, base), digits(line.outcome))
    who = f"{record.author} {record.year or ''}".strip()
    return f"{who} {value} ({t(f'evidence.reason.{record.reason}')})"


def published_words(record: Published, line: Line, t: Translator) -> str:
    """Write one published result on the scale of the line."""
    values = [rescaled(v, record, line.data) for v in (record.estimate, record.low, record.high)]
    who = f"{record.author} {record.year or ''}".strip()
    part = "" if record.subgroup == "all" else f" [{record.subgroup}]"
    unit = f" {record.unit}" if line.data.scale == "difference" and record.unit != line.data.unit else ""
    return f"{who}{part} {interval(t, values[0], values[1], values[2], digits(line.outcome))}{unit}"


def _markers(found: Answer, t: Translator) -> str:
    rows = [
        (
            f"{m.author}",
            m.contrast,
            f"{m.effect or '–'} {m.unit}".strip(),
            t(f"evidence.standing.{m.standing}"),
        )
        for m in found.markers
    ]
    head = [t(f"evidence.head.{key}") for key in ("study", "compared", "result", "standing")]
    return "\n".join(["", t("evidence.answer.markers"), table(head, rows, (18, 31, 14, 11))])


def _animals(found: Answer, t: Translator) -> str:
    lines = ["", f"{t('evidence.answer.animals')}: {t('evidence.certainty.animal_only')}", rule()]
    lines += [
        cut(f"{a.author} {a.year or ''}: {a.quantity}: {a.value} {a.unit} ({a.species})", 80)
        for a in found.animals
    ]
    return "\n".join(lines)


def caveats(found: Answer, t: Translator) -> list[str]:
    """Choose the warnings that belong to this answer."""
    codes = []
    grades = {str(line.grade) for line in found.lines if line.basis is not None}
    if grades & {"cohort", "cross_sectional"} or found.markers:
        codes.append("association")
    if not found.question.trials:
        codes.append("no_trial")
    elif found.question.surrogate:
        codes.append("surrogate")
    if any(line.silent for line in found.lines):
        codes.append("silent")
    if any(e.covariance == "assumed" for line in found.lines for e in line.data.estimates):
        codes.append("assumed")
    codes += ["grades", "advice"]
    return [t(f"evidence.caveat.{code}") for code in codes]


def answer_json(found: Answer, t: Translator) -> dict[str, Any]:
    """Return the answer as plain values."""
    return {
        "question": found.question.key,
        "hash": found.hash,
        "lines": [line_json(line, t) for line in found.lines],
        "markers": [asdict(m) for m in found.markers],
        "animals": [asdict(a) for a in found.animals],
        "caveats": caveats(found, t),
        "methods": answer_methods(found, t),
    }


def line_json(line: Line, t: Translator) -> dict[str, Any]:
    """Return one line as plain values."""
    b = line.basis
    return {
        "grade": line.grade,
        "exposure": line.family,
        "outcome": line.outcome,
        "contrast": line.data.contrast,
        "step": line.data.step,
        "unit": line.data.unit,
        "scale": line.data.scale,
        "finding": finding(line, t),
        "estimate": None if b is None else b.estimate,
        "low": None if b is None else b.low,
        "high": None if b is None else b.high,
        "stands_on": None if b is None else ("own" if b.published is None else b.published.id),
        "own": None if line.own is None else asdict(line.own),
        "studies": [asdict(e) for e in line.data.estimates],
        "set_aside": [asdict(s) for s in line.data.set_aside],
        "published": [p.id for p in line.published],
        "silent": line.silent,
        "doubted": [record.id for record in line.doubted],
        "certainty": line.certainty.word,
        "reasons": [
            {"code": reason.code, "text": text}
            for reason, text in zip(line.certainty.reasons, reasons(line.certainty, t), strict=True)
        ],
    }
