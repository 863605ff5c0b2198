"""Small pictures made of characters: sparklines and interval bars, in Unicode or plain ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray


@dataclass(frozen=True)
class Glyphs:
    """Hold the characters to draw with."""

    levels: str
    left: str
    line: str
    point: str
    right: str
    zero: str
    ground: str
    rule: str


UNICODE = Glyphs("▁▂▃▄▅▆▇█", "├", "─", "●", "┤", "│", "·", "─")
ASCII = Glyphs("", "|", "-", "o", "|", "!", ".", "-")


def sparkline(
    days: FloatArray, values: FloatArray, low: float, high: float, studied: float, width: int, glyphs: Glyphs
) -> str:
    """Draw a curve in one line, with a colon where the trials end.

    Parameters
    ----------
    days, values
        The curve (n_times,).
    low, high
        Values drawn as the lowest and the highest level, shared by curves to compare.
    studied
        Day at which the longest trial ended.
    """
    at = np.linspace(days[0], days[-1], width)
    shown = np.interp(at, days, values)
    spread = high - low if high > low else 1.0
    top = len(glyphs.levels) - 1
    levels = np.clip(np.rint((shown - low) / spread * top), 0, top).astype(int)
    marks = [glyphs.levels[level] for level in levels]
    if days[0] < studied < days[-1]:
        marks.insert(int(np.searchsorted(at, studied)), ":")
    return "".join(marks)


def interval_bar(low: float, middle: float, high: float, reach: float, width: int, glyphs: Glyphs) -> str:
    """Draw an interval on an axis from ``-reach`` to ``reach`` with zero in the middle."""
    cells: list[str] = [glyphs.ground] * width
    centre = width // 2

    def cell(value: float) -> int:
        return int(np.clip(round(centre + value / reach * centre), 0, width - 1)) if reach > 0.0 else centre

    cells[centre] = glyphs.zero
    if low == low and high == high:
        for index in range(cell(low), cell(high) + 1):
            cells[index] = glyphs.line
        cells[cell(low)], cells[cell(high)] = glyphs.left, glyphs.right
    cells[cell(middle)] = glyphs.point
    return "".join(cells)


def columns(rows: Sequence[Sequence[str]], aligns: str, gap: int = 2) -> list[str]:
    """Lay out rows in columns; ``aligns`` has ``l`` or ``r`` per column."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(aligns))]
    lines = []
    for row in rows:
        cells = [
            text.rjust(width) if align == "r" else text.ljust(width)
            for text, width, align in zip(row, widths, aligns, strict=True)
        ]
        lines.append((" " * gap).join(cells).rstrip())
    return lines
