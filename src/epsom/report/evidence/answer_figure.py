"""One figure for a whole answer: ratios on one axis, each trial outcome on its own, certainty in words."""

from __future__ import annotations

from collections.abc import Sequence

from epsom.base.i18n import Translator
from epsom.evidence.answers.answer import Answer, Line
from epsom.evidence.answers.pooling import neutral
from epsom.evidence.base.records import Grade
from epsom.report.evidence.figure import Figure, alternative_text
from epsom.report.evidence.findings import contrast_words
from epsom.report.evidence.lines import cut, digits, interval, name, unit_name, upper
from epsom.report.evidence.methods import answer_methods
from epsom.report.evidence.svg import GREY, INK, INK2, RULE, WIDTH, Board, fitted

ROW, LEFT, PLOT, RIGHT = 38.0, 262.0, 470.0, 484.0


def answer_title(found: Answer, t: Translator) -> str:
    """State how far the evidence goes; trials of something that stands for the event do not lift it."""
    question = t(f"evidence.question.{found.question.key}")
    direct = [line for line in found.lines if not (found.question.surrogate and line.grade is Grade.TRIAL)]
    words = [line.certainty.word for line in direct if line.basis is not None]
    strongest = next(
        (w for w in ("established", "moderate", "contested", "association_only") if w in words), "none"
    )
    return upper(t(f"evidence.answer.strongest.{strongest}", question=question))


def _cells(line: Line, t: Translator) -> tuple[str, str, str]:
    what = f"{t(f'evidence.short.{line.family}')}: {name(t, line.outcome)}, {contrast_words(line.data, t)}"
    value = "–"
    if line.basis is not None:
        value = interval(t, line.basis.estimate, line.basis.low, line.basis.high, digits(line.outcome))
        if line.data.scale == "difference":
            value = f"{value} {unit_name(t, line.data.unit)}".strip()
    return what, value, t(f"evidence.certainty.{line.certainty.word}")


def answer_figure(found: Answer, t: Translator) -> Figure:
    """Draw what each line stands on; lines without a number keep their row."""
    head = tuple(t(f"evidence.head.{key}") for key in ("what", "estimate", "certainty"))
    cells = {id(line): _cells(line, t) for line in found.lines}
    listed = tuple(cells[id(line)] for line in found.lines)
    title, under = answer_title(found, t), t("evidence.answer.drawn")
    words = alternative_text(head, listed)
    board = Board()
    y = board.block(20, title, size=18, columns=78, bold=True)
    y = board.block(y, under, size=13, columns=110, fill=INK2) + 18
    ratios = [line for line in found.lines if line.data.scale == "ratio"]
    panels: list[list[Line]] = [ratios] if ratios else []
    panels += [[line] for line in found.lines if line.data.scale == "difference"]
    for lines in panels:
        y = _panel(board, lines, [cells[id(line)] for line in lines], y, t) + 20
    rows = [
        {
            "what": c[0],
            "estimate": b and b.estimate,
            "low": b and b.low,
            "high": b and b.high,
            "certainty": c[2],
        }
        for line, c in zip(found.lines, listed, strict=True)
        for b in (line.basis,)
    ]
    svg = board.svg(y, title, words, t.language)
    return Figure(title, under, svg, head, listed, rows, words, answer_methods(found, t), t.language)


def _panel(
    board: Board, lines: Sequence[Line], cells: Sequence[tuple[str, str, str]], y: float, t: Translator
) -> float:
    top = y - 14
    data = lines[0].data
    known = [line.basis for line in lines if line.basis is not None]
    values = [v for b in known for v in (b.low, b.high)] + [neutral(data)]
    if data.scale == "difference" and not known:
        values += [-1.0, 1.0]
    if data.scale == "ratio" and not known:
        values += [0.5, 2.0]
    scale = fitted(values, LEFT, PLOT, log=data.scale == "ratio", most=6.0)
    for line, (what, value, word) in zip(lines, cells, strict=True):
        head, _, rest = what.partition(", ")
        board.text(0, y, cut(upper(head), 40))
        board.text(0, y + 15, cut(rest, 44), size=12, fill=INK2)
        board.text(RIGHT, y, value)
        board.badge(RIGHT, y + 15, line.certainty.word, word)
        if line.basis is not None:
            low, middle, high = (scale(v) for v in (line.basis.low, line.basis.estimate, line.basis.high))
            board.line(low, y, high, y, stroke=GREY, width=2)
            board.rect(middle - 4, y - 4, 8, 8, fill=INK)
        else:
            board.text(
                (LEFT + PLOT) / 2, y + 4, t("evidence.certainty.no_evidence"), size=12, anchor="middle"
            )
        y += ROW
    y -= ROW - 22
    null = scale(neutral(data))
    board.line(null, top, null, y, width=2)
    board.line(LEFT, y, PLOT, y, stroke=INK2)
    for tick in scale.ticks(3):
        board.text(scale(tick), y + 15, t.plain(tick), size=12, anchor="middle", fill=INK2)
    words = t("evidence.axis.null") if data.scale == "ratio" else t("evidence.axis.zero")
    board.text(RIGHT, y + 15, words, size=12, fill=INK2)
    board.line(0, y + 24, WIDTH, y + 24, stroke=RULE)
    return y + 34
