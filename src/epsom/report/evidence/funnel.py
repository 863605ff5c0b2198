"""The funnel plot: each study's effect against its standard error."""

from __future__ import annotations

from typing import Any

from epsom.base.i18n import Translator
from epsom.evidence.answers.bias import Bias
from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.answers.pooling import Summary, neutral, shown
from epsom.evidence.base.values import Z95
from epsom.evidence.pooling.result import PooledResult
from epsom.report.evidence.figure import Figure, alternative_text
from epsom.report.evidence.lines import digits, unit_name
from epsom.report.evidence.methods import pool_methods
from epsom.report.evidence.svg import BAND, GREY, INK, INK2, PAPER, Board, Scale, fitted

LEFT, PLOT, TALL = 70.0, 690.0, 320.0


def funnel(
    data: Dataset, result: PooledResult, found: Summary, bias: Bias, hash_: str, t: Translator
) -> Figure:
    """Draw the funnel with the lines between which 95 % of studies fall when only chance is at work."""
    see, places = shown(data), digits(data.outcome)
    rows: list[dict[str, Any]] = [
        {"study": e.label, "estimate": see(e.value), "se": e.se} for e in data.estimates
    ]
    head = (t("evidence.head.study"), t("evidence.head.effect"), t("evidence.head.se"))
    listed = tuple((r["study"], t.number(r["estimate"], places), t.number(r["se"], 3)) for r in rows)
    name = verdict_words(bias, t)
    under = t("evidence.funnel.subtitle")
    words = alternative_text(head, listed)
    board = Board()
    y = board.block(20, name, size=18, columns=78, bold=True)
    top = board.block(y, under, size=13, columns=110, fill=INK2) + 22
    deepest = 1.08 * max(e.se for e in data.estimates)
    down = Scale(0.0, deepest, top, top + TALL)
    ends = [see(result.estimate + sign * Z95 * deepest) for sign in (-1, 1)]
    values = [*ends, *(r["estimate"] for r in rows), neutral(data)]
    across = fitted(values, LEFT, PLOT, log=data.scale == "ratio")
    apex = across(see(result.estimate))
    board.shape(
        [(apex, top), (across(ends[0]), top + TALL), (across(ends[1]), top + TALL)], fill=BAND, opacity=0.6
    )
    board.line(apex, top, apex, top + TALL, stroke=GREY)
    null = across(neutral(data))
    board.line(null, top, null, top + TALL, width=2)
    for e in data.estimates:
        board.circle(across(see(e.value)), down(e.se), 5, fill=PAPER, stroke=INK)
    height = _axes(board, across, down, data, t)
    return Figure(
        name, under, board.svg(height, name, words, t.language), head, listed, rows, words,
        pool_methods(data, found, hash_, t), t.language,
    )  # fmt: skip


def verdict_words(bias: Bias, t: Translator) -> str:
    """State what may be said about small studies."""
    p = "" if bias.egger_p is None else t.number(bias.egger_p, 2)
    return t(f"evidence.funnel.{bias.verdict}", count=bias.k, p=p)


def _axes(board: Board, across: Scale, down: Scale, data: Dataset, t: Translator) -> float:
    base = down.end
    board.line(LEFT, base, PLOT, base, stroke=INK2)
    board.line(LEFT, down.start, LEFT, base, stroke=INK2)
    for tick in across.ticks():
        board.text(across(tick), base + 18, t.plain(tick), size=12, anchor="middle", fill=INK2)
    for tick in down.ticks():
        board.text(LEFT - 8, down(tick) + 4, t.plain(tick), size=12, anchor="end", fill=INK2)
    words = (
        t("evidence.axis.ratio")
        if data.scale == "ratio"
        else t("evidence.axis.net", unit=unit_name(t, data.unit))
    )
    board.text((LEFT + PLOT) / 2, base + 38, words, size=12, anchor="middle", fill=INK2)
    board.text(0, down.start - 14, t("evidence.head.se"), size=12, fill=INK2)
    return base + 50
