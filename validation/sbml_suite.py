"""Run the SBML semantic test suite: ``sbml_suite.py DIR-or-ARCHIVE [--json] [--engine NAME]``.

A case is a folder with ``<id>-sbml-l<level>v<version>.xml``, ``<id>-settings.txt``, ``<id>-results.csv`` and,
for its tags, ``<id>-model.m``. A value passes when |got - want| <= absolute + relative |want|, with both
tolerances as the case's settings give them. Archives are read in memory; nothing is unpacked.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.errors import EpsomError
from epsom.engine.interface import Engine
from epsom.engine.members import Members
from epsom.engine.registry import engine
from epsom.engine.solution import Status
from epsom.model.sbml import read_sbml

LARGEST_FILE = 50_000_000
# Tight against the suite's tolerances (mostly 1e-4 relative), so that what is tested is the meaning.
RTOL, ATOL = 1e-9, 1e-11
_MODEL = re.compile(r"-sbml-l(\d)v(\d)\.xml$")


@dataclass
class Case:
    """Hold the files of one case: name -> bytes."""

    id: str
    files: dict[str, bytes] = field(default_factory=dict)

    def text(self, ending: str) -> str:
        """Return the file ``<id>-<ending>``; empty when there is none."""
        return self.files.get(f"{self.id}-{ending}", b"").decode("utf-8", "replace")

    def model(self) -> bytes:
        """Return the model of the highest level and version."""
        found = sorted((m.groups(), name) for name in self.files if (m := _MODEL.search(name)))
        return self.files[found[-1][1]]

    def settings(self) -> dict[str, str]:
        """Return the settings by name."""
        pairs = (line.partition(":") for line in self.text("settings.txt").splitlines())
        return {key.strip().lower(): value.strip() for key, _, value in pairs if key.strip()}

    def tags(self) -> set[str]:
        """Return component and test tags."""
        lines = re.findall(r"(?:componentTags|testTags):(.*)", self.text("model.m"))
        return {tag.strip() for line in lines for tag in line.split(",") if tag.strip()}


def files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Read all regular files under a folder, or in a tar or zip archive."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file() and file.stat().st_size <= LARGEST_FILE:
                yield file.relative_to(path).as_posix(), file.read_bytes()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir() and info.file_size <= LARGEST_FILE:
                    yield info.filename, archive.read(info)
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isfile() else None
                if stream is not None and member.size <= LARGEST_FILE:
                    yield member.name, stream.read()


def cases(path: Path) -> list[Case]:
    """Group files into cases by the name of their folder."""
    found: dict[str, Case] = {}
    for name, content in files(path):
        place = PurePosixPath(name)
        case = found.setdefault(place.parent.name, Case(place.parent.name))
        case.files[place.name] = content
    whole = [c for c in found.values() if c.text("settings.txt") and c.text("results.csv")]
    return sorted((c for c in whole if any(map(_MODEL.search, c.files))), key=lambda c: c.id)


@dataclass(frozen=True)
class Outcome:
    """Say how one case went; ``worst`` is the largest deviation as a share of what is allowed."""

    verdict: str
    reason: str = ""
    worst: float = 0.0
    variable: str = ""


def run(case: Case, solver: Engine) -> Outcome:
    """Simulate one case and compare."""
    settings = case.settings()
    names = [n.strip() for n in settings["variables"].split(",") if n.strip()]
    start, duration, steps = float(settings["start"]), float(settings["duration"]), int(settings["steps"])
    times = np.linspace(start, start + duration, steps + 1)
    try:
        system = read_sbml(case.model(), source=case.id)
        observe = [_observable(name, settings, system.observables) for name in names]
        found = solver.solve(
            system, Members.of(system, 1), times, observe=observe, rtol=RTOL, atol=ATOL, start=0.0
        )
    except EpsomError as error:
        first = error.problems[0]
        if first.code == "E-SBML-UNSUPPORTED":
            return Outcome("skipped", f"{first.code} {first.value}")
        return Outcome("failed", f"{first.code} {first.field or ''} {first.value!r} {dict(first.details)}")
    if found.status[0] != Status.OK:
        return Outcome("failed", f"{Status(int(found.status[0])).code} at {found.reached[0]:g}")
    absolute, relative = float(settings["absolute"]), float(settings["relative"])
    return _compare(names, found.values[0], _expected(case, names), absolute, relative)


def _observable(name: str, settings: Mapping[str, str], known: Mapping[str, int]) -> str:
    for unit in ("amount", "concentration"):
        asked = {n.strip() for n in settings.get(unit, "").split(",")}
        if name in asked and f"{unit}({name})" in known:
            return f"{unit}({name})"
    return name


def _expected(case: Case, names: list[str]) -> FloatArray:
    rows = list(csv.reader(io.StringIO(case.text("results.csv").strip())))
    heads = [head.strip() for head in rows[0]]
    columns = [heads.index(name, 1) for name in names]  # the first column is time, whatever its name
    return np.array([[float(row[k]) for k in columns] for row in rows[1:]])


def _compare(
    names: list[str], got: FloatArray, want: FloatArray, absolute: float, relative: float
) -> Outcome:
    if got.shape != want.shape:
        return Outcome("failed", f"{want.shape[0]} rows expected, {got.shape[0]} computed")
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    with np.errstate(all="ignore"):
        share = np.where(same, 0.0, np.abs(got - want) / (absolute + relative * np.abs(want)))
    share = np.where(np.isnan(share), np.inf, share)
    row, column = np.unravel_index(int(np.argmax(share)), share.shape)
    worst = float(share[row, column])
    if worst <= 1.0:
        return Outcome("passed", worst=worst, variable=names[column])
    reason = f"{names[column]} row {row}: {got[row, column]:.9g}, expected {want[row, column]:.9g}"
    return Outcome("failed", reason, worst, names[column])


def report(outcomes: Mapping[str, Outcome], tags: Mapping[str, set[str]]) -> dict[str, object]:
    """Count verdicts, in all and by tag, and list what failed and why."""
    verdicts = Counter(o.verdict for o in outcomes.values())
    by_tag: dict[str, Counter[str]] = {}
    for id, outcome in outcomes.items():
        for tag in tags[id]:
            by_tag.setdefault(tag, Counter())[outcome.verdict] += 1
    passed = {id: o for id, o in outcomes.items() if o.verdict == "passed"}
    worst = max(passed, key=lambda id: passed[id].worst, default=None)
    return {
        "passed": verdicts["passed"],
        "failed": verdicts["failed"],
        "skipped": verdicts["skipped"],
        "worst": {}
        if worst is None
        else {"case": worst, "variable": passed[worst].variable, "share_of_tolerance": passed[worst].worst},
        "failures": [{"case": id, "reason": o.reason} for id, o in outcomes.items() if o.verdict == "failed"],
        "skipped_for": dict(Counter(o.reason for o in outcomes.values() if o.verdict == "skipped")),
        "by_tag": {tag: dict(counts) for tag, counts in sorted(by_tag.items())},
    }


def main() -> int:
    """Run all cases, print the report, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--engine", default="reference")
    parser.add_argument("--only", help="identifiers of cases, with commas between them")
    args = parser.parse_args()
    chosen = cases(args.path)
    if args.only:
        chosen = [case for case in chosen if case.id in args.only.split(",")]
    solver = engine(args.engine)
    outcomes: dict[str, Outcome] = {}
    for number, case in enumerate(chosen, 1):
        outcomes[case.id] = run(case, solver)
        if number % 50 == 0:
            print(f"{number}/{len(chosen)}", file=sys.stderr)
    found = report(outcomes, {case.id: case.tags() for case in chosen})
    if args.json:
        print(json.dumps(found, indent=1))
    else:
        for key in ("passed", "failed", "skipped", "worst", "skipped_for"):
            print(f"{key}: {found[key]}")
        for tag, counts in found["by_tag"].items():  # type: ignore[attr-defined]
            print(f"  {tag:<32}{counts}")
        for id, outcome in outcomes.items():
            if outcome.verdict == "failed":
                print(f"FAILED {id}: {outcome.reason}")
    named = all(o.reason for o in outcomes.values() if o.verdict == "skipped")
    return 0 if chosen and not found["failed"] and named else 1


if __name__ == "__main__":
    sys.exit(main())
