"""Hold Epsom's survey numbers against reference numbers of a cycle, from the raw tables.

    python validation/nhanes_reference.py --data DIR --cycle 2017-2018 --reference FILE [--json]

Each number of the reference must be met to its printed digits: the difference is at most half a
unit of the last decimal that its kind of number is printed with. Texts in the reference are not
compared; a number that Epsom does not compute counts as failed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from epsom.base.errors import EpsomError
from epsom.people.survey.cycles import find_cycle
from epsom.people.survey.person import build_people, read_tables
from epsom.people.survey.summary import summarise

Path_ = tuple[str, ...]


def numbers(node: Any, path: Path_ = ()) -> Iterator[tuple[Path_, float]]:
    """Walk over all numbers of a nested document."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from numbers(value, (*path, str(key)))
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for index, value in enumerate(node):
            yield from numbers(value, (*path, str(index)))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield path, float(node)


def kind(path: Path_) -> Path_:
    """Name the kind of a number: its place without the group of people, percentiles taken together."""
    group = 2 if path[0].startswith("bio") else 1
    words = [word for index, word in enumerate(path) if index != group]
    if len(path) > 2 and path[-2] in ("p", "distribution_pct"):
        words.pop()
    return tuple(words)


def decimals(cycles: Mapping[str, Any]) -> dict[Path_, int]:
    """Find with how many decimals each kind of number is printed (a trailing zero is not printed)."""
    found: dict[Path_, int] = {}
    for cycle in cycles.values():
        for path, value in numbers(cycle):
            if len(path) > 1:
                text = repr(value).rstrip("0")
                digits = len(text.partition(".")[2]) if "e" not in text else 6
                found[kind(path)] = max(found.get(kind(path), 0), digits)
    return found


def look_up(document: Any, path: Path_) -> float | None:
    """Return the number at a place, or None."""
    for key in path:
        if isinstance(document, Mapping):
            document = document.get(key)
        elif isinstance(document, list):
            document = document[int(key)]
        else:
            return None
    return float(document) if isinstance(document, int | float) else None


def compare(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], digits: Mapping[Path_, int]
) -> dict[str, Any]:
    """Compare each number of the reference with ours."""
    passed, failures = 0, []
    worst: dict[str, Any] = {"of_half_unit": 0.0}
    for path, value in numbers(theirs):
        unit = 10.0 ** -digits.get(kind(path), 0) if len(path) > 1 else 1.0
        mine = look_up(ours, path)
        if mine is not None and math.isnan(mine):
            mine = None  # what Epsom cannot compute is no number
        if math.isnan(value) and mine is None:
            passed += 1
            continue
        off = None if mine is None or math.isnan(value) else abs(mine - value) / (unit / 2.0)
        row = {"where": "/".join(path), "ours": mine, "reference": value, "unit": unit, "of_half_unit": off}
        # Rounding to a printed decimal may itself fall either way on a tie.
        if off is not None and off <= 1.0 + 1e-9 * max(abs(value) / unit, 1.0):
            passed += 1
        else:
            failures.append(row)
        if off is not None and off > worst["of_half_unit"]:
            worst = row
    return {"passed": passed, "failed": len(failures), "skipped": 0, "worst": worst, "failures": failures}


def show(result: dict[str, Any], as_json: bool) -> int:
    """Print a comparison and return the exit status: 0 when nothing failed."""
    if as_json:
        print(json.dumps(result, indent=1))
    else:
        print(f"{result['cycle']}: {result['passed']} passed, {result['failed']} failed")
        for row in result["failures"]:
            print(f"  {row['where']}: {row['ours']} against {row['reference']} (unit {row['unit']})")
    return 0 if not result["failed"] else 1


def main() -> int:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description="Hold survey numbers against a reference file.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the raw tables")
    parser.add_argument("--cycle", required=True)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    document = json.loads(args.reference.read_text(encoding="utf-8"))
    reference = document.get("cycles", document)
    if args.cycle not in reference:
        parser.error(f"{args.reference} has no cycle {args.cycle}: {', '.join(reference)}")
    try:
        cycle = find_cycle(args.cycle)
        people = build_people(read_tables(args.data, cycle), cycle)
    except EpsomError as error:
        parser.error(str(error))
    result = {"cycle": args.cycle, **compare(summarise(people), reference[args.cycle], decimals(reference))}
    return show(result, args.json)


if __name__ == "__main__":
    sys.exit(main())
