"""Predicted against observed: one panel, intervals both ways, the line on which both agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from epsom.base.i18n import Translator
from epsom.report.charts import svg
from epsom.report.charts.scale import Scale, decimals, round_ticks

SIZE = 232.0  # of a panel: three stand beside each other on a wide page [px]
_LEFT, _TOP, _SIDE = 44.0, 4.0, 168.0
_RADIUS = 3.4


@dataclass(frozen=True)
class Point:
    """Hold one result: observed and predicted with their intervals, and whether they agree."""

    observed: float
    observed_low: float
    observed_high: float
    model: float
    low: float
    high: float
    agrees: bool


def draw(points: Sequence[Point], t: Translator, key: str, axes: tuple[str, str]) -> svg.Drawing:
    """Draw one panel; points that agree are open, the others full.

    Parameters
    ----------
    axes
        Words under and beside the panel: observed and predicted.
    """
    known = [p for p in points if p.model == p.model]
    edges = [v for p in known for v in (p.observed_low, p.observed_high, p.low, p.high, p.model) if v == v]
    ticks = round_ticks(min(edges, default=0.0), max(edges, default=1.0), 6)
    x = Scale(ticks[0], ticks[-1], _LEFT, _LEFT + _SIDE)
    y = Scale(ticks[0], ticks[-1], _TOP + _SIDE, _TOP)
    digits = decimals(ticks[1] - ticks[0])
    pieces = []
    for tick in ticks:
        pieces.append(svg.line(x.start, y(tick), x.end, y(tick), "grid"))
        pieces.append(svg.words(x.start - 6, y(tick) + 4, t.number(tick, digits), "s m e"))
    for tick in ticks[:: 2 if len(ticks) > 4 else 1]:
        pieces.append(svg.line(x(tick), y.start, x(tick), y.start + 4, "axis"))
        pieces.append(svg.words(x(tick), y.start + 18, t.number(tick, digits), "s m c"))
    pieces.append(svg.line(x.start, y.start, x.end, y.end, "axis"))
    for point in known:
        pieces += _point(point, x, y)
    pieces.append(svg.words((x.start + x.end) / 2, y.start + 34, axes[0], "s c"))
    middle = (y.start + y.end) / 2
    pieces.append(
        f'<g transform="translate(9 {svg.number(middle)}) rotate(-90)">{svg.words(0, 0, axes[1], "s c")}</g>'
    )
    return svg.Drawing(key, SIZE, _TOP + _SIDE + 46.0, "", "", tuple(pieces))


def _point(point: Point, x: Scale, y: Scale) -> list[str]:
    here = x(point.observed), y(point.model)
    pieces = [svg.line(x(point.observed_low), here[1], x(point.observed_high), here[1], "axis")]
    if point.low == point.low and point.high == point.high:
        pieces.append(svg.line(here[0], y(point.low), here[0], y(point.high), "axis"))
    return [*pieces, svg.circle(*here, _RADIUS, "open" if point.agrees else "full-with")]
