"""Tables of records: ``epsom evidence list`` and ``show``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from epsom.base.i18n import Translator
from epsom.evidence.base.load import Base
from epsom.evidence.base.records import Animal, Contrast, DoseStudy, Published, Record, Source, Trial
from epsom.evidence.base.values import printed, words_only
from epsom.report.evidence.lines import digits, interval, name, paragraph, rule, table


def list_text(records: Sequence[Record], base: Base, t: Translator) -> str:
    """List records, one line each, and say how many may count."""
    rows = []
    for record in records:
        said = words_only(record)
        value = interval(t, *printed(record, base), digits(record.outcome))
        if value == "–" and said:
            value = t(f"evidence.words.{said}") if t.has(f"evidence.words.{said}") else said
        rows.append((record.id, value, t(f"evidence.standing.{record.standing}")))
    head = [t(f"evidence.head.{key}") for key in ("record", "estimate", "standing")]
    counts = Counter(record.standing for record in records)
    told = ", ".join(f"{n} {t(f'evidence.standing.{s}')}" for s, n in sorted(counts.items()))
    return "\n".join([table(head, rows, (41, 22, 13)), t("evidence.list.count", count=len(records)), told])


def _publication(source: Source | None) -> str:
    if source is None:
        return ""
    year = "" if source.year is None else f" {source.year}"
    journal = f" {source.journal} {source.volume}:{source.pages}".rstrip(": ")
    return f"{source.first_author}{year}. {source.title}{'.' if source.title else ''}{journal}"


def _facts(record: Record, base: Base, t: Translator) -> list[tuple[str, str]]:
    source = base.source_of.get(record.source)
    facts = [
        ("outcome", name(t, record.outcome)),
        ("exposure", t(f"evidence.exposure.{record.exposure}")),
        ("grade", t(f"evidence.grade.{record.grade}")),
        ("estimate", interval(t, *printed(record, base), digits(record.outcome))),
        (
            "said",
            t(f"evidence.words.{w}") if (w := words_only(record)) and t.has(f"evidence.words.{w}") else w,
        ),
        ("standing", t(f"evidence.standing.{record.standing}")),
        ("reason", t(f"evidence.reason.{record.reason}") if record.reason else ""),
        ("confidence", t(f"evidence.confidence.{record.confidence}")),
        ("source", _publication(source)),
        ("locator", record.locator),
        ("doi", record.doi),
        ("note", record.note),
    ]
    return _own(record, t) + facts


def _own(record: Record, t: Translator) -> list[tuple[str, str]]:
    if isinstance(record, Trial):
        arms = f"{record.persons_treated or '–'} / {record.persons_control or '–'}"
        dose = (
            ""
            if record.dose_mg_per_day is None
            else f"{t.plain(record.dose_mg_per_day)} mg/day {record.compound}"
        )
        return [
            ("people", record.population),
            ("design", record.design),
            ("arms", arms),
            ("dose", dose),
            ("weeks", "" if record.weeks is None else t.plain(record.weeks)),
            ("origin", t(f"evidence.origin.{record.origin}")),
            ("printed", record.printed),
        ]
    if isinstance(record, Contrast | DoseStudy):
        return [
            ("cohort", f"{record.cohort} ({record.country})"),
            ("groups", ", ".join(record.groups) + ("" if record.part == "all" else f" [{record.part}]")),
            ("unit", record.unit),
            ("adjusted", record.adjustments),
        ]
    if isinstance(record, Published):
        return [("unit", f"{record.contrast} {t.plain(record.step or '')} {record.unit}".strip())]
    if isinstance(record, Animal):
        return [("quantity", f"{record.quantity} [{record.unit}], {record.species}")]
    return []


def _levels(record: DoseStudy, base: Base, t: Translator) -> str:
    rows = [
        (
            str(level.category),
            "–" if level.dose is None else t.plain(level.dose),
            level.dose_rule,
            "–" if level.cases is None else str(level.cases),
            "–"
            if (level.persons or level.person_years) is None
            else t.plain(level.persons or level.person_years),
            t("evidence.reference")
            if level.reference
            else interval(t, level.ratio, level.low, level.high, 2),
        )
        for level in base.levels_of.get(record.id, ())
    ]
    head = [t(f"evidence.head.{k}") for k in ("level", "dose", "rule", "cases", "persons", "estimate")]
    return table(head, rows, (6, 10, 16, 8, 10, 20), "l r l r r r")


def show_text(records: Sequence[Record], base: Base, t: Translator) -> str:
    """Show everything that the base knows about some records."""
    blocks = []
    for record in records:
        lines = [rule(), f"{record.id}"]
        for key, value in _facts(record, base, t):
            if value:
                label = f"{t(f'evidence.fact.{key}')}: "
                lines.append(paragraph(label + value, "  "))
        if isinstance(record, DoseStudy):
            lines.append(_levels(record, base, t))
        blocks.append("\n".join(lines))
    return "\n".join(blocks)
