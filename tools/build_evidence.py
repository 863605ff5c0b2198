"""Build the packaged evidence base from the folder of extraction tables.

Usage: ``python tools/build_evidence.py FOLDER [--out DIR] [--check]``. The output is committed; with
``--check`` nothing is written and the exit status is 1 when the committed files differ.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evidence_build import cohorts, pooled, trials
from evidence_build.common import decisions, table

from epsom.evidence.base import schema
from epsom.evidence.base.records import (
    Animal,
    Contrast,
    DoseStudy,
    Level,
    Marker,
    Published,
    Record,
    Source,
    Standing,
    Trial,
)

OUT = Path(__file__).resolve().parents[1] / "src" / "epsom" / "evidence" / "data"


def _latest(found: list[Trial]) -> list[Trial]:
    """Let only the longest follow-up of a trial count for an outcome."""
    longest: dict[tuple[str, str], float] = {}
    for t in found:
        if t.standing is Standing.USABLE:
            key = (t.study, t.outcome)
            longest[key] = max(longest.get(key, 0.0), t.weeks or 0.0)
    return [
        replace(t, standing=Standing.OVERLAP, reason="earlier_time")
        if t.standing is Standing.USABLE and (t.weeks or 0.0) < longest[t.study, t.outcome]
        else t
        for t in found
    ]


def build(folder: Path) -> dict[str, str]:
    """Return the text of each file of the base."""
    rule = decisions()
    source_rows = table(folder, "sources")
    sure = {row["source_key"]: row["confidence"] for row in source_rows}
    kinds = {row["source_key"]: row["kind"] for row in source_rows}
    given: dict[str, int] = {}
    heads, levels = cohorts.dose_studies(table(folder, "cohort_dose_response"), rule, given)
    steps = cohorts.contrasts(table(folder, "cohort_contrast"), rule, given)
    tested = _latest(
        trials.trials(
            table(folder, "rct_blood_pressure"),
            table(folder, "rct_other_outcomes"),
            table(folder, "derived_net_changes"),
            rule,
        )
    )
    seen: dict[str, int] = {}
    pooled_rows = pooled.published_trials(table(folder, "pooled_effects"), rule, seen)
    pooled_rows += pooled.published_cohorts(table(folder, "pooled_dose_response"), rule, sure, seen)
    marked = pooled.markers(table(folder, "subclinical"), rule, sure)
    beasts = pooled.animals(table(folder, "parameters"), kinds)
    every: list[Sequence[Record]] = [heads, steps, tested, pooled_rows, marked, beasts]
    if rule.unasked():
        raise ValueError(f"decisions about rows that do not exist: {rule.unasked()}")
    used = {record.source for records in every for record in records}
    return {
        "sources.csv": schema.write(Source, pooled.sources(source_rows, used)),
        "dose_studies.csv": schema.write(DoseStudy, heads),
        "levels.csv": schema.write(Level, levels),
        "contrasts.csv": schema.write(Contrast, steps),
        "trials.csv": schema.write(Trial, tested),
        "published.csv": schema.write(Published, pooled_rows),
        "markers.csv": schema.write(Marker, marked),
        "animals.csv": schema.write(Animal, beasts),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Write or compare the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args(argv)
    texts = build(args.folder)
    if args.check:
        differ = [n for n, text in texts.items() if (args.out / n).read_text(encoding="utf-8") != text]
        print(
            "\n".join(f"differs: {name}" for name in differ) or "the committed base is what the tables give"
        )
        return 1 if differ else 0
    args.out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (args.out / name).write_text(text, encoding="utf-8")
    for name, text in texts.items():
        print(f"{name:<18}{text.count(chr(10)) - 1:>5} rows  {len(text):>7} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
