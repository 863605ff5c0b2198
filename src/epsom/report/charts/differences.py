"""One row per outcome: the difference as a circle, its interval as a grey bar, around one zero line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from epsom.base.i18n import Translator
from epsom.report.charts import svg
from epsom.report.charts.scale import Scale, round_reach
from epsom.report.charts.table import Table
from epsom.report.charts.tokens import tokens


@dataclass(frozen=True)
class Row:
    """Hold one outcome: name, unit in words, and the difference with its interval (NaN when unknown).

    Outcomes have different units, so each row has a scale of its own, printed at its ends.
    """

    name: str
    unit: str
    digits: int
    middle: float
    low: float
    high: float
    said: str


@dataclass(frozen=True)
class _Frame:
    width: float
    left: float
    right: float
    top: float
    row: float
    narrow: bool


def _frame(narrow: bool) -> _Frame:
    widths = tokens().width
    if narrow:
        return _Frame(widths["narrow"], 52.0, 306.0, 44.0, 50.0, narrow)
    return _Frame(widths["wide"], 262.0, 490.0, 42.0, 22.5, narrow)


def reach(row: Row) -> float:
    """Return the round value at both ends of a row's scale."""
    known = [abs(value) for value in (row.middle, row.low, row.high) if value == value]
    most, least = max(known, default=0.0), 10.0**-row.digits
    return max(round_reach(most), least) if most > 0.0 else least


def _bar(row: Row, t: Translator, frame: _Frame, y: float) -> list[str]:
    end = reach(row)
    x = Scale(-end, end, frame.left, frame.right)
    digits = next((d for d in range(4) if abs(round(end, d) - end) < 1e-9), 4)
    pieces = [
        svg.words(frame.left - 8, y + 4, t.number(-end, digits), "s m e"),
        svg.words(frame.right + 8, y + 4, t.number(end, digits, sign=True), "s m"),
        svg.line(frame.left, y, frame.right, y, "grid"),
    ]
    if row.low == row.low and row.high == row.high:
        pieces.append(svg.line(x(row.low), y, x(row.high), y, "span"))
    return [*pieces, svg.circle(x(row.middle), y, 5.5, "open")]


def _row(row: Row, t: Translator, frame: _Frame, top: float) -> list[str]:
    label = f"{row.name}, {row.unit}" if row.unit else row.name
    if frame.narrow:
        return [
            svg.words(0.0, top + 18, label, ""),
            svg.words(frame.width, top + 18, row.said, "b s e"),
            *_bar(row, t, frame, top + 36),
        ]
    y = top + frame.row / 2
    return [
        svg.words(0.0, y + 4, label, ""),
        svg.words(frame.width, y + 4, row.said, "b e"),
        *_bar(row, t, frame, y),
    ]


def draw(rows: Sequence[Row], t: Translator, key: str, *, narrow: bool = False) -> svg.Drawing:
    """Draw one row per outcome; ``narrow`` puts the numbers above the bar."""
    frame = _frame(narrow)
    middle = (frame.left + frame.right) / 2
    bottom = frame.top + frame.row * len(rows)
    pieces = [
        svg.words(middle - 10, 16.0, f"◀ {t('charts.lower')}", "b s e"),
        svg.words(middle + 10, 16.0, f"{t('charts.higher')} ▶", "b s"),
        svg.words(middle, 33.0, t("charts.zero"), "s m c"),
    ]
    if not frame.narrow:
        pieces.append(svg.line(middle, frame.top - 4, middle, bottom, "zero"))
    for index, row in enumerate(rows):
        top = frame.top + frame.row * index
        if frame.narrow:
            pieces.append(svg.line(middle, top + 26, middle, top + 46, "zero"))
        pieces += _row(row, t, frame, top)
    title = t("charts.differences.title")
    description = " ".join(f"{row.name}: {row.said} {row.unit}".strip() + "." for row in rows)
    return svg.Drawing(key, frame.width, bottom + 6, title, description, tuple(pieces))


def table(rows: Sequence[Row], t: Translator, caption: str) -> Table:
    """Return the rows of the drawing."""
    head = (t("charts.outcome"), t("charts.difference", unit=""), t("charts.unit"), t("charts.scale"))
    body = tuple((row.name, row.said, row.unit or "–", f"±{t.plain(reach(row))}") for row in rows)
    return Table(caption, head, body)
