"""Published pooled results against our own pooling of the studies whose numbers could be read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from epsom.evidence.answers.reproduce import compare
from epsom.evidence.base.load import base

ROOT = Path(__file__).resolve().parents[2]


def test_no_review_that_can_be_judged_disagrees() -> None:
    found = {c.record.id: c for c in compare(base())}
    assert [i for i, c in found.items() if c.verdict == "disagrees"] == []
    for name in (
        "dong_2011_t2d-type2_diabetes-dietary-per_unit",
        "larsson_2007_t2d-type2_diabetes-dietary-per_unit",
        "bagheri_2021_mortality-all_cause_mortality-dietary-high_vs_low",
        "zhang_2016_bp-sbp",
        "zhang_2016_bp-dbp",
    ):
        assert found[name].verdict == "reproduced", name


def test_what_cannot_be_reproduced_is_skipped_with_what_is_missing() -> None:
    urine = next(c for c in compare(base()) if c.record.id == "zhang_2016_biomarkers-urine_mg")
    assert urine.verdict == "too_few"
    assert urine.missing["group_change_only"] == 2


def test_the_script_prints_the_common_summary() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "validation" / "evidence_reproduction.py"), "--json"],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["failed"] == 0
    assert found["passed"] + found["skipped"] == len(found["rows"])
    assert {"passed", "failed", "skipped", "worst", "failures"} <= set(found)
    assert all(row["missing"] for row in found["rows"] if row["verdict"] == "too_few")
