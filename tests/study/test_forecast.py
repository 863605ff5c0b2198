"""A forecast as its users meet it: two futures of the same person, with the same luck."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from epsom.base.i18n import Translator
from epsom.cli.commands.forecast import EXAMPLE
from epsom.cli.main import main
from epsom.engine.registry import engine
from epsom.people.people import people_from_rows
from epsom.people.row import read_row
from epsom.report.forecast.terminal import render
from epsom.study.forecast import Forecast, Settings, forecast
from epsom.study.parameter_draws import draw_parameters
from epsom.study.summary import summarise

FEW = Settings(draws=3, seed=1)


def _forecast(settings: Settings = FEW, **changes: Any) -> Forecast:
    row = read_row({**EXAMPLE, "years": 2, **changes})
    assert row.problems == ()
    return forecast(people_from_rows([row], ["1"]), engine(settings.engine), settings)


@pytest.fixture(scope="module")
def example() -> Forecast:
    return _forecast()


def test_a_supplement_of_zero_is_no_supplement_bit_for_bit() -> None:
    nothing = _forecast(supplement_mg_per_day=0, doses_per_day=4, with_meals="no", compound="oxide")
    assert np.array_equal(nothing.without, nothing.with_plan)


def test_both_futures_start_alike_and_then_differ(example: Forecast) -> None:
    sbp = example.names.index("sbp")
    assert example.without[0, 0, 0, sbp] == pytest.approx(142.0, abs=1e-6)
    assert example.with_plan[0, 0, 0, sbp] == pytest.approx(142.0, abs=1e-6)
    assert example.with_plan[0, 0, -1, sbp] < example.without[0, 0, -1, sbp]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    first, second = _forecast(years=0.5), _forecast(years=0.5)
    assert first.with_plan.tobytes() == second.with_plan.tobytes()
    other = _forecast(Settings(draws=3, seed=2), years=0.5)
    assert first.with_plan[:, 1:].tobytes() != other.with_plan[:, 1:].tobytes()


def test_more_draws_keep_the_first_ones() -> None:
    assert np.array_equal(draw_parameters(5, 3).values, draw_parameters(5, 30).values[:3])


def test_a_person_does_not_depend_on_the_company() -> None:
    rows = [read_row({**EXAMPLE, "years": 1, "age_years": age}) for age in (40, 55, 70)]
    together = forecast(people_from_rows(rows, ["a", "b", "c"]), engine("reference"), FEW)
    alone = forecast(people_from_rows(rows[1:2], ["b"]), engine("reference"), FEW)
    assert np.array_equal(together.with_plan[1], alone.with_plan[0])


def test_each_outcome_carries_certainty_sources_and_an_interval(example: Forecast) -> None:
    for found in summarise(example, 0):
        assert found.outcome.certainty in (
            "established",
            "moderate",
            "contested",
            "association_only",
            "animal_only",
        )
        assert found.outcome.source_keys
        assert found.difference.low[-1] <= found.difference.high[-1]


def test_people_whose_facts_contradict_each_other_get_an_error_that_names_them(capsys: Any) -> None:
    words = [
        "forecast",
        "--age",
        "60",
        "--sex",
        "male",
        "--intake",
        "990",
        "--set",
        "serum_mg_mmol_per_l=0.31",
    ]
    assert main([*words, "--set", "egfr_ml_per_min=16", "--draws", "0"]) == 2
    assert "E-INTAKE-FILTRATION" in capsys.readouterr().err


def test_intake_and_serum_that_hardly_fit_are_a_warning() -> None:
    odd = _forecast(serum_mg_mmol_per_l=1.3, years=0.1, supplement_mg_per_day=200)
    assert [p.code for p in odd.problems[0]] == ["W-THRESHOLD"]
    assert odd.possible[0]


def test_a_crp_of_acute_illness_is_a_warning() -> None:
    ill = _forecast(years=0.1, crp_mg_per_l=40, supplement_mg_per_day=100)
    assert [p.code for p in ill.problems[0]] == ["W-CRP-ACUTE"]


def test_a_dose_above_an_upper_level_and_weak_kidneys_are_warnings() -> None:
    warned = _forecast(years=0.1, egfr_ml_per_min=45)
    assert [p.code for p in warned.problems[0]] == ["W-UPPER-LEVEL", "W-KIDNEY"]
    assert "EFSA 250" in warned.problems[0][0].words(Translator("en"))[0]
    assert "IOM" not in warned.problems[0][0].words(Translator("en"))[0]
    assert _forecast(years=0.1, supplement_mg_per_day=250).problems[0] == ()


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("width", [80, 46])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_terminal_text_fits_and_is_complete(
    example: Forecast, language: str, width: int, ascii_only: bool
) -> None:
    text = render(example, 0, Translator(language), width=width, ascii_only=ascii_only)
    assert [line for line in text.splitlines() if len(line) > width] == []
    assert not ascii_only or text.isascii()
    assert ("niet medisch" in text or "geen medisch advies" in text) == (language == "nl")


def test_json_has_the_stable_shape(capsys: Any) -> None:
    person = ["--age", "61", "--sex", "male", "--intake", "210", "--sbp", "150"]
    plan = ["--supplement", "350", "--compound", "oxide", "--years", "1"]
    assert main(["forecast", "--json", "--draws", "2", *person, *plan]) == 0
    shape = json.loads(capsys.readouterr().out)
    assert {"person", "intervention", "assumed", "outcomes", "manifest"} <= set(shape)
    wanted = {
        "name",
        "unit",
        "at_years",
        "without",
        "with",
        "difference",
        "low",
        "high",
        "certainty",
        "sources",
    }
    for outcome in shape["outcomes"]:
        assert wanted <= set(outcome)
        assert outcome["difference"] == pytest.approx(outcome["with"] - outcome["without"], abs=1e-9)
    assert shape["person"]["sex"] == "male"
    assert "ldl_mmol_per_l" in {fact["name"] for fact in shape["assumed"]}


def test_a_person_file_flags_and_units_mean_the_same(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "person.toml"
    path.write_text(
        '[person]\nage_years = 61\nsex = "man"\nintake_mmol_per_day = 10\n'
        "[intervention]\nsupplement_mg_per_day = 350\n"
    )
    flags = ["--age", "61", "--sex", "male", "--intake", "10 mmol/day", "--supplement", "350"]
    found = []
    for words in ([str(path)], flags):
        assert main(["forecast", *words, "--json", "--draws", "0", "--years", "0.5"]) == 0
        found.append(json.loads(capsys.readouterr().out)["outcomes"])
    assert found[0] == found[1]


def test_a_table_keeps_a_row_and_a_status_for_everybody(tmp_path: Path, capsys: Any) -> None:
    source, target = tmp_path / "people.csv", tmp_path / "out.parquet"
    rows = (
        "id,age_years,sex,intake_mg_per_day,sbp_mmhg",
        "a,61,male,210,150",
        "b,61,male,9.9,150",
        "c,40,female,300,",
    )
    source.write_text("\n".join(rows) + "\n")
    words = [
        "forecast",
        str(source),
        "--supplement",
        "300",
        "--years",
        "0.5",
        "--out",
        str(target),
        "--draws",
        "2",
    ]
    assert main(words) == 3
    table = pl.read_parquet(target)
    assert table["id"].to_list() == ["a", "b", "c"]
    assert table["status"].to_list() == ["ok", "E-RANGE-UNIT", "ok"]
    assert table["sbp_difference"].is_null().to_list() == [False, True, False]
    assert "E-RANGE-UNIT: 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--age", "61"], "E-MISSING"),
        (["--age", "61", "--sex", "male", "--intake", "9.9"], "E-RANGE-UNIT"),
        (["--age", "61", "--sex", "male", "--intake", "10 apples"], "E-UNIT"),
        (["--set", "oops"], "E-SET"),
        (["--engine", "abacus"], "E-ENGINE"),
        (["--draws", "-1"], "E-DRAWS"),
        (["--seed", "-1"], "E-SEED"),
        (["nobody.csv"], "E-FILE"),
        (["nobody.toml"], "E-FILE"),
        (["--out", "x.csv"], "E-OUT"),
    ],
)
def test_bad_input_is_a_coded_error_and_writes_nothing(
    words: list[str], code: str, capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["forecast", *words]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(code)
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_plan_without_a_person_changes_the_worked_example(capsys: Any) -> None:
    assert main(["forecast", "--years", "1", "--supplement", "100", "--draws", "0", "--json"]) == 0
    shape = json.loads(capsys.readouterr().out)
    assert shape["person"]["age_years"] == EXAMPLE["age_years"]
    assert shape["intervention"]["supplement_mg_per_day"] == 100.0
    assert main(["forecast", "--years", "0"]) == 2
    assert capsys.readouterr().err.startswith("E-RANGE")
