"""The command ``epsom evidence``: output that fits, JSON that parses, errors with status 2."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from epsom.cli.main import main


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["evidence", *words])
    return status, capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "words", [("list", "--outcome", "fmd"), ("show", "joris_2016"), ("check",)], ids=lambda w: w[0]
)
def test_tables_fit_in_eighty_columns(
    words: tuple[str, ...], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out = _run(capsys, *words, "--lang", language)
    assert status == 0
    assert max(len(line) for line in out.splitlines()) <= 80


def test_json_carries_provenance_and_the_hash(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = _run(capsys, "show", "bain2015_epicn_men", "--json")
    found = json.loads(out)
    assert len(found["hash"]) == 64
    record = found["records"][0]
    assert record["publication"]["doi"] == "10.1016/j.ijcard.2015.05.166"
    assert len(record["levels"]) == 4


def test_the_schema_of_every_table_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = _run(capsys, "check", "--schema")
    assert "standing" in json.loads(out)["trials"]["properties"]


@pytest.mark.parametrize("words", [("list", "--outcome", "crp"), ("answer", "crp")], ids=lambda w: w[0])
def test_csv_has_a_row_for_each_line(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.csv"
    _, out = _run(capsys, *words, "--csv", str(path), "--json")
    found = json.loads(out)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(found.get("records") or found["lines"])


def test_an_unknown_study_is_an_input_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", "show", "nobody_1900"]) == 2
    assert "E-EVIDENCE-RECORD" in capsys.readouterr().err


def test_add_accepts_a_sheet_and_lists_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "mine.csv"
    sheet.write_text("study,outcome,measure,estimate,se\nA,sbp,MD,-2,1\nB,sbp,MD,-1,0.5\n", encoding="utf-8")
    assert _run(capsys, "add", str(sheet), "--json")[0] == 0
    sheet.write_text("study,outcome,measure,estimate,se\nA,sbp,MD,-2,0\n", encoding="utf-8")
    assert main(["evidence", "add", str(sheet), "--json"]) == 2
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert (errors[0]["code"], errors[0]["row"], errors[0]["field"]) == ("E-SHEET-SE", 1, "se")
