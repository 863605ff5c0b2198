"""Shares as horizontal bars, largest first: the bar, its interval, and a second share as a circle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from epsom.base.i18n import Translator
from epsom.report.charts import svg
from epsom.report.charts.scale import Scale, decimals, round_ticks
from epsom.report.charts.table import Table
from epsom.report.charts.tokens import tokens

ROW = 34.0  # height of a row: a line of words over its bar [px]
BAR = 9.0


@dataclass(frozen=True)
class Bar:
    """Hold one bar [1]: what it stands for in words, the share with its interval, and the second share."""

    name: str
    share: float
    low: float
    high: float
    second: float


@dataclass(frozen=True)
class Bars:
    """Hold a figure of bars: title and the words for the two shares."""

    title: str
    share_name: str
    second_name: str
    bars: tuple[Bar, ...]


def describe(data: Bars, t: Translator) -> str:
    """Say every bar in words."""
    return " ".join(f"{bar.name}: {_said(bar, t)}." for bar in data.bars)


def _said(bar: Bar, t: Translator) -> str:
    ends = t("charts.to", low=t.number(bar.low, 2), high=t.number(bar.high, 2))
    return f"{t.number(bar.share, 2)} ({ends})"


def draw(data: Bars, t: Translator, key: str, *, narrow: bool = False) -> svg.Drawing:
    """Draw the bars from zero on one scale, with the words above each."""
    width = tokens().width["narrow" if narrow else "wide"]
    most = max((max(bar.high, bar.share, bar.second) for bar in data.bars), default=1.0)
    ticks = round_ticks(0.0, max(most, 0.01), 4 if narrow else 8)
    x = Scale(0.0, ticks[-1], 8.0, width - 8.0)
    top = 26.0
    ground = top + ROW * len(data.bars) + 4.0
    pieces = _key(data, width)
    for tick in ticks:
        pieces.append(svg.line(x(tick), top, x(tick), ground, "grid" if tick else "zero"))
        label = t.number(tick, decimals(ticks[1]))
        pieces.append(svg.words(x(tick), ground + 16.0, label, "s m c"))
    for index, bar in enumerate(data.bars):
        pieces += _bar(bar, t, x, top + ROW * index, width)
    return svg.Drawing(key, width, ground + 22.0, data.title, describe(data, t), tuple(pieces))


def _key(data: Bars, width: float) -> list[str]:
    middle = width / 2.0
    return [
        svg.rectangle(8.0, 5.0, 18.0, BAR, "share"),
        svg.words(32.0, 14.0, data.share_name, "s m"),
        svg.circle(middle + 8.0, 9.5, 4.5, "open"),
        svg.words(middle + 20.0, 14.0, data.second_name, "s m"),
    ]


def _bar(bar: Bar, t: Translator, x: Scale, top: float, width: float) -> list[str]:
    y = top + 18.0
    middle = y + BAR / 2.0
    pieces = [
        svg.rectangle(x(0.0), top + 1.0, width - 8.0 - x(0.0), 15.0, "paper-under"),
        svg.words(12.0, top + 13.0, bar.name, "s"),
        svg.words(width - 8.0, top + 13.0, t.number(bar.share, 2), "s b e"),
        svg.rectangle(x(0.0), y, x(max(bar.share, 0.0)) - x(0.0), BAR, "share"),
    ]
    if bar.low == bar.low and bar.high == bar.high:
        pieces.append(svg.line(x(max(bar.low, 0.0)), middle, x(max(bar.high, 0.0)), middle, "whisker"))
    return [*pieces, svg.circle(x(max(bar.second, 0.0)), middle, 4.5, "open")]


def table(data: Bars, t: Translator, caption: str, head: Sequence[str]) -> Table:
    """Return the bars as rows: name, share with interval, second share."""
    rows = tuple((bar.name, _said(bar, t), t.number(bar.second, 2)) for bar in data.bars)
    return Table(caption, tuple(head), rows)
