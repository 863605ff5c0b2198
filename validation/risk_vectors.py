"""Hold Epsom's risk scores against a file of worked vectors.

Usage: ``python validation/risk_vectors.py FILE.json [--json]``.

The file holds ``vectors``: name of a score -> rows ``{"in": {...}, "out": {...}}``. Each number of
``out`` must be met to 1e-8 absolute through the same door that users take (`epsom.risk.scoring.evaluate`).
Rows marked ``disputed`` are reported and not scored: the sources contradict each other there. Any
other row counts as passed or failed; a score or an output that Epsom does not know is a failure.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from epsom.base.errors import EpsomError
from epsom.risk.scores import score
from epsom.risk.scoring import Scored, evaluate

TOLERANCE = 1e-8
# Output of the file -> (our output, set of constants); others carry our own name and the default.
VARIANTS = {
    "risk_10y_published_constants": ("risk_10y", "published"),
    "risk_10y_author_program_constants": ("risk_10y", "precise"),
    "risk_10y_published_rounded": ("risk_10y", "published"),
    "risk_10y_extended_precision": ("risk_10y", "precise"),
    "risk_if_diabetes_bands_swapped": ("risk", "larger_from_65"),
}


def _difference(found: float, expected: float | None) -> float:
    """Return the absolute difference; NaN and null agree with each other and with nothing else."""
    if expected is None or math.isnan(found):
        return 0.0 if expected is None and math.isnan(found) else math.inf
    return abs(found - float(expected))


def _check(name: str, row: dict[str, Any]) -> dict[str, float]:
    """Return the difference of each expected number of one row."""
    done: dict[str | None, Scored] = {}
    differences = {}
    for output, expected in row["out"].items():
        if output == "disputed":
            continue
        ours, constants = VARIANTS.get(output, (output, None))
        if constants not in done:
            done[constants] = evaluate(score(name), row["in"], constants=constants)
        values = done[constants].values
        differences[output] = _difference(float(values[ours][0]), expected) if ours in values else math.inf
    return differences


def run(path: Path) -> dict[str, Any]:
    """Check a whole file and return the summary that every validation script prints."""
    summary: dict[str, Any] = {
        "passed": 0, "failed": 0, "skipped": 0, "numbers": 0,
        "worst": {"difference": 0.0}, "failures": [], "disputed": [], "per_score": {},
    }  # fmt: skip
    for name, rows in json.loads(path.read_text(encoding="utf-8"))["vectors"].items():
        worst = 0.0
        for index, row in enumerate(rows):
            try:
                differences = _check(name, row)
            except EpsomError as error:
                summary["failed"] += 1
                summary["failures"].append({"score": name, "row": index, "error": str(error)})
                continue
            place = {"score": name, "row": index, "differences": differences}
            if row["out"].get("disputed"):
                summary["disputed"].append(place)
                continue
            largest = max(differences.values())
            worst = max(worst, largest)
            summary["numbers"] += len(differences)
            if largest > summary["worst"]["difference"]:
                summary["worst"] = {"difference": largest, "score": name, "row": index}
            if largest <= TOLERANCE:
                summary["passed"] += 1
            else:
                summary["failed"] += 1
                summary["failures"].append(place)
        summary["per_score"][name] = {"rows": len(rows), "worst": worst}
    return summary


def main() -> int:
    """Parse, check, print; 0 only when nothing failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = run(args.file)
    if args.json:
        print(json.dumps(found, indent=1))
    else:
        for name, line in found["per_score"].items():
            print(f"{name:<34}{line['rows']:>5} rows   largest difference {line['worst']:.1e}")
        print(f"passed {found['passed']}, failed {found['failed']}, skipped {found['skipped']}; "
              f"{len(found['disputed'])} disputed rows reported, not scored")  # fmt: skip
        for failure in found["failures"]:
            print("failed:", failure)
    return 1 if found["failed"] or found["skipped"] else 0


if __name__ == "__main__":
    sys.exit(main())
