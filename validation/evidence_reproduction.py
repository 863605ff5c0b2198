"""Hold published pooled results against Epsom's own pooling of its evidence base.

Usage: ``python validation/evidence_reproduction.py [--json]``.

Every published result in the base that is about the same outcome, exposure, contrast and unit as one of
our poolings is compared. Our base holds a subset of the studies of each review (numbers that could be
read), so a review passes when its estimate, within the rounding of its print, lies in our 95 % interval;
it is called reproduced when ours also lies in theirs. With fewer than three studies of our own nothing is
claimed: the result is skipped, and what is missing is said.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from typing import Any

from epsom.base.i18n import Translator
from epsom.evidence.answers.reproduce import Comparison, compare
from epsom.evidence.base.load import base


def _missing(found: Comparison, t: Translator) -> str:
    parts = [f"{n} x {t(f'evidence.reason.{reason}')}" for reason, n in sorted(found.missing.items())]
    return "; ".join(parts) or "no study of this outcome in the base"


def _row(found: Comparison, t: Translator) -> dict[str, Any]:
    return {
        "id": found.record.id,
        "review": f"{found.record.author} {found.record.year or ''}".strip(),
        "outcome": found.outcome,
        "contrast": found.contrast,
        "studies_theirs": found.record.studies,
        "theirs": [round(v, 4) for v in found.theirs],
        "studies_ours": found.k,
        "ours": None if found.ours is None else [round(v, 4) for v in found.ours],
        "verdict": found.verdict,
        "missing": _missing(found, t) if found.verdict == "too_few" else "",
    }


def run() -> dict[str, Any]:
    """Compare everything and return the summary that every validation script prints."""
    t = Translator("en")
    found = compare(base())
    rows = [_row(c, t) for c in found]
    failures = [row for row in rows if row["verdict"] == "disagrees"]
    judged = [c for c in found if c.ours is not None and c.verdict != "too_few"]
    worst = max(judged, key=_distance, default=None)
    return {
        "passed": sum(row["verdict"] in ("reproduced", "compatible") for row in rows),
        "reproduced": sum(row["verdict"] == "reproduced" for row in rows),
        "failed": len(failures),
        "skipped": sum(row["verdict"] == "too_few" for row in rows),
        "worst": {}
        if worst is None
        else {"id": worst.record.id, "distance_in_half_widths": round(_distance(worst), 3)},
        "failures": failures,
        "rows": rows,
        "evidence": base().hash,
    }


def _distance(found: Comparison) -> float:
    """Return how far their estimate lies from ours, in half-widths of our interval."""
    assert found.ours is not None
    scale = math.log if found.contrast != "net" else float
    middle, low, high = (scale(v) for v in found.ours)
    return abs(scale(found.theirs[0]) - middle) / ((high - low) / 2)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the comparison; exit status 0 when nothing disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print machine-readable JSON")
    args = parser.parse_args(argv)
    summary = run()
    if args.json:
        print(json.dumps(summary, ensure_ascii=False, indent=1))
        return 1 if summary["failed"] else 0
    for row in summary["rows"]:
        ours = "-" if row["ours"] is None else "{:.3g} ({:.3g}; {:.3g})".format(*row["ours"])
        theirs = "{:.3g} ({:.3g}; {:.3g})".format(*row["theirs"])
        print(f"{row['verdict']:<11}{row['outcome']:<22}{row['contrast']:<9}{row['review']:<28}")
        print(
            f"           theirs {theirs} of {row['studies_theirs'] or '?'}, "
            f"ours {ours} of {row['studies_ours']}"
        )
        if row["missing"]:
            print(f"           missing: {row['missing']}")
    counts = ("passed", "reproduced", "failed", "skipped")
    print(", ".join(f"{summary[name]} {name}" for name in counts), f"(evidence {summary['evidence'][:12]})")
    return 1 if summary["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
