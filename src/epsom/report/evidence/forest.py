"""The forest plot, and the leave-one-out plot that looks alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from epsom.base.i18n import Translator
from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.answers.pooling import Summary, neutral
from epsom.evidence.pooling.result import PooledResult
from epsom.report.evidence.figure import Figure, alternative_text
from epsom.report.evidence.lines import cut, digits, interval, unit_name, upper
from epsom.report.evidence.methods import pool_methods
from epsom.report.evidence.pool_text import study_rows, subtitle, title
from epsom.report.evidence.svg import BAND, GREY, INK, INK2, RULE, WIDTH, Board, Scale, fitted

ROW, LEFT, PLOT, RIGHT = 24.0, 240.0, 520.0, 540.0


def forest(data: Dataset, result: PooledResult, found: Summary, hash_: str, t: Translator) -> Figure:
    """Draw each study as a square by weight, the pooled effect as a diamond."""
    rows = study_rows(data, result)
    places = digits(data.outcome)
    head = (t("evidence.head.study"), t("evidence.head.estimate"), t("evidence.head.weight"))
    listed = [
        (r["study"], interval(t, r["estimate"], r["low"], r["high"], places), t.number(r["weight"], 1))
        for r in rows
    ]
    listed.append((t("evidence.pool.pooled"), interval(t, found.estimate, found.low, found.high, places), ""))
    if found.prediction_low is not None and found.prediction_high is not None:
        ahead = f"{t.number(found.prediction_low, places)}; {t.number(found.prediction_high, places)}"
        listed.append((t("evidence.pool.prediction"), ahead, ""))
    name, under = title(data, found, t), subtitle(data, found, t)
    words = alternative_text(head, listed)
    board = Board()
    top = _heading(board, name, under)
    scale = _scale(data, rows, found)
    board.text(WIDTH, top - ROW, head[2], size=12, anchor="end", fill=INK2)
    for (label, figures, weight), (at, row) in zip(listed, enumerate(rows), strict=False):
        y = top + at * ROW
        _label(board, label, figures, weight, y)
        _square(board, scale, row, y)
    bottom = _pooled(board, scale, listed[len(rows) :], found, top + len(rows) * ROW)
    height = _axis(board, scale, data, top, bottom, t)
    svg = board.svg(height, name, words, t.language)
    return Figure(
        name, under, svg, head, tuple(listed), rows, words, pool_methods(data, found, hash_, t), t.language
    )


def leave_one_out_figure(
    data: Dataset, found: Summary, left_out: Sequence[tuple[str, Summary]], hash_: str, t: Translator
) -> Figure:
    """Draw the pooled effect without each study in turn."""
    places = digits(data.outcome)
    rows = [
        {"study": label, "estimate": s.estimate, "low": s.low, "high": s.high, "i2": s.i2, "weight": 0.0}
        for label, s in left_out
    ]
    head = (t("evidence.head.without"), t("evidence.head.estimate"), "I² %")
    listed = [
        (label, interval(t, s.estimate, s.low, s.high, places), "–" if s.i2 is None else t.number(s.i2, 0))
        for label, s in left_out
    ]
    listed.append((t("evidence.pool.pooled"), interval(t, found.estimate, found.low, found.high, places), ""))
    same = all(s.direction == found.direction for _, s in left_out)
    name = t(f"evidence.left_out.{'same' if same else 'changes'}", count=len(left_out))
    under = t("evidence.left_out.subtitle")
    words = alternative_text(head, listed)
    board = Board()
    top = _heading(board, name, under)
    scale = _scale(data, rows, found)
    board.text(0, top - ROW, upper(head[0]), size=12, fill=INK2)
    board.text(WIDTH, top - ROW, head[2], size=12, anchor="end", fill=INK2)
    for at, (row, cells) in enumerate(zip(rows, listed, strict=False)):
        y = top + at * ROW
        _label(board, *cells, y)
        _square(board, scale, row, y, size=7.0)
    bottom = _pooled(board, scale, listed[len(rows) :], found, top + len(rows) * ROW, ahead=False)
    height = _axis(board, scale, data, top, bottom, t)
    svg = board.svg(height, name, words, t.language)
    return Figure(
        name, under, svg, head, tuple(listed), rows, words, pool_methods(data, found, hash_, t), t.language
    )


def _heading(board: Board, name: str, under: str) -> float:
    y = board.block(20, name, size=18, columns=78, bold=True)
    return board.block(y, under, size=13, columns=110, fill=INK2) + 34


def _scale(data: Dataset, rows: Sequence[dict[str, Any]], found: Summary) -> Scale:
    values = [row[key] for row in rows for key in ("low", "high")]
    values += [found.low, found.high, neutral(data)]
    values += [v for v in (found.prediction_low, found.prediction_high) if v is not None]
    return fitted(values, LEFT, PLOT, log=data.scale == "ratio", most=8.0)


def _label(board: Board, label: str, figures: str, last: str, y: float, *, bold: bool = False) -> None:
    board.text(0, y + 4, cut(label, 36), bold=bold)
    board.text(RIGHT, y + 4, figures, bold=bold)
    board.text(WIDTH, y + 4, last, anchor="end", fill=INK2)


def _square(board: Board, scale: Scale, row: dict[str, Any], y: float, *, size: float = 0.0) -> None:
    low, high = scale(row["low"]), scale(row["high"])
    board.line(low, y, high, y, stroke=GREY, width=1.5)
    for edge, beyond in ((low, row["low"] < scale.low), (high, row["high"] > scale.high)):
        if beyond:
            way = -6 if edge == low else 6
            board.shape([(edge, y - 4), (edge + way, y), (edge, y + 4)], fill=GREY)
        else:
            board.line(edge, y - 4, edge, y + 4, stroke=GREY, width=1.5)
    side = size or 5 + 11 * (row["weight"] / 100) ** 0.5
    board.rect(scale(row["estimate"]) - side / 2, y - side / 2, side, side, fill=INK)


def _pooled(
    board: Board,
    scale: Scale,
    cells: Sequence[tuple[str, ...]],
    found: Summary,
    y: float,
    *,
    ahead: bool = True,
) -> float:
    board.line(0, y - ROW / 2 + 2, WIDTH, y - ROW / 2 + 2, stroke=RULE)
    y += 4
    _label(board, cells[0][0], cells[0][1], "", y, bold=True)
    low, middle, high = scale(found.low), scale(found.estimate), scale(found.high)
    board.shape([(low, y), (middle, y - 8), (high, y), (middle, y + 8)], fill=INK)
    if ahead and len(cells) > 1 and found.prediction_low is not None and found.prediction_high is not None:
        y += ROW
        _label(board, cells[1][0], f"({cells[1][1]})", "", y)
        start, end = scale(found.prediction_low), scale(found.prediction_high)
        board.rect(start, y - 5, end - start, 10, fill=BAND)
        board.line(start, y - 5, start, y + 5, stroke=GREY)
        board.line(end, y - 5, end, y + 5, stroke=GREY)
    return y + ROW


def _axis(board: Board, scale: Scale, data: Dataset, top: float, y: float, t: Translator) -> float:
    null = scale(neutral(data))
    board.parts.insert(0, f'<line x1="{null:.1f}" y1="{top - ROW / 2:.1f}" x2="{null:.1f}" y2="{y:.1f}" '
                          f'stroke="{INK}" stroke-width="2"/>')  # fmt: skip
    board.line(scale.start, y, scale.end, y, stroke=INK2)
    for tick in scale.ticks():
        board.line(scale(tick), y, scale(tick), y + 5, stroke=INK2)
        board.text(scale(tick), y + 18, t.plain(tick), size=12, anchor="middle", fill=INK2)
    words = (
        t("evidence.axis.ratio")
        if data.scale == "ratio"
        else t("evidence.axis.net", unit=unit_name(t, data.unit))
    )
    board.text((scale.start + scale.end) / 2, y + 36, words, size=12, anchor="middle", fill=INK2)
    return y + 48
