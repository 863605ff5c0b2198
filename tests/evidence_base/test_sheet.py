"""A user's sheet: every fault is found, names study and row, and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epsom.base.errors import EpsomError
from epsom.base.i18n import Translator
from epsom.evidence.base.sheet import Sheet, read_sheet

HEAD = "study,outcome,measure,exposure,unit,dose,estimate,ci_low,ci_high,se,reference,cases,persons\n"
GOOD = (
    HEAD + "A,hypertension,RR,dietary,mg/day,200,,,,,1,100,1000\n"
    "A,hypertension,RR,dietary,mg/day,300,0.90,0.80,1.01,,,90,1000\n"
    "B,hypertension,RR,dietary,mg/day,210,,,,,1,50,900\n"
    "B,hypertension,RR,dietary,mg/day,330,0.85,0.70,1.03,,,45,900\n"
)


def _read(tmp_path: Path, text: str) -> Sheet:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return read_sheet(path)


def test_a_good_sheet_is_accepted(tmp_path: Path) -> None:
    sheet = _read(tmp_path, GOOD)
    assert len(sheet.accept()) == 4
    assert sheet.warnings == ()


BAD = {
    "E-SHEET-SE": "A,x,MD,,,,1.0,,,0,,,\n",
    "E-SHEET-NO-SPREAD": "A,x,MD,,,,1.0,,,,,,\n",
    "E-SHEET-HALF": "A,x,RR,,,,0.9,0.8,,,,,\n",
    "E-SHEET-BOUNDS": "A,x,RR,,,,0.9,1.1,0.8,,,,\n",
    "E-SHEET-INTERVAL": "A,x,RR,,,,0.5,0.8,1.1,,,,\n",
    "E-SHEET-RATIO": "A,x,RR,,,,-0.1,,,0.1,,,\n",
    "E-SHEET-MEASURE": "A,x,beta,,,,0.9,,,0.1,,,\n",
    "E-SHEET-NUMBER": "A,x,RR,,,,nul,,,0.1,,,\n",
    "E-SHEET-EMPTY": ",x,RR,,,,0.9,,,0.1,,,\n",
    "E-SHEET-CASES": "A,x,RR,,,,0.9,,,0.1,,10,5\n",
    "E-SHEET-NEGATIVE": "A,x,RR,,,,0.9,,,0.1,,-1,5\n",
    "E-SHEET-UNIT": "A,x,RR,serum,mg/day,0.8,0.9,,,0.1,,,\n",
    "E-SHEET-EXPOSURE": "A,x,RR,hair,mg/day,0.8,0.9,,,0.1,,,\n",
    "E-SHEET-REFERENCE": "A,x,RR,,,,0.9,,,0.1,maybe,,\n",
    "E-SHEET-REFERENCE-SE": "A,x,RR,dietary,mg/day,200,1,,,0.1,1,,\nA,x,RR,dietary,mg/day,300,0.9,,,0.1,,,\n",
    "E-SHEET-REFERENCE-VALUE": "A,x,RR,dietary,mg/day,200,2,,,,1,,\nA,x,RR,dietary,mg/day,300,0.9,,,0.1,,,\n",
    "E-SHEET-TWO-REFERENCES": "A,x,RR,dietary,mg/day,200,1,,,,1,,\nA,x,RR,dietary,mg/day,300,1,,,,1,,\n",
    "E-SHEET-ONLY-REFERENCE": "A,x,RR,dietary,mg/day,200,1,,,,1,,\n",
    "E-SHEET-NO-REFERENCE": "A,x,RR,dietary,mg/day,200,0.9,,,0.1,,,\n"
    "A,x,RR,dietary,mg/day,300,0.8,,,0.1,,,\n",
    "E-SHEET-NO-DOSE": "A,x,RR,dietary,mg/day,200,1,,,,1,,\nA,x,RR,dietary,mg/day,,0.8,,,0.1,,,\n",
    "E-SHEET-MIXED": "A,x,RR,dietary,mg/day,200,1,,,,1,,\nA,x,HR,dietary,mg/day,300,0.8,,,0.1,,,\n",
    "E-SHEET-DUPLICATE": "A,x,MD,,,,1.0,,,0.1,,,\nA,x,MD,,,,1.0,,,0.1,,,\n",
    "E-SHEET-ZERO": "A,x,RR,dietary,mg/day,200,1,,,,1,0,9\nA,x,RR,dietary,mg/day,300,0.8,,,0.1,,0,9\n",
    "E-SHEET-MARGINS": "A,x,RR,dietary,mg/day,200,1,,,,1,9,9\nA,x,RR,dietary,mg/day,300,0.8,,,0.1,,9,9\n",
    "E-SHEET-WIDTH": "A,x,MD,,,,1.0,,,0.1,,,,,,,\n",
    "E-SHEET-MEASURES": "A,x,MD,,,,1.0,,,0.1,,,\nB,x,SMD,,,,0.5,,,0.1,,,\n",
    "W-SHEET-ASYMMETRIC": "A,x,RR,,,,0.83,0.50,0.90,,,,\n",
    "W-SHEET-SE-DIFFERS": "A,x,RR,,,,0.80,0.64,1.00,0.9,,,\n",
    "W-SHEET-DOSE": "A,x,RR,serum,mmol/L,2.0,0.9,,,0.1,,,\n",
    "W-SHEET-ONE-STUDY": "A,x,MD,,,,1.0,,,0.1,,,\n",
    "W-SHEET-TWIN": "A,x,MD,,,,1.0,,,0.1,,,\nB,x,MD,,,,1.0,,,0.1,,,\n",
    "W-SHEET-ORDER": "A,x,RR,dietary,mg/day,200,1,,,,1,,\nA,x,RR,dietary,mg/day,400,0.9,,,0.1,,,\n"
    "A,x,RR,dietary,mg/day,300,0.8,,,0.1,,,\n",
    "W-SHEET-SOME-COUNTS": "A,x,RR,dietary,mg/day,200,1,,,,1,9,90\nA,x,RR,dietary,mg/day,300,0.8,,,0.1,,,\n",
    "W-SHEET-CRUDE": "A,x,RR,dietary,mg/day,200,1,,,,1,9,90\nA,x,RR,dietary,mg/day,300,0.8,,,0.1,,80,90\n",
    "W-SHEET-NO-PERSONS": "A,x,RR,dietary,mg/day,200,1,,,,1,9,\nA,x,RR,dietary,mg/day,300,0.8,,,0.1,,9,\n",
    "W-SHEET-NO-CASES": "A,x,RR,dietary,mg/day,200,1,,,,1,9,90\nA,x,RR,dietary,mg/day,300,0.8,,,0.1,,0,90\n",
    "W-SHEET-MIXED-UNITS": "A,x,RR,serum,mmol/L,0.8,0.9,,,0.1,,,\nB,x,RR,serum,mg/dL,2.0,0.8,,,0.1,,,\n",
}


@pytest.mark.parametrize("code", sorted(BAD))
def test_each_fault_names_study_and_row_and_what_to_do(code: str, tmp_path: Path) -> None:
    sheet = _read(tmp_path, HEAD + BAD[code])
    found = {p.code: p for p in (*sheet.errors, *sheet.warnings)}
    assert code in found
    assert found[code].row is not None
    for language in ("en", "nl"):
        what, action = found[code].words(Translator(language))
        assert what
        assert action
    if code.startswith("E-"):
        with pytest.raises(EpsomError):
            sheet.accept()


def test_the_second_reference_names_the_first(tmp_path: Path) -> None:
    sheet = _read(tmp_path, HEAD + BAD["E-SHEET-TWO-REFERENCES"])
    problem = next(p for p in sheet.errors if p.code == "E-SHEET-TWO-REFERENCES")
    assert problem.row == 2
    assert problem.details["first"] == 1
    assert problem.details["study"] == "A"


@pytest.mark.parametrize("head", ["study,outcome,measure\n", HEAD.strip() + ",colour\n"])
def test_a_wrong_header_is_said_by_column(head: str, tmp_path: Path) -> None:
    assert {p.code for p in _read(tmp_path, head).errors} <= {"E-SHEET-COLUMN", "E-SHEET-UNKNOWN"}
    assert _read(tmp_path, head).errors


def test_an_empty_sheet_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    assert [p.code for p in _read(tmp_path, HEAD).errors] == ["E-SHEET-NO-ROWS"]
    with pytest.raises(EpsomError, match="E-FILE"):
        read_sheet(tmp_path / "nothing.csv")


def test_a_dutch_sheet_with_semicolons_and_commas_reads_the_same(tmp_path: Path) -> None:
    dutch = "\n".join(
        line.replace(",", ";").replace(".", ",") if number else line.replace(",", ";")
        for number, line in enumerate(GOOD.splitlines())
    )
    assert _read(tmp_path, dutch).rows == _read(tmp_path, GOOD).rows


@given(text=st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_text(HEAD + text, encoding="utf-8", errors="replace")
    sheet = read_sheet(path)
    assert all(p.code.startswith(("E-SHEET", "W-SHEET")) for p in (*sheet.errors, *sheet.warnings))
