"""Power against the number of participants: one outcome of a planned trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.i18n import Translator
from epsom.report.charts import svg
from epsom.report.charts.scale import Scale, round_ticks
from epsom.report.charts.tokens import tokens

_HEIGHT = 200.0
_LABEL = 15.0  # height of a line of words [px]


@dataclass(frozen=True)
class PowerCurve:
    """Hold a curve of power.

    Attributes
    ----------
    people, power, assurance
        Participants who finish, power for the expected effect, and its mean over parameter draws.
    target
        Wanted power.
    needed, planned
        Participants that reach it, and those planned; None where there are none.
    """

    people: tuple[int, ...]
    power: tuple[float, ...]
    assurance: tuple[float, ...]
    target: float
    needed: int | None
    planned: int | None


def draw(
    data: PowerCurve, t: Translator, key: str, title: str, description: str, *, narrow: bool
) -> svg.Drawing:
    """Draw both curves with the wanted power, the number that reaches it and the planned number."""
    width = tokens().width["narrow" if narrow else "wide"]
    left, right, top = 46.0, width - (96.0 if narrow else 150.0), 30.0
    bottom = top + _HEIGHT
    ticks = round_ticks(0.0, float(data.people[-1]), 4 if narrow else 6)
    x = Scale(ticks[0], max(ticks[-1], data.people[-1]), left, right)
    y = Scale(0.0, 1.0, bottom, top)
    pieces = []
    for level in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        pieces.append(svg.line(left, y(level), right, y(level), "grid"))
        pieces.append(svg.words(left - 6, y(level) + 4, f"{t.number(100 * level, 0)}\u00a0%", "s m e"))
    for tick in ticks:
        pieces.append(svg.line(x(tick), bottom, x(tick), bottom + 4, "axis"))
        pieces.append(svg.words(x(tick), bottom + 18, t.number(tick, 0), "s m c"))
    pieces.append(svg.words((left + right) / 2, bottom + 36, t("trial.power.axis"), "s c"))
    pieces += _marks(data, t, x, y)
    numbers = np.array(data.people, dtype=np.float64)
    curves = (("with", data.power, "trial.power.curve"), ("without", data.assurance, "trial.power.assurance"))
    places = svg.apart([y(values[-1]) + 4 for _, values, _ in curves], 2.2 * _LABEL)
    for (name, values, words), place in zip(curves, places, strict=True):
        pieces.append(svg.polyline(x(numbers), y(np.array(values)), f"l l-{name}"))
        for line, text in enumerate(t(words).split("|")):
            pieces.append(svg.words(right + 8, place + _LABEL * line, text, f"s t-{name}"))
    return svg.Drawing(key, width, bottom + 44.0, title, description, tuple(pieces))


def _marks(data: PowerCurve, t: Translator, x: Scale, y: Scale) -> list[str]:
    """Mark the wanted power, and the needed and planned numbers with their power."""
    pieces = [svg.line(x.start, y(data.target), x.end, y(data.target), "axis")]
    marks = (("needed", data.needed, "zero"), ("planned", data.planned, "axis"))
    shown = [(name, n, kind) for name, n, kind in marks if n is not None and n <= x.high]
    near = len(shown) == 2 and abs(x(shown[0][1]) - x(shown[1][1])) < 140.0
    for row, (name, n, kind) in enumerate(shown):
        place = x(n)
        pieces.append(svg.line(place, y(0.0), place, y(1.0), kind))
        anchor = "c" if x.start + 60 < place < x.end - 60 else "e" if place > x.end - 60 else ""
        up = y(1.0) - (5.0 + (13.0 * row if near else 0.0))
        pieces.append(svg.words(place, up, t(f"trial.power.mark.{name}", n=t.number(n, 0)), f"s {anchor}"))
        pieces.append(svg.circle(place, y(float(np.interp(n, data.people, data.power))), 5.0, "open"))
    return pieces
