"""The human experiments under validation/trials: whole, sourced, and split by the stated rule."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from epsom.engine.registry import engine
from epsom.evidence.base.load import base
from epsom.model.publications import publications
from epsom.study.trial.read import read_trial
from epsom.study.trial.run import Settings, run_trial, warnings

FOLDER = Path(__file__).resolve().parents[2] / "validation" / "trials"
LEFT_OUT = "not_representable.toml"
FILES = sorted(path for path in FOLDER.glob("*.toml") if path.name != LEFT_OUT)
README = (FOLDER / "README.md").read_text("utf-8")
OUTCOMES = {
    *("serum_mg", "ionised_mg", "rbc_mg", "urine_mg", "mg_retention", "mg_balance", "absorbed_fraction"),
    *(
        "calcium",
        "pth",
        "calcitriol",
        "sbp",
        "dbp",
        "map",
        "tpr",
        "cardiac_output",
        "forearm_flow",
        "no",
        "ros",
    ),
    *("fmd", "pwv", "crp", "il6", "tnf", "vcam1", "icam1", "e_selectin", "cimt", "cac", "bmi", "homa_ir"),
    *("glucose", "hba1c", "myocardial_infiltrate"),
}
STATISTICS = {"net_change", "arm_change", "arm_value", "net_ratio", "arm_ratio"}
KINDS = {"pooled", "mechanism", "single_trial"}
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@cache
def _trial(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


@cache
def _left_out() -> list[dict[str, Any]]:
    trials: list[dict[str, Any]] = tomllib.loads((FOLDER / LEFT_OUT).read_text("utf-8"))["trial"]
    return trials


def _participants(trial: dict[str, Any]) -> str:
    return str(trial["source"].get("participants", trial["source"]["key"]))


@each_file
def test_a_file_is_named_after_its_experiment(path: Path) -> None:
    trial = _trial(path)
    assert trial["schema"] == "epsom/trial/1"
    assert trial["id"] == path.stem
    assert trial["title"]
    assert trial["source"]["locator"]


@each_file
def test_a_source_is_a_known_publication(path: Path) -> None:
    source = _trial(path)["source"]
    evidence, others = base().source_of, publications()
    assert source["key"] in evidence or source["key"] in others
    known = evidence[source["key"]].doi if source["key"] in evidence else others[source["key"]].doi
    if known and "doi" in source:
        assert source["doi"].lower() == known.lower()


@each_file
def test_arms_are_named_once_and_each_is_observed(path: Path) -> None:
    trial = _trial(path)
    names = [arm["name"] for arm in trial["arm"]]
    assert len(names) == len(set(names))
    used = {row[key] for row in trial["observed"] for key in ("arm", "control") if key in row}
    changed = [arm["name"] for arm in trial["arm"] if set(arm) - {"name"}]
    assert used <= set(names)
    assert set(changed) <= used


@each_file
def test_phases_fill_the_duration(path: Path) -> None:
    trial = _trial(path)
    for arm in trial["arm"]:
        if "phase" in arm:
            assert sum(phase["days"] for phase in arm["phase"]) == trial["duration"]["days"]


@each_file
def test_every_observed_row_can_be_scored(path: Path) -> None:
    trial = _trial(path)
    assert trial["observed"]
    for row in trial["observed"]:
        assert row["outcome"] in OUTCOMES
        assert row["statistic"] in STATISTICS
        assert 0.0 <= row["at_days"] <= trial["duration"]["days"]
        assert row["statistic"].startswith("net") == ("control" in row)
        assert row["unit"]
        if "null_within" in row:
            low, high = row["null_within"]
            assert low <= 0.0 <= high
            assert low < high
            assert row["note"]
            assert "value" not in row
        elif "ci" in row:
            assert row["ci"][0] <= row["value"] <= row["ci"][1]
        else:
            assert row["se"] > 0.0


@each_file
def test_spreads_hold_their_mean(path: Path) -> None:
    for value in _trial(path)["population"].values():
        if isinstance(value, dict):
            assert value.get("low", value["mean"]) <= value["mean"] <= value.get("high", value["mean"])


def test_no_row_is_told_twice() -> None:
    told = Counter(
        (
            _trial(path)["source"]["key"],
            path.stem,
            row["outcome"],
            row["at_days"],
            row["arm"],
            row["statistic"],
        )
        for path in FILES
        for row in _trial(path)["observed"]
    )
    assert not [row for row, times in told.items() if times > 1]


def test_the_use_follows_the_rule_and_nothing_else() -> None:
    trials = [_trial(path) for path in FILES]
    assert {trial["source"]["kind"] for trial in trials} == KINDS
    single = [trial for trial in trials if trial["source"]["kind"] == "single_trial"]
    groups = sorted({_participants(trial) for trial in single})
    expected = {group: ("calibrate", "check")[index % 2] for index, group in enumerate(groups)}
    for trial in trials:
        if trial["source"]["kind"] == "single_trial":
            assert trial["use"] == expected[_participants(trial)], trial["id"]
        else:
            assert trial["use"] == "calibrate", trial["id"]


def test_the_readme_counts_what_is_there() -> None:
    files = Counter(_trial(path)["use"] for path in FILES)
    rows = Counter(_trial(path)["use"] for path in FILES for _ in _trial(path)["observed"])
    for use in ("calibrate", "check"):
        assert f"| {use} | {files[use]} | {rows[use]} |" in README
    kinds = Counter(_trial(path)["source"]["kind"] for path in FILES)
    for kind in ("pooled", "mechanism", "single_trial"):
        stated = re.search(rf"`{kind}` \([^)]*?(\d+) files\)", README)
        assert stated
        assert int(stated[1]) == kinds[kind]
    assert f"Not representable: {len(_left_out())} records." in README


def test_what_cannot_be_represented_is_kept_with_a_reason() -> None:
    ids = [trial["id"] for trial in _left_out()]
    assert len(ids) == len(set(ids))
    assert not set(ids) & {path.stem for path in FILES}
    reasons = set(re.findall(r"`(\w+)`", README.split("## Reasons")[1]))
    for trial in _left_out():
        assert trial["reason"] in reasons, trial["id"]
        assert trial["detail"]
        assert trial["source"]["key"]
        assert set(trial.get("outcomes", [])) <= OUTCOMES
    assert {trial["reason"] for trial in _left_out()} == reasons


@each_file
def test_every_arm_keeps_its_magnesium(path: Path) -> None:
    """Gains less losses are the change of the stores, to 1e-9 of what went through the body."""
    run = run_trial(read_trial(path), engine("simd"), Settings(people=3, draws=2))
    assert run.arms
    for arm in run.arms:
        assert arm.failed == 0
        assert arm.residual < 1e-9
    assert not list(warnings([run]))
