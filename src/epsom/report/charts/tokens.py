"""The looks that all figures share, read from ``tokens.toml``: colours, widths, dash patterns."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class LineStyle:
    """Hold how a line is drawn: width [px], dash pattern, single or double."""

    width: float
    dash: str
    double: bool


@dataclass(frozen=True)
class Tokens:
    """Hold colours by name for light and dark, sizes [px], and line styles by certainty."""

    light: Mapping[str, str]
    dark: Mapping[str, str]
    width: Mapping[str, int]
    text: Mapping[str, int]
    sans: str
    stroke: Mapping[str, float]
    not_studied: str
    certainty: Mapping[str, LineStyle]


@cache
def tokens() -> Tokens:
    """Return the tokens.

    Examples
    --------
    >>> tokens().not_studied
    '7 5'
    """
    text = files("epsom.report.charts").joinpath("tokens.toml").read_text("utf-8")
    record: dict[str, Any] = tomllib.loads(text)
    return Tokens(
        light=record["light"],
        dark=record["dark"],
        width=record["width"],
        text={name: size for name, size in record["text"].items() if name != "sans"},
        sans=record["text"]["sans"],
        stroke=record["stroke"],
        not_studied=record["dash"]["not_studied"],
        certainty={name: LineStyle(**style) for name, style in record["certainty"].items()},
    )


def _variables(colours: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())


def style_sheet() -> str:
    """Return the CSS that charts need: colour variables for light, dark and print, and their classes."""
    t = tokens()
    light, dark = _variables(t.light), _variables(t.dark)
    stroke = {name: f"{width:g}" for name, width in t.stroke.items()}
    return "\n".join(
        [
            f":root{{color-scheme:light dark;--sans:{t.sans};{light}}}",
            f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}",
            f"@media print{{:root{{color-scheme:light;{light}}}}}",
            ".chart{display:block;max-width:100%;height:auto;overflow:visible}",
            f".chart text{{font-family:var(--sans);font-size:{t.text['label']}px;fill:var(--ink)}}",
            f".chart .s{{font-size:{t.text['tick']}px}}",
            ".chart .m{fill:var(--ink2)}.chart .b{font-weight:700}",
            ".chart .e{text-anchor:end}.chart .c{text-anchor:middle}",
            ".chart .t-without{fill:var(--without)}.chart .t-with{fill:var(--with)}",
            ".chart .grid{stroke:var(--rule);stroke-width:1}",
            ".chart .axis{stroke:var(--ctl);stroke-width:1}",
            f".chart .zero{{stroke:var(--ink);stroke-width:{stroke['zero']}}}",
            ".chart .ground{fill:var(--surface)}",
            ".chart .band{fill:var(--unc);fill-opacity:.2}",
            f".chart .edge{{fill:none;stroke-width:{stroke['edge']};stroke-opacity:.55}}",
            ".chart .l{fill:none;stroke-linejoin:round}",
            *(
                f".chart .l-{name}{{stroke:var(--{colour});stroke-width:{stroke[name]}}}"
                for name, colour in (("without", "without"), ("with", "with"), ("difference", "ink"))
            ),
            f".chart .dash{{stroke-dasharray:{t.not_studied.replace(' ', ',')}}}",
            ".chart .e-without{stroke:var(--without)}.chart .e-with{stroke:var(--with)}",
            ".chart .open{fill:var(--paper);stroke:var(--ink);stroke-width:2.2}",
            ".chart .open-without{fill:var(--paper);stroke:var(--without);stroke-width:1.8}",
            ".chart .full-with{fill:var(--with)}",
            ".chart .span{stroke:var(--unc);stroke-width:7;stroke-linecap:round;stroke-opacity:.5}",
            ".chart .share{fill:var(--ctl)}.chart .paper-under{fill:var(--paper)}",
            ".chart .whisker{stroke:var(--ink);stroke-width:1.5}",
            ".chart .dot{fill:var(--unc);stroke:var(--paper);stroke-width:1}",
            ".chart .sample{fill:none;stroke:var(--ink);stroke-linejoin:round}",
        ]
    )
