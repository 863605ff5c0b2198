"""`epsom calibrate` from the command line: a short real run, its files, its errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from epsom.cli.main import main

TRIALS = Path(__file__).resolve().parents[2] / "validation" / "trials"
FILES = [str(TRIALS / f"{name}.toml") for name in ("gullestad_1994_loading", "zhang_2016_bp")]
SHORT = [
    "--chains",
    "8",
    "--warmup",
    "10",
    "--iterations",
    "40",
    "--lesson",
    "64",
    "--people",
    "2",
    "--draws",
    "16",
]


def test_a_short_run_writes_a_posterior_and_says_how_far_to_trust_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", *FILES, "--out", str(tmp_path / "a"), *SHORT, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    record = json.loads((tmp_path / "a" / "posterior.json").read_text("utf-8"))
    draws = np.load(tmp_path / "a" / "draws.npy")
    assert found["record"] == record
    assert draws.shape == (16, len(record["names"]))
    assert [check["outcome"] for check in found["checks"]] == ["mg_retention", "sbp", "dbp", "serum_mg"]
    assert all(0.0 <= check["p"] <= 1.0 for check in found["checks"])
    assert not (tmp_path / "a" / "calibration.state.npz").exists()
    assert main(["calibrate", *FILES, "--out", str(tmp_path / "b"), *SHORT, "--lang", "nl"]) == 0
    assert (tmp_path / "b" / "draws.npy").read_bytes() == (tmp_path / "a" / "draws.npy").read_bytes()
    assert "R-hat" in capsys.readouterr().out


def test_trials_that_are_for_checking_cannot_be_fitted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check = TRIALS / "joris_2016_pwv.toml"
    assert main(["calibrate", str(check), "--out", str(tmp_path), *SHORT]) == 2
    assert "E-CALIBRATE-NOTHING" in capsys.readouterr().err


def test_more_chains_than_sets_to_start_from_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", *FILES, "--out", str(tmp_path), "--chains", "64", "--lesson", "32"]) == 2
    said = capsys.readouterr().err
    assert "--lesson" in said
    assert "64" in said
    assert not list(tmp_path.iterdir())
