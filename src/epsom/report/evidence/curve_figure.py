"""The dose-response figure: mean curve, both bands, the reference, the studies by precision."""

from __future__ import annotations

import math

import numpy as np

from epsom.base.i18n import Translator
from epsom.evidence.answers.curves import CurveFit
from epsom.report.evidence.curve_text import (
    curve_methods,
    curve_rows,
    curve_subtitle,
    curve_title,
    dose_digits,
)
from epsom.report.evidence.figure import Figure, alternative_text
from epsom.report.evidence.lines import unit_name
from epsom.report.evidence.svg import BAND, GREY, INK, INK2, PAPER, Board, Scale, fitted

LEFT, PLOT, TALL = 60.0, 600.0, 340.0
FINE = 81


def study_points(found: CurveFit, reference: float) -> list[dict[str, float | str]]:
    """Place every contrast on the curve's scale: its own ratio times the curve at its own reference."""
    c = found.result.contrasts
    base = found.result.predict(c.dose_ref, reference).effect
    points: list[dict[str, float | str]] = []
    for i, study in enumerate(c.ids):
        for j in np.flatnonzero(c.mask[i]):
            se = math.sqrt(float(c.s[i, j, j]))
            points.append(
                {
                    "study": study,
                    "dose": float(c.dose[i, j]),
                    "ratio": math.exp(float(c.y[i, j] + base[i])),
                    "se": se,
                }
            )
    return points


def curve_figure(found: CurveFit, reference: float, hash_: str, t: Translator) -> Figure:
    """Draw a curve on a log ratio axis."""
    rows, points = curve_rows(found, reference, FINE), study_points(found, reference)
    places = dose_digits(found)
    name, under = curve_title(found, reference, t), curve_subtitle(found, reference, t)
    head = tuple(t(f"evidence.head.{key}") for key in ("dose", "ratio", "band", "new_study"))
    listed = tuple(
        (
            f"{t.number(r['dose'], places)} {unit_name(t, found.curve.data.unit)}",
            t.number(r["ratio"], 2),
            f"{t.number(r['low'], 2)}; {t.number(r['high'], 2)}",
            "" if math.isnan(r["new_low"]) else f"{t.number(r['new_low'], 2)}; {t.number(r['new_high'], 2)}",
        )
        for r in curve_rows(found, reference)
    )
    words = alternative_text(head, listed)
    board = Board()
    y = board.block(20, name, size=18, columns=78, bold=True)
    top = board.block(y, under, size=13, columns=110, fill=INK2) + 14
    values = [r[key] for r in rows for key in ("low", "high")] + [float(p["ratio"]) for p in points] + [1.0]
    up = fitted(values, top + TALL, top, log=True, most=6.0)
    across = Scale(rows[0]["dose"], rows[-1]["dose"], LEFT, PLOT)
    _bands(board, across, up, rows, t)
    least = min(float(p["se"]) for p in points)
    for p in points:
        board.circle(
            across(float(p["dose"])),
            up(float(p["ratio"])),
            3 + 6 * least / float(p["se"]),
            fill="none",
            stroke=GREY,
        )
    _marks(
        board,
        across,
        up,
        reference,
        f"{t.number(reference, places)} {unit_name(t, found.curve.data.unit)}",
        t,
    )
    height = _axes(
        board,
        across,
        up,
        t(f"evidence.exposure.{found.curve.data.family}"),
        unit_name(t, found.curve.data.unit),
        t,
    )
    return Figure(
        name, under, board.svg(height, name, words, t.language), head, listed, rows, words,
        curve_methods(found, hash_, t), t.language,
    )  # fmt: skip


def _bands(board: Board, across: Scale, up: Scale, rows: list[dict[str, float]], t: Translator) -> None:
    last = rows[-1]
    if not math.isnan(last["new_low"]):
        edge = [(across(r["dose"]), up(r["new_high"])) for r in rows]
        board.shape(
            [*edge, *((across(r["dose"]), up(r["new_low"])) for r in reversed(rows))], fill=BAND, opacity=0.5
        )
        board.text(PLOT + 8, up(last["new_high"]) + 12, t("evidence.head.new_study"), size=12, fill=INK2)
    edge = [(across(r["dose"]), up(r["high"])) for r in rows]
    board.shape(
        [*edge, *((across(r["dose"]), up(r["low"])) for r in reversed(rows))], fill=GREY, opacity=0.28
    )
    board.path([(across(r["dose"]), up(r["ratio"])) for r in rows], stroke=INK, width=2.5)
    board.text(PLOT + 8, up(last["ratio"]) + 4, t("evidence.head.band"), size=12, bold=True)


def _marks(board: Board, across: Scale, up: Scale, reference: float, label: str, t: Translator) -> None:
    null = up(1.0)
    board.line(LEFT, null, PLOT, null, width=2)
    board.text(PLOT + 8, null - 6, t("evidence.axis.null"), size=12)
    x = across(reference)
    board.shape([(x - 7, null), (x, null - 7), (x + 7, null), (x, null + 7)], fill=PAPER, stroke=INK)
    board.text(x + 12, null - 6, t("evidence.axis.reference", dose=label), size=12)


def _axes(board: Board, across: Scale, up: Scale, exposure: str, unit: str, t: Translator) -> float:
    base = up.start
    board.line(LEFT, base, PLOT, base, stroke=INK2)
    board.line(LEFT, up.end, LEFT, base, stroke=INK2)
    for tick in across.ticks():
        board.line(across(tick), base, across(tick), base + 5, stroke=INK2)
        board.text(across(tick), base + 18, t.plain(tick), size=12, anchor="middle", fill=INK2)
    for tick in up.ticks():
        board.text(LEFT - 8, up(tick) + 4, t.plain(tick), size=12, anchor="end", fill=INK2)
    board.text((LEFT + PLOT) / 2, base + 38, f"{exposure} ({unit})", size=12, anchor="middle", fill=INK2)
    board.text(0, up.end - 6, t("evidence.measure.ratio"), size=12, fill=INK2)
    return base + 50
