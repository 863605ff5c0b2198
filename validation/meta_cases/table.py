"""Read a data file of the reference set, and turn its columns into effects by the names they carry."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import numpy as np

from epsom.evidence.effects.sizes import EffectSizes, effect_sizes
from epsom.evidence.effects.two_by_two import Table

TWO_BY_TWO = {"events1": "ai", "n1": "n1i", "events2": "ci", "n2": "n2i"}
MEANS = {"mean1": "m1i", "sd1": "sd1i", "n1": "n1i", "mean2": "m2i", "sd2": "sd2i", "n2": "n2i"}
RATES = {"events1": "x1i", "time1": "t1i", "events2": "x2i", "time2": "t2i"}
SINGLE = {"events1": "xi", "n1": "ni"}
RATE = {"events1": "xi", "time1": "ti"}
MEAN = {"mean1": "mi", "sd1": "sdi", "n1": "ni"}
CORRELATION = {"correlation": "ri", "n1": "ni"}


@cache
def read(path: Path) -> dict[str, list[str]]:
    """Return the columns of a CSV file as text."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


def numbers(column: list[str]) -> np.ndarray:
    """Turn a text column into numbers, NaN where it is empty."""
    return np.array([float(x) if x not in ("", "NA") else np.nan for x in column])


def effects(data: dict[str, list[str]], measure: str, call: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Return yi and vi of a measure; options such as the zero-cell rule are read from the call text."""
    if measure == "GEN":
        return numbers(data["yi"]), numbers(data["vi"])
    names = next(
        n
        for n in (TWO_BY_TWO, MEANS, RATES, CORRELATION, RATE, MEAN, SINGLE)
        if all(c in data for c in n.values())
    )
    rule = re.search(r"with to=(\w+)", call)
    variance = re.search(r"variance type (\w+)", call)
    found: EffectSizes = effect_sizes(
        measure,
        # The file corrects zero cells for Peto too, although its text says that this is not needed.
        zero=rule.group(1) if rule else "only0" if measure == "PETO" else None,
        drop_uninformative="dropped" in call,
        variance=variance.group(1) if variance else "LS",
        **{ours: numbers(data[theirs]) for ours, theirs in names.items()},
    )
    return found.y, found.v


def two_by_two(data: dict[str, list[str]]) -> Table:
    """Return the counts of a two-group data file."""
    a, n1, c, n2 = (numbers(data[name]) for name in TWO_BY_TWO.values())
    return Table(a, n1 - a, c, n2 - c)


def moderators(data: dict[str, list[str]], formula: str, keep: np.ndarray) -> dict[str, list]:
    """Read ``a + factor(b)`` into named moderators."""
    found: dict[str, list] = {}
    for term in formula.replace("~", "").split("+"):
        name = term.strip()
        factor = re.fullmatch(r"factor\((.+)\)", name)
        logarithm = re.fullmatch(r"log\((.+)\)", name)
        if name == "1":
            continue
        if factor:
            found[name] = [x for x, kept in zip(data[factor.group(1)], keep, strict=True) if kept]
        elif logarithm:
            found[name] = list(np.log(numbers(data[logarithm.group(1)]))[keep])
        else:
            found[name] = list(numbers(data[name])[keep])
    return found


def known(data: dict[str, list[str]], formula: str) -> np.ndarray:
    """Tell in which rows every moderator of a formula has a value; the others are left out."""
    columns = [name for name in re.findall(r"[A-Za-z_.][\w.]*", formula) if name in data]
    size = len(next(iter(data.values())))
    return np.array([all(data[name][i] not in ("", "NA") for name in columns) for i in range(size)])
