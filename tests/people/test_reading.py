"""Facts as users give them: units, words, contradictions, tables; faults name file, row and field."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epsom.base.errors import EpsomError
from epsom.base.i18n import Translator
from epsom.people.fields import accepted_names, person_fields
from epsom.people.reading import read_people, read_person_file
from epsom.people.row import read_row

GOOD = {"age_years": 61, "sex": "male", "intake_mg_per_day": 210}


def _codes(record: dict[str, object]) -> list[str]:
    return [p.code for p in read_row(record).problems]


def test_four_facts_suffice_and_pressure_may_be_unknown() -> None:
    assert _codes({**GOOD, "sbp_mmhg": "unknown"}) == []
    assert _codes({**GOOD, "sbp_mmhg": "onbekend"}) == []


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({**GOOD, "intake_mg_per_day": 9.9}, "E-RANGE-UNIT"),
        ({**GOOD, "intake_mmol_per_day": 210, "intake_mg_per_day": None}, "E-RANGE-UNIT"),
        ({**GOOD, "serum_mg_mmol_per_l": 2.02}, "E-RANGE-UNIT"),
        ({**GOOD, "age_years": 7}, "E-RANGE"),
        ({**GOOD, "age_years": "old"}, "E-NUMBER"),
        ({**GOOD, "age_years": float("inf")}, "E-NUMBER"),
        ({**GOOD, "sex": "x"}, "E-CHOICE"),
        ({**GOOD, "smoker": "sometimes"}, "E-FLAG"),
        ({**GOOD, "sbp_mmhg": 80, "dbp_mmhg": 120}, "E-PRESSURES"),
        ({**GOOD, "bloodpressure": 140}, "E-KEY-UNKNOWN"),
        ({**GOOD, "sbp_mmHg": 140}, "E-KEY"),
        ({**GOOD, "sbp_mmhg": [140]}, "E-NUMBER"),
        ({**GOOD, "intake_mmol_per_day": 9.9}, "E-TWICE"),
        ({**GOOD, "pregnant": "ja"}, "E-UNSUITABLE-PREGNANT"),
        ({**GOOD, "egfr_ml_per_min": 11}, "E-UNSUITABLE-KIDNEY"),
        ({"sex": "male", "intake_mg_per_day": 210}, "E-MISSING"),
        ({**GOOD, "age_years": "NaN"}, "E-MISSING"),
    ],
)
def test_each_fault_has_its_code_and_reads_in_both_languages(record: dict[str, object], code: str) -> None:
    (problem,) = read_row(record).problems
    assert problem.code == code
    assert problem.field
    for language in ("en", "nl"):
        what, do = problem.words(Translator(language))
        assert what
        assert do


def test_a_value_in_the_other_unit_is_asked_about_not_guessed() -> None:
    (problem,) = read_row({**GOOD, "intake_mg_per_day": 9.9}).problems
    assert "mmol/day" in problem.words(Translator("en"))[1]
    assert "240.6" in problem.words(Translator("en"))[1]


def test_all_faults_of_a_row_are_told_at_once() -> None:
    assert _codes({"age_years": 7, "sex": "x", "intake_mg_per_day": -3}) == ["E-RANGE", "E-CHOICE", "E-RANGE"]


@given(
    st.sampled_from(sorted(n for n, named in accepted_names().items() if not named.field.choices)), st.data()
)
def test_any_unit_of_a_fact_gives_the_same_value(name: str, data: st.DataObject) -> None:
    named = accepted_names()[name]
    if named.field.is_flag:
        return
    value = data.draw(st.floats(named.field.low, named.field.high))
    margin = 1e-9 * max(abs(named.field.low), abs(named.field.high))
    if not named.field.low + margin < value < named.field.high - margin:
        return
    row = read_row({name: value / named.factor}, require=False)
    assert row.values[named.field.name] == pytest.approx(value, rel=1e-12)


def test_numbers_may_have_a_decimal_comma() -> None:
    assert read_row({**GOOD, "crp_mg_per_l": "2,5"}).values["crp_mg_per_l"] == 2.5


def test_one_bad_row_does_not_lose_the_others(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "id,age_years,sex,intake_mg_per_day,sbp_mmhg\na,61,male,210,150\nb,-3,male,210,150\nc,40,vrouw,9.9,\n"
    )
    people = read_people(path)
    assert people.ids == ("a", "b", "c")
    assert people.good.tolist() == [True, False, False]
    (problem,) = people.problems[2]
    assert (problem.file, problem.row, problem.field) == (str(path), 3, "intake_mg_per_day")
    assert np.isnan(people.numbers["age_years"]).tolist() == [False, True, True]


def test_csv_and_parquet_read_alike(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"age_years": [61, 40], "sex": ["male", "female"], "intake_mg_per_day": [210.0, 300.0]}
    )
    frame.write_csv(tmp_path / "p.csv")
    frame.write_parquet(tmp_path / "p.parquet")
    left, right = read_people(tmp_path / "p.csv"), read_people(tmp_path / "p.parquet")
    for name in person_fields():
        if name in left.numbers:
            assert np.array_equal(left.numbers[name], right.numbers[name], equal_nan=True)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("none.csv", None, "E-FILE"),
        ("empty.csv", "age_years,sex,intake_mg_per_day\n", "E-EMPTY"),
        ("missing.csv", "age_years,sex\n40,male\n", "E-MISSING"),
        ("unknown.csv", "age_years,sex,intake_mg_per_day,shoe_size\n40,male,300,42\n", "E-KEY-UNKNOWN"),
        ("twice.csv", "age_years,age_years,sex,intake_mg_per_day\n40,41,male,300\n", "E-TWICE"),
        ("binary.parquet", "this is no parquet file", "E-FILE"),
    ],
)
def test_a_table_that_is_wrong_as_a_whole_is_refused(
    tmp_path: Path, name: str, content: str | None, code: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(EpsomError) as caught:
        read_people(path)
    assert caught.value.problems[0].code == code
    assert caught.value.problems[0].file == str(path)


def test_a_huge_table_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(1024**3)
    with pytest.raises(EpsomError) as caught:
        read_people(path)
    assert caught.value.problems[0].code == "E-SIZE"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[person\nage_years = 3", "E-FILE"),
        ('schema = "epsom/person/9"\n', "E-SCHEMA"),
        ("[person]\nage_years = 61\n[pets]\ncat = 1\n", "E-KEY-UNKNOWN"),
        ("person = 3\n", "E-KEY-UNKNOWN"),
    ],
)
def test_a_person_file_that_is_wrong_as_a_whole_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "person.toml"
    path.write_text(text)
    with pytest.raises(EpsomError) as caught:
        read_person_file(path)
    assert caught.value.problems[0].code == code
