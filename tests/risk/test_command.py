"""``epsom risk`` as a user meets it: one person, a table, bad rows, units, files whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from epsom.cli.main import main
from epsom.risk.scores import names

ONE = ["--age", "57", "--sex", "vrouw", "--sbp", "142", "--bp-treated", "nee", "--smoker", "nee",
       "--diabetes", "no", "--hdl-mmol-l", "1,4"]  # fmt: skip
TABLE = """id,sex,age,sbp,bp_treated,tc_mmol_l,hdl_mmol_l,smoker,diabetes
anna,female,57,142,no,5.8,1.4,no,no
bert,man,80,"151,5",ja,6.1,1.1,ja,nee
carl,m,50,abc,no,5,1,no,no
dora,v,44,120,no,210,1.4,no,no
erik,m,44,120,,5,1.4,,no
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["risk", *words])
    out = capsys.readouterr()
    return status, out.out, out.err


def test_one_person_in_two_languages(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("framingham_cvd_2008_lipid", *ONE, "--tc-mmol-l", "5.8")
    status, text, _ = run(capsys, *words)
    assert status == 0
    assert "9.1 %" in text
    assert text.index("risk within 10 years") < text.index("heart age")
    assert "D'Agostino" in text
    assert "9,1 %" in run(capsys, *words, "--lang", "nl")[1]


def test_json_of_one_person(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = run(capsys, "framingham_cvd_2008_lipid", *ONE, "--tc-mmol-l", "5.8", "--json")
    found = json.loads(text)
    assert status == 0
    assert found["rows"][0]["risk_10y"] == pytest.approx(0.0912230, abs=1e-7)
    assert found["outputs"]["heart_age_years"]["headline"] is False
    assert found["constants"] == "published"


def test_the_other_unit_is_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "framingham_cvd_2008_lipid", *ONE, "--tc-mmol-l", "224")
    assert (status, out) == (2, "")
    assert "E-RISK-UNIT" in err
    assert "total_cholesterol_mg_per_dl" in err


def test_one_bad_row_loses_no_other(capsys: pytest.CaptureFixture[str], people: Path) -> None:
    target = people.with_name("out.csv")
    status, text, _ = run(capsys, "framingham_cvd_2008_lipid", str(people), "--out", str(target))
    assert status == 3
    found = pl.read_csv(target)
    assert found["status"].to_list() == ["ok", "ok", "impossible", "unit", "missing"]
    assert found["risk_10y"].is_null().to_list() == [False, False, True, True, True]
    assert found["notes"][2] == "E-NUMBER sbp"
    assert "W-RISK-MOVED age_years" in found["notes"][1]
    assert "anna" in text
    assert "E-NUMBER" in text


def test_a_table_and_its_people_one_by_one_agree(
    capsys: pytest.CaptureFixture[str], people: Path, tmp_path: Path
) -> None:
    _, text, _ = run(capsys, "framingham_cvd_2008_lipid", str(people), "--json")
    together = {row["id"]: row for row in json.loads(text)["rows"]}
    lines = TABLE.splitlines()
    for line in lines[1:]:
        single = tmp_path / "one.csv"
        single.write_text(f"{lines[0]}\n{line}\n", encoding="utf-8")
        _, text, _ = run(capsys, "framingham_cvd_2008_lipid", str(single), "--json")
        (alone,) = json.loads(text)["rows"]
        assert alone == together[alone["id"]]


def test_parquet_in_and_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source, target = tmp_path / "people.parquet", tmp_path / "out.parquet"
    table = pl.DataFrame({"sex": ["male", "female"], "age_years": [50.0, 60.0], "sbp_mmhg": [120, 150],
                          "bmi_kg_per_m2": [25.0, None], "smoker": [True, False],
                          "antihypertensive": [0, 1], "type2_diabetes": [0, 0]})  # fmt: skip
    table.write_parquet(source)
    status, _, _ = run(capsys, "framingham_cvd_2008_bmi", str(source), "--out", str(target))
    assert status == 3
    assert pl.read_parquet(target)["status"].to_list() == ["ok", "missing"]


def test_a_flag_fills_a_column_that_the_table_lacks(capsys: pytest.CaptureFixture[str], people: Path) -> None:
    status, text, _ = run(capsys, "score2", str(people), "--region", "low", "--json")
    assert status == 3
    rows = json.loads(text)["rows"]
    assert rows[0]["status"] == "ok"
    assert all("region" not in (row["notes"] or "") for row in rows)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["grace", "--age", "50"], "E-RISK-SCORE"),
        (["score2", "--constants", "rough", "--age", "50"], "E-RISK-CONSTANTS"),
        (["score2", "--json"], "E-RISK-NOBODY"),
        (["score2", "nowhere.csv"], "E-FILE"),
        (["score2", "--age", "50", "--out", "x.csv"], "E-RISK-OUT"),
    ],
)
def test_faults_of_the_request(capsys: pytest.CaptureFixture[str], words: list[str], code: str) -> None:
    status, out, err = run(capsys, *words)
    assert status == 2
    assert code in out + err


def test_nothing_is_written_when_the_request_is_at_fault(
    capsys: pytest.CaptureFixture[str], people: Path
) -> None:
    before = sorted(people.parent.iterdir())
    assert run(capsys, "score2", str(people), "--out", str(people.with_name("out.txt")))[0] == 2
    assert run(capsys, "score2", str(people), "--out", str(people.with_name("no") / "out.csv"))[0] == 2
    people.write_text(TABLE.replace("bp_treated", "antihypertensve"), encoding="utf-8")
    status, _, err = run(capsys, "score2", str(people), "--out", str(people.with_name("out.csv")))
    assert status == 2
    assert "E-KEY" in err
    assert "antihypertensive" in err
    assert sorted(people.parent.iterdir()) == before
    assert run(capsys, "framingham_cvd_2008_lipid", str(people), "--ignore-unknown")[0] == 3


def test_a_column_like_no_other_is_refused_by_name(capsys: pytest.CaptureFixture[str], people: Path) -> None:
    people.write_text("sex,age,shoe\nman,50,43\n", encoding="utf-8")
    status, _, err = run(capsys, "findrisc", str(people))
    assert status == 2
    assert "E-RISK-COLUMN" in err


def test_a_dutch_spreadsheet_with_semicolons_is_read(
    capsys: pytest.CaptureFixture[str], people: Path
) -> None:
    header, anna = TABLE.splitlines()[:2]
    decimal = anna.replace(",", ";").replace("5.8", "5,8").replace("1.4", "1,4")
    people.write_text(f"{header.replace(',', ';')}\n{decimal}\n", encoding="utf-8")
    status, text, _ = run(capsys, "framingham_cvd_2008_lipid", str(people), "--json")
    assert status == 0
    assert json.loads(text)["rows"][0]["risk_10y"] == pytest.approx(0.0912230, abs=1e-7)


def test_assumptions_are_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("framingham_stroke_revised_2017", "--sex", "v", "--age", "70", "--sbp", "150", "--smoker", "nee",
             "--diabetes", "nee")  # fmt: skip
    for language in ("en", "nl"):
        status, text, _ = run(capsys, *words, "--lang", language)
        assert status == 0
        (line,) = [line for line in text.splitlines() if line.startswith("W-RISK-ASSUMED")]
        for fact in ("prior_cvd = 0", "atrial_fibrillation = 0", "years = 10"):
            assert fact in line


def test_the_register_and_the_needs_of_each_score(capsys: pytest.CaptureFixture[str]) -> None:
    for language in ("en", "nl"):
        status, text, _ = run(capsys, "list", "--lang", language)
        assert status == 0
        assert all(name in text for name in names())
        for name in names():
            status, text, _ = run(capsys, name, "--lang", language)
            assert status == 0
            assert "sex" in text
    found = json.loads(run(capsys, "list", "--json")[1])
    assert [entry["score"] for entry in found] == list(names())
    assert all(entry["doi"] for entry in found)


def test_help_names_other_spellings(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["risk", "--help"])
    assert "--bp-treated" in capsys.readouterr().out
