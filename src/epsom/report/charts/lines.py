"""Several lines over one time axis, each named at its end; the way a line is drawn says how certain it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.i18n import Translator
from epsom.report.charts import svg
from epsom.report.charts.scale import Scale, decimals, round_ticks
from epsom.report.charts.tokens import tokens

LABELS = 232.0  # room for the names at the right [px]
LEFT, GAP, HEAD, BELOW = 46.0, 17.0, 44.0, 44.0


@dataclass(frozen=True)
class Line:
    """Hold a line: its name, its values (n_times,), its certainty, and the words for its last value."""

    name: str
    values: FloatArray
    certainty: str
    said: str


@dataclass(frozen=True)
class Panel:
    """Hold lines over the same times (n_times,), with the words for both axes and for the panel."""

    title: str
    time: FloatArray
    time_name: str
    scale_name: str
    lines: tuple[Line, ...]

    def describe(self) -> str:
        """Say what the panel shows at its end."""
        return f"{self.title}: " + "; ".join(f"{line.name} {line.said}" for line in self.lines) + "."


def draw(
    panels: Sequence[Panel], t: Translator, key: str, title: str, *, height: float = 190.0
) -> svg.Drawing:
    """Draw panels under each other."""
    width, pieces, top = float(tokens().width["wide"]), [], 0.0
    for panel in panels:
        pieces += _panel(panel, t, width, top + HEAD, height)
        top += HEAD + height + BELOW
    description = " ".join(panel.describe() for panel in panels)
    return svg.Drawing(key, width, top, title, description, tuple(pieces))


def _panel(panel: Panel, t: Translator, width: float, top: float, height: float) -> list[str]:
    values = np.concatenate([line.values for line in panel.lines])
    ticks = round_ticks(min(float(values.min()), 0.0), max(float(values.max()), 0.0), 5)
    right = width - LABELS
    x = Scale(float(panel.time[0]), float(panel.time[-1]), LEFT, right)
    y = Scale(ticks[0], ticks[-1], top + height, top)
    digits = decimals(ticks[1] - ticks[0])
    pieces = [
        svg.words(0.0, top - 28.0, panel.title, "b"),
        svg.words(0.0, top - 12.0, panel.scale_name, "s m"),
    ]
    for tick in ticks:
        pieces.append(svg.line(LEFT, y(tick), right, y(tick), "zero" if tick == 0.0 else "grid"))
        pieces.append(svg.words(LEFT - 6, y(tick) + 4, t.number(tick, digits), "s m e"))
    moments = [m for m in round_ticks(0.0, float(panel.time[-1]), 6) if m <= panel.time[-1] * (1.0 + 1e-9)]
    pieces += [svg.words(x(moment), top + height + 18, t.plain(moment), "s m c") for moment in moments]
    pieces.append(svg.words((LEFT + right) / 2, top + height + 34, panel.time_name, "s m c"))
    pieces += [_curve(x(panel.time), y(line.values), line.certainty) for line in panel.lines]
    heights = svg.apart([y(float(line.values[-1])) + 4.0 for line in panel.lines], GAP)
    for line, place in zip(panel.lines, heights, strict=True):
        pieces.append(svg.words(right + 8, place, f"{line.name} {line.said}", "s"))
    return pieces


def _curve(x: FloatArray, y: FloatArray, certainty: str) -> str:
    style = tokens().certainty[certainty]
    dash = f' stroke-dasharray="{style.dash}" stroke-linecap="round"' if style.dash else ""
    drawn = svg.polyline(x, y, "sample").removesuffix("/>")
    return f'{drawn} stroke-width="{style.width:g}"{dash}/>'
