"""Words and numbers that everything about trials shares."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from epsom.base.i18n import Translator
from epsom.study.trial.outcomes import outputs
from epsom.study.trial.run import Simulated, warnings


def warning_lines(runs: Sequence[Simulated], t: Translator) -> list[str]:
    """Write the warnings about arms, each with its code and place."""
    lines = []
    for warning in warnings(runs):
        what, to_do = warning.words(t)
        lines += textwrap.wrap(f"{warning.code} {warning.file} {warning.field}: {what}. {to_do}", 80)
    return lines


def short(t: Translator, value: float, *, sign: bool = False) -> str:
    """Write a number with as many decimals as its size asks for."""
    size = abs(value)
    digits = 3 if size < 0.1 else 2 if size < 10.0 else 1
    return t.number(value, digits, sign=sign)


def outcome(t: Translator, name: str) -> str:
    """Return the name of an outcome in words."""
    return t(f"trial.outcome.{name}")


def unit(name: str) -> str:
    """Return the unit of an outcome with a space before it; nothing for a plain number."""
    found = outputs()[name].unit
    return "" if found == "1" else f"\u00a0{found}"


def difference(t: Translator, name: str, value: float, *, ratio: bool) -> str:
    """Write a difference in its unit, or one of logarithms as a change in per cent."""
    if ratio:
        return f"{short(t, 100.0 * math.expm1(value), sign=True)}\u00a0%"
    return f"{short(t, value, sign=True)}{unit(name)}"


def percent(t: Translator, share: float) -> str:
    """Write a share in whole per cent, but never round to none or all."""
    if share > 0.999:
        return f"> {t.number(99.9, 1)}\u00a0%"
    digits = 1 if 0.0 < share < 0.01 or share > 0.99 else 0
    return f"{t.number(100.0 * share, digits)}\u00a0%"
