"""`epsom simulate` as a user meets it: a table in, a table out, faults named, kills survived."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from epsom.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
MODEL = """
model decay
  species S in C; C = 2; S = 10
  J: S -> ; k*S*C; k = 0.1
  total := S + 1
end
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "decay.ant"
    path.write_text(MODEL)
    return path


def run(*words: object) -> int:
    return main(["simulate", *(str(word) for word in words)])


def test_one_row_a_member_and_time(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    members = tmp_path / "members.csv"
    members.write_text("member,k,S\nann,0.1,10\nbob,0.2,4\n")
    out = tmp_path / "out.parquet"
    done = run(
        model, "--members", members, "--times", "0:10:5", "--out", out, "--observe", "S,total", "--json"
    )
    assert done == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["members"], summary["rows"], summary["status"]) == (2, 6, {"ok": 2})
    assert (summary["engine"], summary["recipe"]["engine"]) == ("simd", "simd")
    table = pl.read_parquet(out)
    assert table.columns == ["member", "time", "status", "S", "total"]
    assert table["member"].to_list() == ["ann"] * 3 + ["bob"] * 3
    times = np.array([0.0, 5.0, 10.0])
    wanted = np.concatenate([10 * np.exp(-0.1 * times), 4 * np.exp(-0.2 * times)])
    assert table["S"].to_numpy() == pytest.approx(wanted, rel=1e-5)
    assert table["total"].to_numpy() == pytest.approx(wanted + 1, rel=1e-5)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["decay.ant", "members.csv", "out.parquet"]


def test_a_row_at_fault_has_a_status_and_the_others_stay(model: Path, tmp_path: Path) -> None:
    members, out = tmp_path / "members.csv", tmp_path / "out.csv"
    members.write_text("k\n0.1\nnan\nmuch\n0.3\n")
    assert run(model, "--members", members, "--times", "0,1", "--out", out) == 3
    table = pl.read_csv(out)
    bad = table.filter(pl.col("status") != "ok")
    assert set(bad["status"]) == {"bad_input"}
    assert set(bad["member"]) == {2, 3}
    assert bad["S"].is_null().all() or bad["S"].is_nan().all()


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("kk\n1\n", {}, "E-COLUMN"),
        ("k\nmuch\n", {}, "E-COLUMN-TYPE"),
        ("k\n", {}, "E-TABLE-EMPTY"),
        ("k\n1\n", {"--observe": "nothing"}, "E-OBSERVE"),
        ("k\n1\n", {"--times": "5,1"}, "E-TIMES"),
        ("k\n1\n", {"--times": "0:1:0"}, "E-TIMES"),
        ("k\n1\n", {"--times": "often"}, "E-TIMES"),
        ("k\n1\n", {"--rtol": "0"}, "E-RANGE"),
        ("k\n1\n", {"--engine": "magic"}, "E-ENGINE"),
        ("k\n1\n", {"--out": "result.xlsx"}, "E-ENDING"),
    ],
)
def test_faults_are_coded_and_leave_nothing(
    text: str,
    options: dict[str, str],
    code: str,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "members.csv").write_text(text)
    words = {"--members": "members.csv", "--times": "0,1", "--out": "out.parquet", **options}
    assert run(model, *(w for pair in words.items() for w in pair), "--json") == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == code
    assert sorted(p.name for p in tmp_path.iterdir()) == ["decay.ant", "members.csv"]


def test_missing_files_are_coded(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.parquet"
    assert run(tmp_path / "no.xml", "--times", "0,1", "--out", out) == 2
    assert run(model, "--members", tmp_path / "no.csv", "--times", "0,1", "--out", out) == 2
    assert capsys.readouterr().err.count("E-FILE") == 2


EVENTS = """
model pills
  x = 0; n = 0; x' = -k*x; k = 0.1; tau = 1.5; level = 2
  at time - n*tau >= tau: x = x + 1, n = n + 1
  at x > level: x = 0.5*x
end
"""


@pytest.mark.parametrize(
    ("text", "engine", "count"),
    [(MODEL, "reference", 100), (EVENTS, "simd", 300)],
    ids=["reference", "simd-events"],
)
def test_a_run_that_is_killed_goes_on_and_gives_the_same_bytes(
    tmp_path: Path, text: str, engine: str, count: int
) -> None:
    model, members = tmp_path / "model.ant", tmp_path / "members.parquet"
    model.write_text(text)
    pl.DataFrame({"k": np.linspace(0.05, 0.5, count)}).write_parquet(members)
    whole, killed = tmp_path / "whole.parquet", tmp_path / "killed.parquet"
    words = ["simulate", str(model), "--members", str(members), "--times", "0:20:1", "--chunk", "5"]
    words += ["--engine", engine]
    assert main([*words, "--out", str(whole)]) == 0
    command = [sys.executable, "-m", "epsom", *words, "--out", str(killed)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    parts = tmp_path / "killed.parquet.parts"
    while process.poll() is None and len(list(parts.glob("part-*"))) < 3:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not killed.exists()
    made = len(list(parts.glob("part-*")))
    assert 3 <= made < count / 5
    again = subprocess.run([*command, "--json"], env=environment, capture_output=True, text=True, check=True)
    summary = json.loads(again.stdout)
    assert (summary["resumed_members"], summary["engine"]) == (5 * made, engine)
    assert killed.read_bytes() == whole.read_bytes()
    assert not parts.exists()


def test_members_of_one_name_are_counted_apart(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = tmp_path / "members.csv"
    members.write_text("member,k\ntwin,0.1\ntwin,\n")
    words = ("--members", members, "--times", "0,1,2", "--out", tmp_path / "out.parquet")
    assert run(model, *words, "--json") == 3
    assert json.loads(capsys.readouterr().out)["status"] == {"bad_input": 1, "ok": 1}


def test_parts_of_another_run_are_not_used(model: Path, tmp_path: Path) -> None:
    from epsom.study.chunks import Chunks

    out = tmp_path / "out.parquet"
    first = Chunks(out, {"seed": 1}, 2)
    first.open()
    first.write(0, pl.DataFrame({"member": [1], "status": ["ok"]}))
    assert Chunks(out, {"seed": 1}, 2).open() == 1
    assert Chunks(out, {"seed": 2}, 2).open() == 0


def test_single_precision_is_asked_for_by_name(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.parquet"
    assert run(model, "--times", "0:10:5", "--out", out, "--precision", "single", "--json") == 0
    recipe = json.loads(capsys.readouterr().out)["recipe"]
    assert (recipe["precision"], recipe["rtol"], recipe["atol"]) == ("single", 1e-4, 1e-4)
    found = pl.read_parquet(out)["S"].to_numpy()
    exact = 10 * np.exp(-0.1 * np.array([0.0, 5.0, 10.0]))
    assert found == pytest.approx(exact, rel=1e-3)
    assert (found == found.astype(np.float32)).all()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--precision", "single", "--rtol", "1e-6"], "E-RTOL-SINGLE"),
        (["--precision", "half"], "E-PRECISION"),
        (["--precision", "single", "--engine", "reference"], "E-PRECISION"),
    ],
)
def test_precision_at_fault_is_named(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    out = tmp_path / "out.parquet"
    assert run(model, "--times", "0:10:5", "--out", out, *words) == 2
    assert code in capsys.readouterr().err
    assert not out.exists()


def test_windows_and_parts_of_any_size_give_the_same_rows(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members, out = tmp_path / "members.parquet", tmp_path / "out.parquet"
    rates = np.linspace(0.05, 0.5, 23)
    pl.DataFrame({"member": [f"m{k}" for k in range(23)], "k": rates}).write_parquet(members)
    found = []
    for chunk, window in ((100, 1_000_000), (4, 1_000_000), (4, 16 * 6), (5, 1)):
        monkeypatch.setattr("epsom.study.members_table.WINDOW_BYTES", window)
        assert run(model, "--members", members, "--times", "0:4:4", "--out", out, "--chunk", chunk) == 0
        found.append(pl.read_parquet(out))
    for table in found[1:]:
        assert table.equals(found[0])
    assert found[0]["member"].to_list() == [f"m{k}" for k in range(23) for _ in range(2)]
