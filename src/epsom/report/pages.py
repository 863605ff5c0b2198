"""What every page of its own shares: how templates are read, and the looks."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from epsom.report.charts.tokens import style_sheet

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> Environment:
    """Return the reader of templates: everything is escaped unless a template says otherwise."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("epsom.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def style() -> str:
    """Return the CSS of a page with charts."""
    page = files("epsom.report").joinpath("templates", "report.css").read_text("utf-8")
    return f"{style_sheet()}\n{page}"
