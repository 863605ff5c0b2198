"""Twenty dots, each as likely as the other: what the calculation leaves open."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.i18n import Translator
from epsom.report.charts import svg
from epsom.report.charts.scale import Scale, decimals, round_step
from epsom.report.charts.table import Table
from epsom.report.charts.tokens import tokens

DOTS = 20
COLUMNS = 10
MOST_RADIUS = 9.0


@dataclass(frozen=True)
class Dots:
    """Hold what a quantile dotplot shows: draws (n,), what they are of, and their unit in words."""

    draws: FloatArray
    name: str
    unit: str
    digits: int

    @property
    def quantiles(self) -> FloatArray:
        """Return the values of the dots (20,): the middles of twenty equally likely parts."""
        return np.asarray(np.quantile(self.draws, (np.arange(DOTS) + 0.5) / DOTS))

    @property
    def step(self) -> float:
        """Return the width of a column: a round number, so that at most ten columns are filled."""
        values = self.quantiles
        return max(round_step(float(values[-1] - values[0]), COLUMNS), 10.0**-self.digits)

    def columns(self) -> dict[float, int]:
        """Count dots by the middle of their column; columns end at zero, so that no dot straddles it.

        Dots of exactly zero stand on the zero line.
        """
        return dict(sorted(Counter(self._column(float(value)) for value in self.quantiles).items()))

    def _column(self, value: float) -> float:
        if value == 0.0:
            return 0.0
        steps = math.floor(
            abs(value) / self.step
        )  # counted from zero, so that the sign is never rounded away
        return round(math.copysign((steps + 0.5) * self.step, value), 12)

    def sides(self) -> tuple[int, int, int]:
        """Count the dots below, at and above zero."""
        values = self.quantiles
        return int((values < 0.0).sum()), int((values == 0.0).sum()), int((values > 0.0).sum())


def sentence(data: Dots, t: Translator) -> str:
    """Say on which side of zero the dots are."""
    lower, same, higher = data.sides()
    parts = [
        t(key, n=n)
        for key, n in (
            ("charts.dots.lower", lower),
            ("charts.dots.higher", higher),
            ("charts.dots.same", same),
        )
        if n
    ]
    return t("charts.dots.sentence", parts="; ".join(parts))


def draw(data: Dots, t: Translator, key: str) -> svg.Drawing:
    """Draw the dots 358 px wide, with the zero line always in sight."""
    width = float(tokens().width["narrow"])
    step, columns = data.step, data.columns()
    low = min(math.floor(min(columns) / step) * step, 0.0) - step
    high = max(math.ceil(max(columns) / step) * step, 0.0) + step
    x = Scale(low, high, 14.0, width - 14.0)
    radius = min(MOST_RADIUS, (x(step) - x(0.0)) / 2.0)
    most = max(columns.values())
    top = 34.0
    ground = top + 2.0 * radius * most + 4.0
    zero = x(0.0)
    pieces = [
        svg.line(14.0, ground, width - 14.0, ground, "axis"),
        svg.line(zero, top - 12, zero, ground + 5, "zero"),
        *_sides(t, zero, width),
    ]
    for place, count in columns.items():
        heights = (ground - radius * (2 * level + 1) for level in range(count))
        pieces += [svg.circle(x(place), height, radius, "dot") for height in heights]
    pieces += _axis(data, t, x, ground, (low, high))
    title = t("charts.dots.title", name=data.name)
    return svg.Drawing(key, width, ground + 42.0, title, sentence(data, t), tuple(pieces))


def _sides(t: Translator, zero: float, width: float) -> list[str]:
    room = 96.0
    less, more = f"◀ {t('charts.lower')}", f"{t('charts.higher')} ▶"
    return [
        svg.words(zero - 8, 14.0, less, "b s e") if zero > room else "",
        svg.words(zero + 8, 14.0, more, "b s") if width - zero > room else "",
    ]


def _axis(data: Dots, t: Translator, x: Scale, ground: float, ends: tuple[float, float]) -> list[str]:
    step, digits = data.step, decimals(data.step)
    every = max(1, math.ceil((ends[1] - ends[0]) / step / 7.0))
    first, last = math.ceil(ends[0] / step - 1e-9), math.floor(ends[1] / step + 1e-9)
    pieces = []
    for k in range(first, last + 1):
        if k % every == 0:
            kind = "s b c" if k == 0 else "s m c"
            pieces.append(svg.words(x(k * step), ground + 19, t.number(k * step, digits, sign=True), kind))
    axis = t("charts.difference", unit=f", {data.unit}" if data.unit else "")
    return [*pieces, svg.words((x.start + x.end) / 2, ground + 37, axis, "s m c")]


def table(data: Dots, t: Translator, caption: str) -> Table:
    """Return the columns of the drawing: from, to, number of dots."""
    half, digits = data.step / 2.0, decimals(data.step)
    rows = []
    for place, count in data.columns().items():
        ends = (place, place) if place == 0.0 else (place - half, place + half)
        low, high = (t.number(end, digits, sign=True) for end in ends)
        rows.append((t("charts.to", low=low, high=high), str(count)))
    unit = f", {data.unit}" if data.unit else ""
    return Table(caption, (t("charts.difference", unit=unit), t("charts.dots.count")), tuple(rows))
