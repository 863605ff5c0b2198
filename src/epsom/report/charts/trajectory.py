"""Two futures over time, and their difference in a panel of its own under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.i18n import Translator
from epsom.report.charts import svg
from epsom.report.charts.scale import Scale, decimals, round_ticks
from epsom.report.charts.table import Table
from epsom.report.charts.tokens import tokens

DOTS = 5
GAP = 17.0
FEWEST_STEPS = 4.0  # a vertical axis spans at least four units of the last digit shown


@dataclass(frozen=True)
class Curve:
    """Hold a curve with its interval (n_times,); the interval is NaN where it was not computed."""

    middle: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class Trajectory:
    """Hold what a trajectory figure shows.

    Attributes
    ----------
    time
        In ``time_unit`` since the start (n_times,), rising.
    time_name, name, unit
        Words: ``years``, ``systolic pressure``, ``mmHg`` (empty for a plain number).
    without, with_plan, difference
        Curves in the unit.
    studied
        Time at which the longest trial ended; beyond it lines are dashed.
    digits
        Decimals of a value.
    """

    time: FloatArray
    time_name: str
    name: str
    unit: str
    without: Curve
    with_plan: Curve
    difference: Curve
    studied: float
    digits: int


@dataclass(frozen=True)
class _Frame:
    """Hold where the panels are."""

    width: float
    left: float
    right: float
    top: float
    levels: float
    gap: float
    differences: float
    narrow: bool

    @property
    def under(self) -> float:
        return self.top + self.levels + self.gap

    @property
    def height(self) -> float:
        return self.under + self.differences + 40.0


def _frame(narrow: bool) -> _Frame:
    widths = tokens().width
    if narrow:
        return _Frame(widths["narrow"], 44.0, 350.0, 46.0, 150.0, 52.0, 96.0, narrow)
    return _Frame(widths["wide"], 46.0, 596.0, 16.0, 200.0, 50.0, 112.0, narrow)


def _range(*curves: Curve) -> tuple[float, float]:
    values = np.concatenate([np.concatenate([c.middle, c.low, c.high]) for c in curves])
    return float(np.nanmin(values)), float(np.nanmax(values))


def _vertical(low: float, high: float, top: float, height: float) -> tuple[Scale, tuple[float, ...]]:
    ticks = round_ticks(low, high, 4)
    return Scale(ticks[0], ticks[-1], top + height, top), ticks


def _level_range(data: Trajectory) -> tuple[float, float]:
    """Return the range of both futures, but never so narrow that a flat curve looks steep."""
    low, high = _range(data.without, data.with_plan)
    lacking = max(FEWEST_STEPS * 10.0**-data.digits - (high - low), 0.0)
    wider = low - lacking / 2.0, high + lacking / 2.0
    return (0.0, wider[1] - wider[0]) if low >= 0.0 > wider[0] else wider


def _difference_range(data: Trajectory) -> tuple[float, float]:
    """Return the range of the difference with zero in it, on the side where the difference is."""
    low, high = _range(data.difference)
    low, high = min(low, 0.0), max(high, 0.0)
    least = FEWEST_STEPS * 10.0**-data.digits
    if high - low >= least:
        return low, high
    if low == high:
        return -least / 2.0, least / 2.0
    return (low, low + least) if high > -low else (high - least, high)


def _halves(
    time: FloatArray, values: FloatArray, at: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Split a curve at a time: what was studied, and what comes after."""
    if at >= time[-1]:
        none = np.empty(0)
        return time, values, none, none
    here = np.interp(at, time, values)
    before, after = time < at, time > at
    return (
        np.append(time[before], at), np.append(values[before], here),
        np.insert(time[after], 0, at), np.insert(values[after], 0, here),
    )  # fmt: skip


def _line(data: Trajectory, values: FloatArray, x: Scale, y: Scale, name: str) -> list[str]:
    t1, v1, t2, v2 = _halves(data.time, values, data.studied)
    return [
        svg.polyline(x(t1), y(v1), f"l l-{name}"),
        svg.polyline(x(t2), y(v2), f"l l-{name} dash"),
    ]


def _ground(data: Trajectory, t: Translator, frame: _Frame, x: Scale) -> list[str]:
    """Shade what was not studied in both panels, and say so."""
    if data.studied >= data.time[-1]:
        return []
    start = x(max(data.studied, float(data.time[0])))
    panels = ((frame.top, frame.levels), (frame.under, frame.differences))
    shades = [svg.rectangle(start, top, frame.right - start, height, "ground") for top, height in panels]
    kind = "s m e"
    return [*shades, svg.words(frame.right - 6, frame.top + 14, t("charts.not-studied"), kind)]


def _grid(t: Translator, frame: _Frame, y: Scale, ticks: tuple[float, ...]) -> list[str]:
    digits = decimals(ticks[1] - ticks[0])
    pieces = []
    for tick in ticks:
        pieces.append(svg.line(frame.left, y(tick), frame.right, y(tick), "grid"))
        pieces.append(svg.words(frame.left - 6, y(tick) + 4, t.number(tick, digits), "s m e"))
    return pieces


def _levels(data: Trajectory, t: Translator, frame: _Frame, x: Scale) -> tuple[list[str], list[str]]:
    """Draw both futures; return what lies under the lines and the lines with their labels."""
    both = (("without", data.without), ("with", data.with_plan))
    y, ticks = _vertical(*_level_range(data), frame.top, frame.levels)
    pieces = _grid(t, frame, y, ticks)
    for name, curve in both:
        pieces.append(svg.area(x(data.time), y(curve.low), y(curve.high), "band"))
        if not np.isnan(curve.low).any():
            pieces += [
                svg.polyline(x(data.time), y(edge), f"edge e-{name}") for edge in (curve.low, curve.high)
            ]
    marks = np.linspace(data.time[0], data.time[-1], DOTS + 1)
    for name, curve in both:
        pieces += _line(data, curve.middle, x, y, name)
        for at in marks[1:]:
            place = x(float(at)), y(float(np.interp(at, data.time, curve.middle)))
            pieces.append(svg.circle(*place, 4.0, "open-without" if name == "without" else "full-with"))
    return pieces, _labels(data, t, frame, y)


def _labels(data: Trajectory, t: Translator, frame: _Frame, y: Scale) -> list[str]:
    ends = [float(curve.middle[-1]) for curve in (data.without, data.with_plan)]
    shown = [t.number(end, data.digits) for end in ends]
    texts = [
        "○ " + t("charts.end", which=t("charts.without"), value=shown[0]),
        "● " + t("charts.end", which=t("charts.with"), value=shown[1]),
    ]
    kinds = ("b t-without", "b t-with")
    if frame.narrow:
        return [
            svg.words(frame.left, 18.0, texts[0], kinds[0]),
            svg.words(frame.right, 18.0, texts[1], f"{kinds[1]} e"),
        ]
    heights = svg.apart([y(end) + 4.0 for end in ends], GAP)
    return [
        svg.words(frame.right + 10, height, text, kind)
        for height, text, kind in zip(heights, texts, kinds, strict=True)
    ]


def _differences(data: Trajectory, t: Translator, frame: _Frame, x: Scale) -> list[str]:
    y, ticks = _vertical(*_difference_range(data), frame.under, frame.differences)
    curve = data.difference
    title = t("charts.difference", unit=f", {data.unit}" if data.unit else "")
    zero, end = y(0.0), y(float(curve.middle[-1]))
    value = t.number(float(curve.middle[-1]), data.digits, sign=True)
    edges = _interval(data, t)
    pieces = [svg.words(0.0 if frame.narrow else frame.left - 40, frame.under - 20, title, "b s")]
    pieces += _grid(t, frame, y, ticks)
    pieces.append(svg.area(x(data.time), y(curve.low), y(curve.high), "band"))
    pieces.append(svg.line(frame.left, zero, frame.right, zero, "zero"))
    pieces += _line(data, curve.middle, x, y, "difference")
    if frame.narrow:
        text = f"{value} {edges}".strip()
        zero_words = svg.words(frame.right, zero - 4, t("charts.zero"), "s m e")
        return [*pieces, zero_words, svg.words(frame.right, frame.under - 20, text, "b s e")]
    heights = svg.apart([zero + 4.0, end + 4.0 + (9.0 if edges else 0.0)], 30.0 if edges else GAP)
    value_height = heights[1] - (8.0 if edges else 0.0)
    return [
        *pieces,
        svg.words(frame.right + 10, heights[0], t("charts.zero"), "s m"),
        svg.words(frame.right + 10, value_height, value, "b"),
        *([svg.words(frame.right + 10, value_height + 16.0, edges, "s m")] if edges else []),
    ]


def _interval(data: Trajectory, t: Translator, index: int = -1) -> str:
    low, high = float(data.difference.low[index]), float(data.difference.high[index])
    if low != low:
        return ""
    ends = (t.number(value, data.digits, sign=True) for value in (low, high))
    return "(" + t("charts.to", low=next(ends), high=next(ends)) + ")"


def _times(data: Trajectory, t: Translator, frame: _Frame, x: Scale) -> list[str]:
    bottom = frame.under + frame.differences
    step_ticks = [
        tick for tick in round_ticks(0.0, float(data.time[-1]), 6) if tick <= data.time[-1] * (1.0 + 1e-9)
    ]
    digits = decimals(step_ticks[1]) if len(step_ticks) > 1 else 0
    pieces = [svg.words(x(tick), bottom + 18, t.number(tick, digits), "s m c") for tick in step_ticks]
    return [*pieces, svg.words((frame.left + frame.right) / 2, bottom + 35, data.time_name, "s m c")]


def draw(data: Trajectory, t: Translator, key: str, *, narrow: bool = False) -> svg.Drawing:
    """Draw both futures and their difference over the same time axis.

    Parameters
    ----------
    data
        What is shown.
    t
        The language.
    key
        Unique on the page.
    narrow
        Draw 358 px wide, with the labels above the plot, instead of 740.
    """
    frame = _frame(narrow)
    x = Scale(float(data.time[0]), float(data.time[-1]), frame.left, frame.right)
    levels, labels = _levels(data, t, frame, x)
    pieces = [
        *_ground(data, t, frame, x),
        *levels,
        *_differences(data, t, frame, x),
        *_times(data, t, frame, x),
        *labels,
    ]
    return svg.Drawing(key, frame.width, frame.height, *describe(data, t), tuple(pieces))


def describe(data: Trajectory, t: Translator) -> tuple[str, str]:
    """Return the title and the description of the drawing, from its rows."""
    unit = f" {data.unit}" if data.unit else ""
    first, last = (
        [t.number(float(curve.middle[index]), data.digits) for curve in (data.without, data.with_plan)]
        for index in (0, -1)
    )
    what = t("charts.trajectory.describe", start=first[0], without=last[0], with_plan=last[1], unit=unit)
    value = t.number(float(data.difference.middle[-1]), data.digits, sign=True)
    difference = t("charts.trajectory.difference", value=f"{value} {_interval(data, t)}".strip(), unit=unit)
    parts = [what, difference]
    if data.studied < data.time[-1]:
        parts.append(t("charts.trajectory.dashed"))
    return t("charts.trajectory.title", name=data.name), " ".join(parts)


def table(data: Trajectory, t: Translator, caption: str, most: int = 12) -> Table:
    """Return the rows of the drawing, at most ``most`` of them, evenly chosen, first and last included."""
    chosen = np.unique(np.linspace(0, len(data.time) - 1, min(most, len(data.time))).round().astype(int))
    rows = []
    for index in chosen:
        time = t.number(float(data.time[index]), 1)
        values = [t.number(float(c.middle[index]), data.digits) for c in (data.without, data.with_plan)]
        change = t.number(float(data.difference.middle[index]), data.digits, sign=True)
        known = 0.0 < data.studied >= data.time[index]
        studied = "charts.studied" if known else "charts.not-studied"
        rows.append((time, *values, f"{change} {_interval(data, t, int(index))}".strip(), t(studied)))
    head = (
        data.time_name,
        t("charts.without"),
        t("charts.with"),
        t("charts.difference", unit=""),
        t("charts.trials"),
    )
    return Table(caption, head, tuple(rows))
