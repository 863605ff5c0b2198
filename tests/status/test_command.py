"""``epsom status``: one person, a table, bad input; both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from epsom.cli.main import main

PERSON = """
schema = "epsom/person/1"
[person]
name = "Anna"
age_years = 58
sex = "vrouw"
current_supplement_mg_per_day = 100
serum_mg_mg_per_dl = 1.9
creatinine_umol_per_l = 90
drinks_per_day = 0.5
thiazide = "ja"
ppi = "nee"
medicines = ["levothyroxine 50 mcg", "alendroninezuur", "paracetamol"]
[intervention]
supplement_mg_per_day = 200
[recall]
days_mg_per_day = [240, 180, 305]
[loading_test]
loading_dose_mmol = 30
urine_mg_before_mmol = 3.5
urine_mg_after_mmol = 25
"""


def _file(tmp_path: Path, text: str, name: str = "a.toml") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_person_in_full(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", _file(tmp_path, PERSON), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["person"]["serum_mg_mmol_per_l"] == pytest.approx(1.9 * 0.41144)
    assert found["intake"]["days"] == 3
    assert found["intake"]["low"] < found["intake"]["usual"] < found["intake"]["high"]
    chances = found["probability_of_inadequacy"]
    assert 0 < chances["with_supplement"] < chances["food"] < 1
    assert {a["body"] for a in found["adequacy"]} == {"iom", "efsa", "health_council_nl", "dach", "nnr", "uk"}
    assert found["depletion_score"] == {
        "least": 2, "most": 2, "group": "middle",
        "parts": {"diuretic": 1.0, "ppi": 0.0, "kidney": 1.0, "alcohol": 0.0},
    }  # fmt: skip
    assert [c["id"] for c in found["cautions"]] == ["bisphosphonate", "levothyroxine", "thiazide_or_loop"]
    assert found["unknown_words"] == ["paracetamol"]
    assert found["loading_test"]["retained_percent"] == pytest.approx(100 * (1 - 21.5 / 30))


@pytest.mark.parametrize(("language", "word"), [("en", "Ask your doctor"), ("nl", "Vraag uw arts")])
def test_the_text_in_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, word: str
) -> None:
    assert main(["status", _file(tmp_path, PERSON), "--lang", language]) == 0
    said = capsys.readouterr().out
    assert word in said
    assert ("0,78" in said) == (language == "nl")
    assert all(len(line) <= 100 for line in said.splitlines())


def test_pregnancy_and_kidney_failure_are_read_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "[person]\nage_years = 30\nsex = 'female'\npregnant = 'yes'\negfr_ml_per_min = 12\n"
    assert main(["status", _file(tmp_path, text + "current_supplement_mg_per_day = 300\n"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["person"]["state"] == "pregnancy"
    assert [c["id"] for c in found["cautions"]] == ["kidney_failure", "pregnant"]


def test_a_faulty_row_loses_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = (
        "id,age_years,sex,intake_mg_per_day,serum_mg_mmol_per_l,medicines\n"
        'a,45,f,300,0.9,omeprazole;digoxin\nb,200,m,300,,\nc,30,m,"250,5",0.65,\n'
    )
    assert main(["status", _file(tmp_path, table, "p.csv"), "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert [p["person"]["name"] for p in found["people"]] == ["a", "c"]
    assert [(e["row"], e["field"]) for e in found["errors"]] == [(2, "age_years")]
    assert found["people"][1]["intake"]["usual"] == 250.5
    assert found["people"][0]["depletion_score"]["parts"]["ppi"] == 1.0
    assert main(["status", _file(tmp_path, table, "p.csv")]) == 3
    assert "E-RANGE" in capsys.readouterr().err


def test_days_may_be_lists_of_foods(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "[person]\nage_years = 30\nsex = 'female'\n"
    text += "[recall]\ndays = ['100 g almonds, 2 bananas', '3 coffee{}']\n"
    assert main(["status", _file(tmp_path, text.format("")), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["intake"]
    assert found["days"] == 2
    assert found["mean_of_days"] == pytest.approx((270 + 2.4 * 27 + 4.5 * 3) / 2)
    assert main(["status", _file(tmp_path, text.format(", 20 almonds"))]) == 2
    assert "E-FOODS-UNSURE" in capsys.readouterr().err


def test_a_dutch_spreadsheet_has_semicolons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = "name;age_years;sex;intake_mg_per_day\nBo;45;m;312,5\n"
    assert main(["status", _file(tmp_path, table, "p.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["people"][0]
    assert (found["person"]["name"], found["intake"]["usual"]) == ("Bo", 312.5)


@pytest.mark.parametrize(
    ("header", "code"), [("id,age_years,sex,shoe", "E-KEY"), ("id,age_years,sex,sex", "E-TWICE")]
)
def test_faulty_columns_are_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], header: str, code: str
) -> None:
    table = f"{header}\n" + "a,45,f,f\n" * 3
    assert main(["status", _file(tmp_path, table, "p.csv"), "--json"]) == 2
    assert [e["code"] for e in json.loads(capsys.readouterr().out)["errors"]] == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[person]\nage_years = 30\n", "E-MISSING"),
        ("[person]\nage_years = 30\nsex = 'female'\nshoe_size = 40\n", "E-KEY"),
        ("[person]\nage_years = 30\nsex = 'female'\nserum_mg_mmol_per_l = 1.9e9\n", "E-RANGE"),
        ("[person]\nage_years = 30\nsex = 'female'\ncreatinine_mg_per_dl = 88\n", "E-RANGE-UNIT"),
        ("[nonsense]\n", "E-KEY"),
        ("schema = 'epsom/trial/1'\n", "E-SCHEMA"),
        ("not toml at all", "E-FILE"),
    ],
)
def test_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: str) -> None:
    assert main(["status", _file(tmp_path, text)]) == 2
    assert code in capsys.readouterr().err


def test_one_of_two_must_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 2
    assert "E-STATUS-WHAT" in capsys.readouterr().err
