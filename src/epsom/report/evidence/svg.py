"""A small drawing board: SVG text in the tokens of the house, drawn for its width, never scaled down."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from epsom.report.charts.tokens import tokens

INK, INK2, GREY, RULE, PAPER, BAND = "#14202B", "#4A5763", "#5C6873", "#C9D1D9", "#FFFFFF", "#DDE2E7"
FONT = "'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', system-ui, sans-serif"
WIDTH, MARGIN = 716, 12  # 740 px with its margins
LABEL_GAP = 27.0  # least distance between tick labels [px]
_LOG_TICKS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """Map values to pixels, straight or by logarithm."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; values outside are held at the edge."""
        a, b, v = (math.log(x) if self.log else x for x in (self.low, self.high, self.clip(value)))
        return self.start + (v - a) / (b - a) * (self.end - self.start)

    def clip(self, value: float) -> float:
        """Hold a value within the scale."""
        return min(max(value, self.low), self.high)

    def ticks(self, least: int = 4) -> list[float]:
        """Choose round values to label."""
        if self.log:
            return self._apart([v for v in _LOG_TICKS if self.low <= v <= self.high]) or [self.low, self.high]
        span = (self.high - self.low) / least
        size = 10 ** math.floor(math.log10(span))
        step = float(next(size * m for m in (1, 2, 5, 10) if size * m >= span))
        first = math.ceil(self.low / step - 1e-9)
        return [round(k * step, 10) for k in range(first, math.floor(self.high / step + 1e-9) + 1)]

    def _apart(self, values: Sequence[float]) -> list[float]:
        """Keep one, then others as far as their labels do not touch."""
        kept: list[float] = []
        for value in sorted(values, key=lambda v: (abs(math.log(v)) > 1e-12, abs(math.log(v)))):
            if all(abs(self(value) - self(other)) >= LABEL_GAP for other in kept):
                kept.append(value)
        return sorted(kept)


def fitted(values: Sequence[float], start: float, end: float, *, log: bool, most: float = 20.0) -> Scale:
    """Make a scale that holds all finite values with a little air; ratios stay within 1/most to most."""
    known = [v for v in values if math.isfinite(v) and (v > 0 or not log)]
    low, high = min(known), max(known)
    if log:
        low, high = max(low, 1 / most) / 1.06, min(high, most) * 1.06
    else:
        air = 0.06 * ((high - low) or 1.0)
        low, high = low - air, high + air
    return Scale(low, high, start, end, log)


@dataclass
class Board:
    """Collect shapes; the height is set when everything is drawn."""

    width: int = WIDTH
    parts: list[str] = field(default_factory=list)

    def text(
        self, x: float, y: float, words: str, *, size: int = 13, anchor: str = "start", bold: bool = False,
        fill: str = INK,
    ) -> None:  # fmt: skip
        """Write words at a place."""
        weight = ' font-weight="700"' if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{fill}"{weight}>'
            f"{escape(words)}</text>"
        )

    def block(
        self, y: float, words: str, *, size: int, columns: int, bold: bool = False, fill: str = INK
    ) -> float:
        """Write wrapped words from the left edge; return the height that follows."""
        for line in textwrap.wrap(words, columns):
            self.text(0, y, line, size=size, bold=bold, fill=fill)
            y += size * 1.3
        return y

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, stroke: str = INK, width: float = 1.0
    ) -> None:
        """Draw a straight line."""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
            f'stroke-width="{width}"/>'
        )

    def rect(self, x: float, y: float, w: float, h: float, *, fill: str = INK) -> None:
        """Draw a filled rectangle."""
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{fill}"/>')

    def circle(self, x: float, y: float, r: float, *, fill: str = INK, stroke: str = INK) -> None:
        """Draw a circle."""
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{fill}" stroke="{stroke}" '
            'stroke-width="1.5"/>'
        )

    def shape(
        self, points: Sequence[tuple[float, float]], *, fill: str, stroke: str = "none", opacity: float = 1.0
    ) -> None:
        """Draw a closed shape."""
        listed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(
            f'<polygon points="{listed}" fill="{fill}" stroke="{stroke}" fill-opacity="{opacity}"/>'
        )

    def path(self, points: Sequence[tuple[float, float]], *, stroke: str = INK, width: float = 2.0) -> None:
        """Draw an open line through points."""
        listed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(
            f'<polyline points="{listed}" fill="none" stroke="{stroke}" stroke-width="{width}" '
            'stroke-linejoin="round"/>'
        )

    def badge(self, x: float, y: float, certainty: str, word: str) -> None:
        """Draw the line sample of a certainty with its word; one style per certainty, never by hue."""
        style = tokens().certainty.get(certainty)
        if style is not None:
            dashes, width = style.dash or "none", f"{style.width:g}"
            for level in (y - 6, y - 3) if style.double else (y - 4,):
                self.parts.append(
                    f'<line x1="{x:.1f}" y1="{level:.1f}" x2="{x + 24:.1f}" y2="{level:.1f}" stroke="{INK}" '
                    f'stroke-width="{width}" stroke-dasharray="{dashes}" stroke-linecap="round"/>'
                )
        self.text(x + 32, y, word, size=12, fill=INK2, bold=True)

    def svg(self, height: float, title: str, description: str, language: str) -> str:
        """Return the drawing with its name and text alternative."""
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width + 2 * MARGIN}" '
            f'height="{height:.0f}" viewBox="{-MARGIN} 0 {self.width + 2 * MARGIN} {height:.0f}" role="img" '
            f'lang="{language}" aria-labelledby="t d" font-family="{escape(FONT)}">\n'
            f'<title id="t">{escape(title)}</title>\n<desc id="d">{escape(description)}</desc>\n'
            f'<rect x="{-MARGIN}" width="100%" height="100%" fill="{PAPER}"/>\n{body}\n</svg>\n'
        )
