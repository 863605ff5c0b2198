"""Recompute every case of a meta-analysis reference file and say how far Epsom is from it.

Usage: ``python validation/meta_reference.py FILE.json [--data DIR] [--family NAME] [--json]``.

Data files are looked for beside the file, under the ``data_file`` of each case; ``--data`` names another
folder that holds the CSV files. Each case is compared at its own stated tolerance. A log-likelihood above
the reference (or a root that solves its equation better) is a pass and is listed under ``better``. A family
that is not known is a failure. The exit status is 0 only if nothing failed.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from pathlib import Path
from typing import Any

from meta_cases import curves, joint, pairwise
from meta_cases.compare import Verdict, tolerance_of

HANDLERS = {**pairwise.HANDLERS, **joint.HANDLERS, **curves.HANDLERS}


def judge(case: dict[str, Any], root: Path) -> Verdict:
    """Recompute one case."""
    handler = HANDLERS.get(case["family"])
    verdict = Verdict(tolerance_of(case["tolerance"]))
    if handler is None:
        verdict.faults.append(f"family {case['family']} is not known")
        return verdict
    try:
        handler(case, root, verdict)
    except Exception as error:  # a case that breaks is a failure with its reason, and the others go on
        place = traceback.extract_tb(error.__traceback__)[-1]
        verdict.faults.append(f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})")
    return verdict


def run(path: Path, data: Path | None, family: str | None, progress: bool) -> dict[str, Any]:
    """Check a whole file and return the summary that every validation script prints."""
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    chosen = [case for case in cases if family in (None, case["family"])]
    summary: dict[str, Any] = {
        "passed": 0, "failed": 0, "skipped": 0, "worst": {}, "failures": [], "better": [], "families": {},
    }  # fmt: skip
    for index, case in enumerate(chosen):
        if data is not None:
            case = {**case, "data_file": Path(case["data_file"]).name}
        verdict = judge(case, data or path.parent)
        line = summary["families"].setdefault(
            case["family"], {"passed": 0, "failed": 0, "better": 0, "worst": 0.0}
        )
        if verdict.faults:
            summary["failed"] += 1
            line["failed"] += 1
            summary["failures"].append({"id": case["id"], "family": case["family"], "faults": verdict.faults})
            continue
        summary["passed"] += 1
        line["passed"] += 1
        if verdict.notes:
            line["better"] += 1
            summary["better"].append({"id": case["id"], "note": verdict.notes[0]})
        if verdict.worst > line["worst"]:
            line["worst"] = verdict.worst
            summary["worst"][case["family"]] = {
                "id": case["id"], "output": verdict.where, "share_of_tolerance": verdict.worst,
            }  # fmt: skip
        if progress and index % 50 == 0:
            print(f"\r{index} of {len(chosen)}", end="", file=sys.stderr, flush=True)
    if progress:
        print("\r" + " " * 30 + "\r", end="", file=sys.stderr)
    return summary


def main() -> int:
    """Parse, check, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--family", choices=sorted(HANDLERS))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = run(args.file, args.data, args.family, sys.stderr.isatty())
    if args.json:
        print(json.dumps(found, indent=1))
        return 1 if found["failed"] or found["skipped"] else 0
    for name, line in found["families"].items():
        print(f"{name:<24}{line['passed']:>5} passed{line['failed']:>5} failed{line['better']:>4} better"
              f"   worst {line['worst']:.2g} of the tolerance")  # fmt: skip
    print(f"passed {found['passed']}, failed {found['failed']}, skipped {found['skipped']}")
    for better in found["better"]:
        print("better:", better["id"], better["note"])
    for failure in found["failures"]:
        print("failed:", failure["id"], "; ".join(failure["faults"])[:400])
    return 1 if found["failed"] or found["skipped"] else 0


if __name__ == "__main__":
    sys.exit(main())
