"""What every figure is: a finding, what is drawn, the drawing, its rows, its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """Hold a figure with its table twin; drawing, table and text alternative come from ``rows``."""

    title: str
    subtitle: str
    svg: str
    header: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    rows: Sequence[Mapping[str, Any]]
    alternative: str
    methods: str
    language: str


def alternative_text(header: Sequence[str], table: Sequence[Sequence[str]]) -> str:
    """Read a table out loud: one sentence a row."""
    return " ".join(
        f"{row[0]}: " + ", ".join(f"{h} {c}" for h, c in zip(header[1:], row[1:], strict=True) if c) + "."
        for row in table
    )
