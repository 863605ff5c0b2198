"""``epsom data reference``: a table of synthetic people and its manifest."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from epsom.cli.main import main
from epsom.people.reading import read_people


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_the_same_request_gives_the_same_bytes(tmp_path: Path, ending: str) -> None:
    paths = [tmp_path / f"{name}{ending}" for name in ("one", "two")]
    for path in paths:
        assert main(["data", "reference", "Netherlands", "--people", "50", "--to", str(path)]) == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()
    table = pl.read_csv(paths[0]) if ending == ".csv" else pl.read_parquet(paths[0])
    assert len(table) == 50
    manifest = json.loads(paths[0].with_suffix(".json").read_text(encoding="utf-8"))
    assert manifest["columns"] == table.columns
    assert "sbp_mmhg" in manifest["borrowed"]
    assert manifest["seed"] == 1


def test_more_people_begin_with_the_same_people(tmp_path: Path) -> None:
    for n in (10, 30):
        main(["data", "reference", "USA", "--people", str(n), "--to", str(tmp_path / f"{n}.parquet")])
    few, many = (pl.read_parquet(tmp_path / f"{n}.parquet") for n in (10, 30))
    assert many.head(10).equals(few)


def test_a_forecast_can_read_what_is_meant_for_it(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    main(["data", "reference", "Netherlands", "--people", "40", "--for", "forecast", "--to", str(path)])
    people = read_people(path)
    assert len(people) == 40
    assert people.good.all()


def test_every_score_can_read_the_population(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "people.parquet"
    main(["data", "reference", "USA", "--people", "60", "--to", str(path)])
    capsys.readouterr()
    for score in (
        "framingham_cvd_2008_lipid",
        "prevent_base",
        "metabolic_syndrome_2009",
        "score2",
        "pce_2013",
    ):
        assert main(["risk", score, str(path), "--region", "low", "--json"]) in (0, 3)
        rows = json.loads(capsys.readouterr().out)["rows"]
        assert {row["status"] for row in rows} <= {"ok", "not_applicable"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["Belgium"], "E-COUNTRY"),
        (["USA", "--people", "0"], "E-REFERENCE-PEOPLE"),
        (["USA", "--seed", "-1"], "E-SEED"),
        (["USA", "--to", "people.txt"], "E-RISK-ENDING"),
    ],
)
def test_faults_are_coded_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: list[str], code: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["data", "reference", *words]) == 2
    assert code in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
