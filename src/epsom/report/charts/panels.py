"""Several drawings in one: side by side and under each other, each with a heading."""

from __future__ import annotations

from collections.abc import Sequence

from epsom.report.charts import svg

HEADING = 24.0  # room above a panel for its heading [px]


def together(
    key: str, panels: Sequence[tuple[str, svg.Drawing]], columns: int, title: str, description: str
) -> svg.Drawing:
    """Put drawings of one size into a grid.

    Parameters
    ----------
    panels
        Heading and drawing of each, in reading order.
    columns
        How many stand side by side.
    """
    width = max(drawing.width for _, drawing in panels)
    height = max(drawing.height for _, drawing in panels) + HEADING
    pieces = []
    for index, (heading, drawing) in enumerate(panels):
        x, y = width * (index % columns), height * (index // columns)
        inside = "".join(drawing.pieces)
        head = svg.words(0.0, HEADING * 0.6, heading, "b")
        pieces.append(
            f'<g transform="translate({svg.number(x)} {svg.number(y)})">{head}'
            f'<g transform="translate(0 {svg.number(HEADING)})">{inside}</g></g>'
        )
    rows = -(-len(panels) // columns)
    return svg.Drawing(
        key, width * min(columns, len(panels)), height * rows, title, description, tuple(pieces)
    )
