"""What all steps share: reading, parsing numbers, decisions taken by hand."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, str]
DECISIONS = Path(__file__).with_name("decisions.toml")

NULL_WORDS = re.compile(
    r"\bno (significant |fall|effect|difference|change|BP|rise|association|alteration)|\bnull\b|not altered|"
    r"unchanged|not significant|no consistent|BP null|No significant|no outcome",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Decisions:
    """Hold what cannot be read from the tables: cohorts that are one, rows that are doubted."""

    cohorts: dict[str, list[str]]
    outcomes: dict[str, str]
    factors: dict[str, dict[str, list[Any]]]
    standing: dict[str, dict[str, list[str]]]
    marker_words: list[list[str]]
    words: dict[str, str]
    asked: set[tuple[str, str]] = field(default_factory=set)

    def doubt(self, table: str, study: str, outcome: str, exposure: str = "") -> tuple[str, str] | None:
        """Return the standing and the reason that were decided for a row, if any."""
        found = self.standing[table]
        names = (f"{study}:{outcome}:{exposure}", f"{study}:{outcome}", study)
        name = next((n for n in names if n in found), None)
        if name is None:
            return None
        self.asked.add((table, name))
        return found[name][0], found[name][1]

    def unasked(self) -> list[str]:
        """List decisions that no row asked for: a misspelt key would silently decide nothing."""
        own = {(t, n) for t, names in self.standing.items() if t != "designs" for n in names}
        return sorted(f"{t}: {n}" for t, n in own - self.asked)


def decisions() -> Decisions:
    """Read the decisions file."""
    return Decisions(**tomllib.loads(DECISIONS.read_text(encoding="utf-8")))


def table(folder: Path, name: str) -> list[Row]:
    """Read one extraction table."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return [{key: value.strip() for key, value in row.items()} for row in csv.DictReader(stream)]


def number(text: str) -> float | None:
    """Read a number or nothing; words are nothing."""
    try:
        return float(text)
    except ValueError:
        return None


def whole(text: str) -> int | None:
    """Read a whole number or nothing."""
    value = number(text)
    return None if value is None else round(value)


def words(study: str, outcome: str, note: str, rule: Decisions) -> str:
    """Read the direction that a row states without a number: none, lower, higher or nothing.

    Only a stated null is read from the note; other directions are decided by hand.
    """
    decided = rule.words.get(f"{study}:{outcome}")
    if decided is not None:
        return decided
    return "none" if NULL_WORDS.search(note) else ""


def slug(*parts: str) -> str:
    """Join parts into an id of lower-case words."""
    return "-".join(re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_") for part in parts if part)


def unique(identifier: str, seen: dict[str, int]) -> str:
    """Return the id, numbered when it was given before."""
    seen[identifier] = seen.get(identifier, 0) + 1
    return identifier if seen[identifier] == 1 else f"{identifier}-{seen[identifier]}"
