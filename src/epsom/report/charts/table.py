"""The twin of a chart: the same rows as words, ready for a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Hold a table: what it is, its column heads, and rows whose first cell is the row's head."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Figure:
    """Hold a figure: finding, what is drawn, the drawing for wide and narrow pages, and its twin.

    ``wide`` is empty where the narrow drawing serves every page.
    """

    key: str
    title: str
    drawn: str
    wide: str
    narrow: str
    table: Table
