"""Write a figure as SVG, PNG or a page with its table twin."""

from __future__ import annotations

from html import escape
from pathlib import Path

from epsom.base.errors import EpsomError, Problem, problem
from epsom.base.i18n import Translator
from epsom.report.evidence.export import write_whole
from epsom.report.evidence.figure import Figure

KINDS = (".svg", ".png", ".html")
STYLE = """
body{margin:2rem auto;max-width:46rem;padding:0 1rem;color:#14202B;background:#fff;
font:1rem/1.5 "Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",system-ui,sans-serif;
font-variant-numeric:tabular-nums}
svg{max-width:100%;height:auto}table{border-collapse:collapse;width:100%;font-size:.9375rem}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #C9D1D9}
thead th{border-bottom:2px solid #14202B}td+td,th+th{text-align:right}p{max-width:40em}
"""


def write_figure(path: Path, figure: Figure, t: Translator) -> None:
    """Write a figure; the ending of the name chooses the form.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-PLOT`` for another ending, ``E-EVIDENCE-PNG`` when the report extra is missing.
    """
    if path.suffix not in KINDS:
        raise problem("E-EVIDENCE-PLOT", field="--plot", value=path.name, expected=", ".join(KINDS))
    if path.suffix == ".svg":
        content = figure.svg.encode()
    elif path.suffix == ".html":
        content = page(figure, t).encode()
    else:
        content = png(figure)
    write_whole(path, content)


def png(figure: Figure) -> bytes:
    """Return the figure as PNG at twice its size in pixels."""
    try:
        from vl_convert import svg_to_png
    except ImportError as error:
        raise EpsomError(Problem("E-EVIDENCE-PNG")) from error
    return bytes(svg_to_png(figure.svg, scale=2))


def page(figure: Figure, t: Translator) -> str:
    """Return a page: the finding, the figure, its table, the methods, the text alternative."""
    return (
        f'<!doctype html>\n<html lang="{figure.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(figure.title)}</title><style>{STYLE}</style></head><body><main>\n"
        f"<h1 hidden>{escape(figure.title)}</h1>\n"
        f"<figure>{figure.svg}<figcaption>{escape(figure.subtitle)}</figcaption></figure>\n"
        f"<h2>{escape(t('evidence.page.table'))}</h2>\n{table_html(figure)}\n"
        f"<h2>{escape(t('evidence.answer.methods'))}</h2>\n<p>{escape(figure.methods)}</p>\n"
        f"<details><summary>{escape(t('evidence.page.words'))}</summary><p>{escape(figure.alternative)}</p>"
        "</details>\n</main></body></html>\n"
    )


def table_html(figure: Figure) -> str:
    """Return the table twin of a figure."""
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in figure.header)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in figure.table
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
