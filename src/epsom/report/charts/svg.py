"""Pieces of SVG as text: lines, words, areas, and the drawing with its text alternative."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.report.charts.tokens import style_sheet

MARGIN = 16.0  # round a drawing that is a file of its own [px]
HEADING = 21.0  # height of a line of text above it [px]


def number(value: float) -> str:
    """Write a coordinate with at most one decimal, so that files are small and the same everywhere."""
    text = f"{round(float(value), 1):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Draw a straight line of class ``kind``."""
    ends = zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True)
    return f'<line {" ".join(f"{k}={chr(34)}{number(v)}{chr(34)}" for k, v in ends)} class="{kind}"/>'


def words(x: float, y: float, text: str, kind: str = "") -> str:
    """Write ``text`` with its baseline at (x, y)."""
    return f'<text x="{number(x)}" y="{number(y)}" class="{kind}">{escape(text)}</text>'


def circle(x: float, y: float, radius: float, kind: str) -> str:
    """Draw a circle of class ``kind``."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" class="{kind}"/>'


def rectangle(x: float, y: float, width: float, height: float, kind: str) -> str:
    """Draw a rectangle of class ``kind``."""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(width, 0.0))}" '
        f'height="{number(max(height, 0.0))}" class="{kind}"/>'
    )


def polyline(x: FloatArray, y: FloatArray, kind: str) -> str:
    """Draw a line through points (n,) of class ``kind``; nothing where there are fewer than two."""
    if len(x) < 2:
        return ""
    return f'<path d="M{_points(x, y)}" class="{kind}"/>'


def area(x: FloatArray, low: FloatArray, high: FloatArray, kind: str) -> str:
    """Fill between two curves (n,) over the same x."""
    if len(x) < 2 or np.isnan([*low, *high]).any():
        return ""
    there, back = _points(x, high), _points(x[::-1], low[::-1])
    return f'<path d="M{there}L{back}Z" class="{kind}"/>'


def _points(x: Iterable[float], y: Iterable[float]) -> str:
    return "L".join(f"{number(a)} {number(b)}" for a, b in zip(x, y, strict=True))


def apart(wanted: Sequence[float], gap: float) -> list[float]:
    """Move label positions as little as needed so that each is ``gap`` from its neighbours.

    Examples
    --------
    >>> apart([10.0, 12.0], 16.0)
    [3.0, 19.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[tuple[float, list[int]]] = []
    for index in order:
        groups.append((wanted[index], [index]))
        while len(groups) > 1:
            (before, mine), (after, others) = groups[-2], groups[-1]
            reach = gap * (len(mine) + len(others)) / 2.0
            if after - before >= reach:
                break
            together = [*mine, *others]
            groups[-2:] = [(sum(wanted[i] for i in together) / len(together), together)]
    found = [0.0] * len(wanted)
    for centre, members in groups:
        for place, index in enumerate(members):
            found[index] = centre + gap * (place - (len(members) - 1) / 2.0)
    return found


@dataclass(frozen=True)
class Drawing:
    """Hold a drawing: its size [px], text alternative and pieces; ``key`` must be unique on a page."""

    key: str
    width: float
    height: float
    title: str
    description: str
    pieces: tuple[str, ...]

    def _wrapped(self, left: float, top: float, size: tuple[float, float], before: str) -> str:
        width, height = (number(length) for length in size)
        key = self.key
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="{width}" height="{height}" '
            f'viewBox="{number(left)} {number(top)} {width} {height}" role="img" '
            f'aria-labelledby="{key}-t {key}-d"><title id="{key}-t">{escape(self.title)}</title>'
            f'<desc id="{key}-d">{escape(self.description)}</desc>{before}{"".join(self.pieces)}</svg>'
        )

    def inline(self) -> str:
        """Return SVG for a page that carries `style_sheet`."""
        return self._wrapped(0.0, 0.0, (self.width, self.height), "")

    def standalone(self, heading: Sequence[str] = ()) -> str:
        """Return SVG as a file of its own: style, a ground of paper, and lines of text above it."""
        top = -MARGIN - HEADING * len(heading)
        size = (self.width + 2.0 * MARGIN, self.height + MARGIN - top)
        head = [
            words(0.0, top + MARGIN + HEADING * (index + 0.6), text, "m" if index else "b")
            for index, text in enumerate(heading)
        ]
        style = f"<style>{style_sheet()}\n.paper{{fill:var(--paper)}}</style>"
        ground = rectangle(-MARGIN, top, *size, "paper")
        return self._wrapped(-MARGIN, top, size, "".join([style, ground, *head])) + "\n"
