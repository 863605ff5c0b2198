"""``epsom forecast --report``: a page beside the text, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from epsom.cli.main import main

QUICK = ["--age", "60", "--sex", "male", "--intake", "220", "--sbp", "145", "--supplement", "300"]
FEW = ["--years", "0.5", "--draws", "2"]


@pytest.mark.parametrize(("language", "word"), [("en", "without"), ("nl", "zonder")])
def test_the_report_is_written_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, word: str
) -> None:
    target = tmp_path / "report.html"
    assert main(["forecast", *QUICK, *FEW, "--report", str(target), "--lang", language]) == 0
    text = target.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert f'<html lang="{language}">' in text
    assert word in text
    assert str(target) in capsys.readouterr().out
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_with_json_standard_output_stays_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "report.html"
    assert main(["forecast", *QUICK, *FEW, "--json", "--report", str(target)]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["outcomes"]
    assert str(target) in shown.err


@pytest.mark.parametrize("name", ["report.pdf", "report"])
def test_another_ending_is_refused_before_anything_is_computed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["forecast", *QUICK, "--report", str(tmp_path / name)]) == 2
    assert "E-ENDING" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_table_has_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = tmp_path / "people.csv"
    people.write_text("age_years,sex,intake_mg_per_day,sbp_mmhg\n50,male,200,140\n", "utf-8")
    assert main(["forecast", str(people), "--report", str(tmp_path / "r.html")]) == 2
    assert "E-REPORT-TABLE" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["people.csv"]


def test_a_folder_that_is_not_there_is_an_error_of_the_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forecast", *QUICK, *FEW, "--report", str(tmp_path / "no" / "r.html")]) == 2
    assert "E-WRITE" in capsys.readouterr().err
