"""Terminal text at 80 columns: tables, wrapped paragraphs, estimates with their interval."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from epsom.base.i18n import Translator
from epsom.evidence.base.outcomes import outcomes

WIDTH = 80


def rule() -> str:
    """Return a horizontal line."""
    return "─" * WIDTH


def paragraph(text: str, indent: str = "") -> str:
    """Wrap a paragraph to 80 columns."""
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def bullet(text: str) -> str:
    """Wrap a list item."""
    return textwrap.fill(text, WIDTH, initial_indent="- ", subsequent_indent="  ")


def cut(text: str, width: int) -> str:
    """Shorten a text to a width, marking the cut."""
    return text if len(text) <= width else text[: width - 1] + "…"


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int], right: str = ""
) -> str:
    """Lay out a table; ``right`` has an ``r`` for each column that is set right, as ``"l r r"``."""
    sides = right.split() or ["l"] * len(widths)

    def line(cells: Sequence[str]) -> str:
        parts = [
            cut(cell, width).rjust(width) if side == "r" else cut(cell, width).ljust(width)
            for cell, width, side in zip(cells, widths, sides, strict=True)
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([line(header), rule(), *(line(row) for row in rows), rule()])


def name(t: Translator, outcome: str) -> str:
    """Name an outcome in the reader's language; unknown ones keep their key."""
    key = f"evidence.outcome.{outcome}"
    return t(key) if t.has(key) else outcome.replace("_", " ")


def upper(text: str) -> str:
    """Begin a sentence with a capital and leave the rest, units above all, as it is."""
    return text[:1].upper() + text[1:]


def unit_name(t: Translator, unit: str) -> str:
    """Name a unit in the reader's language; symbols stay."""
    key = f"evidence.unit.{unit.replace(' ', '_').replace('/', '_per_')}"
    return t(key) if t.has(key) else unit


def digits(outcome: str) -> int:
    """Return the decimals that an outcome is shown with."""
    known = outcomes().get(outcome)
    return known.digits if known else 2


def interval(
    t: Translator, estimate: float | None, low: float | None, high: float | None, places: int
) -> str:
    """Write an estimate with its interval; nothing printed is an en dash."""
    if estimate is None:
        return "–"
    text = t.number(estimate, places)
    if low is None or high is None:
        return text
    return f"{text} ({t.number(low, places)}; {t.number(high, places)})"
