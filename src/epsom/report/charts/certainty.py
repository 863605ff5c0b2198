"""The line sample that goes before the word of a certainty."""

from __future__ import annotations

from epsom.report.charts.tokens import tokens

WIDTH, HEIGHT = 26, 10


def line_sample(certainty: str) -> str:
    """Draw the line of a certainty; the word beside it carries the meaning, so it is hidden from readers.

    Arithmetic is no grade of evidence and has no line.
    """
    style = tokens().certainty.get(certainty)
    if style is None:
        return ""
    dash = f' stroke-dasharray="{style.dash}" stroke-linecap="round"' if style.dash else ""
    heights = (HEIGHT / 2 - 2, HEIGHT / 2 + 2) if style.double else (HEIGHT / 2,)
    lines = "".join(
        f'<path d="M1 {y:g}H{WIDTH - 1}" class="sample" stroke-width="{style.width:g}"{dash}/>'
        for y in heights
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart badge" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">{lines}</svg>'
    )
