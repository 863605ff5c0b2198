"""Charts: same rows in drawing, words and table; scales that enclose what they show."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from epsom.base.i18n import LANGUAGES, Translator
from epsom.model.causal import CERTAINTIES
from epsom.report.charts import differences, dotplot, trajectory
from epsom.report.charts.certainty import line_sample
from epsom.report.charts.scale import Scale, round_reach, round_step, round_ticks
from epsom.report.charts.svg import apart
from epsom.report.charts.tokens import style_sheet, tokens
from epsom.report.evidence import svg as board

SVG = "{http://www.w3.org/2000/svg}"
finite = st.floats(-1e4, 1e4).map(lambda x: round(x, 4))


def _texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def _curve(end: float, spread: float, n: int = 9) -> trajectory.Curve:
    middle = np.linspace(0.0, end, n)
    return trajectory.Curve(middle, middle - spread, middle + spread)


def _trajectory(end: float = -2.0, spread: float = 1.0, studied: float = 0.5) -> trajectory.Trajectory:
    level = trajectory.Curve(*(c + 140.0 for c in (lambda k: (k.middle, k.low, k.high))(_curve(3.0, 1.0))))
    return trajectory.Trajectory(
        time=np.linspace(0.0, 10.0, 9), time_name="years", name="systolic pressure", unit="mmHg",
        without=level, with_plan=level, difference=_curve(end, spread), studied=studied, digits=1,
    )  # fmt: skip


@given(finite, finite, st.integers(2, 8))
def test_ticks_enclose_the_values_in_even_steps(a: float, b: float, count: int) -> None:
    low, high = min(a, b), max(a, b)
    ticks = round_ticks(low, high, count)
    assert ticks[0] <= low + 1e-9 * max(1.0, abs(low))
    assert ticks[-1] >= high - 1e-9 * max(1.0, abs(high))
    assert len(ticks) <= count + 2
    assert np.allclose(np.diff(ticks), ticks[1] - ticks[0])


@given(st.floats(1e-6, 1e6))
def test_a_reach_is_not_below_its_value_nor_far_above(value: float) -> None:
    assert value * (1 - 1e-9) <= round_reach(value) <= 2.01 * value
    assert round_step(value, 5) * 5 >= value * (1 - 1e-6)


@given(st.lists(st.floats(0.0, 300.0), min_size=1, max_size=6))
def test_labels_keep_their_order_and_their_distance(wanted: list[float]) -> None:
    found = apart(wanted, 16.0)
    placed = sorted(found)
    assert all(b - a >= 16.0 - 1e-6 for a, b in itertools.pairwise(placed))
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    assert [found[i] for i in order] == sorted(found)


def test_every_certainty_but_arithmetic_has_its_own_line() -> None:
    samples = {name: line_sample(name) for name in CERTAINTIES if name != "definition"}
    assert len(set(samples.values())) == len(samples) == 5
    assert line_sample("definition") == ""
    assert all(
        tokens().not_studied.replace(" ", ",") not in style.dash for style in tokens().certainty.values()
    )


def test_light_and_dark_name_the_same_colours() -> None:
    assert set(tokens().light) == set(tokens().dark)
    used = set(re.findall(r"var\(--([\w-]+)\)", style_sheet()))
    assert used <= {*tokens().light, "sans"}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "ink2", "without", "with", "unc"])
@pytest.mark.parametrize("ground", ["paper", "surface"])
def test_text_colours_have_enough_contrast(mode: str, name: str, ground: str) -> None:
    # WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1.
    colours = getattr(tokens(), mode)
    levels = sorted((_luminance(colours[name]), _luminance(colours[ground])))
    assert (levels[1] + 0.05) / (levels[0] + 0.05) >= 4.5


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("narrow", [False, True])
def test_a_trajectory_says_what_it_draws(language: str, narrow: bool) -> None:
    t, data = Translator(language), _trajectory()
    svg = trajectory.draw(data, t, "k", narrow=narrow).inline()
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    ids = root.get("aria-labelledby", "").split()
    assert [e.get("id") for e in (root.find(f"{SVG}title"), root.find(f"{SVG}desc")) if e is not None] == ids
    value = t.number(-2.0, 1, sign=True)
    assert value in trajectory.describe(data, t)[1]
    assert value in " ".join(_texts(svg))
    assert t("charts.zero") in _texts(svg)
    assert t("charts.not-studied") in _texts(svg)
    assert value in trajectory.table(data, t, "caption").rows[-1][3]


def test_only_what_was_not_studied_is_dashed() -> None:
    t = Translator("en")
    whole = trajectory.draw(_trajectory(studied=10.0), t, "k").inline()
    assert "dash" not in whole
    assert t("charts.not-studied") not in whole
    never = trajectory.draw(_trajectory(studied=0.0), t, "k").inline()
    lines = re.findall(r'class="(l l-[\w ]+)"', never)
    assert lines
    assert all(kind.endswith("dash") for kind in lines)


@given(st.floats(-50.0, 50.0), st.floats(0.0, 20.0))
def test_zero_is_always_inside_the_difference_panel(end: float, spread: float) -> None:
    svg = trajectory.draw(_trajectory(end, spread), Translator("en"), "k").inline()
    zero = re.search(r'<line [^>]*y1="([-\d.]+)"[^>]*class="zero"/>', svg)
    assert zero is not None
    panel = [float(y) for y in re.findall(r'<line [^>]*y1="([-\d.]+)"[^>]*class="grid"/>', svg)]
    assert min(panel) <= float(zero[1]) <= max(panel)


def test_without_draws_there_is_no_band() -> None:
    data = _trajectory()
    nothing = np.full(9, np.nan)
    bare = trajectory.Curve(data.difference.middle, nothing, nothing)
    level = trajectory.Curve(data.without.middle, nothing, nothing)
    shown = trajectory.Trajectory(
        **{**data.__dict__, "difference": bare, "without": level, "with_plan": level}
    )
    svg = trajectory.draw(shown, Translator("en"), "k").inline()
    assert "band" not in svg
    assert "nan" not in svg.lower()


@example([-5e-324] * 20)
@given(st.lists(st.floats(-30.0, 30.0), min_size=20, max_size=60))
def test_twenty_dots_stand_on_the_side_where_the_draws_are(draws: list[float]) -> None:
    data = dotplot.Dots(np.sort(np.array(draws)), "pressure", "mmHg", 1)
    columns = data.columns()
    assert sum(columns.values()) == dotplot.DOTS
    lower, same, higher = data.sides()
    assert sum(n for place, n in columns.items() if place < 0) == lower
    assert sum(n for place, n in columns.items() if place > 0) == higher
    assert columns.get(0.0, 0) == same
    svg = dotplot.draw(data, Translator("en"), "k").inline()
    assert svg.count('class="dot"') == dotplot.DOTS
    table = dotplot.table(data, Translator("en"), "caption")
    assert sum(int(row[1]) for row in table.rows) == dotplot.DOTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_difference_rows_are_the_rows_of_their_table(language: str) -> None:
    t = Translator(language)
    rows = [
        differences.Row("Pressure", "mmHg", 1, -2.0, -5.4, -0.4, "−2.0 (−5.4 to −0.4)"),
        differences.Row("CRP", "mg/L", 2, 0.0, float("nan"), float("nan"), "0.00"),
    ]
    for narrow in (False, True):
        texts = _texts(differences.draw(rows, t, "k", narrow=narrow).inline())
        for row, cells in zip(rows, differences.table(rows, t, "caption").rows, strict=True):
            assert cells[:2] == (row.name, row.said)
            assert f"{row.name}, {row.unit}" in texts
            assert row.said in texts


@given(finite, finite)
def test_a_scale_maps_its_ends_on_its_ends(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b) + 1.0
    scale = Scale(low, high, 40.0, 600.0)
    assert scale(low) == pytest.approx(40.0)
    assert scale(high) == pytest.approx(600.0)


def test_all_figures_share_their_colours_and_their_lines() -> None:
    light = tokens().light
    drawn = (board.INK, board.INK2, board.GREY, board.RULE, board.PAPER, board.BAND)
    assert drawn == tuple(light[name] for name in ("ink", "ink2", "unc", "rule", "paper", "band"))
    canvas = board.Board()
    canvas.badge(0.0, 10.0, "association_only", "association only")
    assert f'stroke-dasharray="{tokens().certainty["association_only"].dash}"' in "".join(canvas.parts)
