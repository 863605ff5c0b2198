"""A whole answer as one HTML page: overview, a figure for each line, curves, caveats, methods."""

from __future__ import annotations

from html import escape

from epsom.base.errors import EpsomError
from epsom.base.i18n import Translator
from epsom.evidence.answers.answer import Answer, Line
from epsom.evidence.answers.curves import curve_data, fit
from epsom.evidence.answers.pooling import pooled
from epsom.evidence.base.load import Base
from epsom.evidence.base.records import Grade
from epsom.report.evidence.answer_figure import answer_figure
from epsom.report.evidence.answer_text import caveats, details
from epsom.report.evidence.curve_figure import curve_figure
from epsom.report.evidence.curve_text import reference_dose
from epsom.report.evidence.draw import STYLE, table_html
from epsom.report.evidence.figure import Figure
from epsom.report.evidence.findings import finding, headline
from epsom.report.evidence.forest import forest
from epsom.report.evidence.methods import answer_methods

CURVE_STUDIES = 3  # fewer studies are shown as a forest only


def answer_page(found: Answer, base: Base, t: Translator) -> str:
    """Return the page of an answer."""
    title = t("evidence.answer.title", question=t(f"evidence.question.{found.question.key}"))
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(t('evidence.answer.lead'))}</p>"]
    parts.append(_figure(answer_figure(found, t), t))
    for number, line in enumerate(found.lines, start=1):
        word = t(f"evidence.certainty.{line.certainty.word}")
        parts.append(f"<h2>{number}. {escape(headline(line, t))}: {escape(word)}</h2>")
        parts.append(f"<p>{escape(finding(line, t))}</p>")
        parts += [f"<p>{escape(text)}</p>" for text in details(line, base, t)]
        parts += [_figure(figure, t) for figure in _figures(line, base, t)]
    parts.append(f"<h2>{escape(t('evidence.answer.caveats'))}</h2><ul>")
    parts += [f"<li>{escape(text)}</li>" for text in caveats(found, t)]
    parts.append(
        f"</ul><h2>{escape(t('evidence.answer.methods'))}</h2><p>{escape(answer_methods(found, t))}</p>"
    )
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{t.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>\n{body}\n</main></body></html>\n"
    )


def _figures(line: Line, base: Base, t: Translator) -> list[Figure]:
    found: list[Figure] = []
    if line.own is None:
        return found
    found.append(forest(line.data, pooled(line.data), line.own, base.hash, t))
    if line.grade is Grade.COHORT and line.data.contrast == "slope":
        try:
            data = curve_data(base, line.outcome, line.family)
        except EpsomError:
            return found  # no study printed dose levels: the forest says what there is
        if data.contrasts.m >= CURVE_STUDIES:
            curve = fit(data)
            found.append(curve_figure(curve, reference_dose(curve), base.hash, t))
    return found


def _figure(figure: Figure, t: Translator) -> str:
    words = escape(t("evidence.page.table"))
    return (
        f"<figure>{figure.svg}<figcaption>{escape(figure.subtitle)}</figcaption>"
        f"<details><summary>{words}</summary>{table_html(figure)}</details></figure>"
    )
