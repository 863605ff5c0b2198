"""The real survey: every reference number, and the merged table cell by cell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from epsom.cli.main import main
from epsom.people.survey.cycles import find_cycle
from epsom.people.survey.store import open_survey, people_of_cycle
from epsom.people.survey.summary import summarise
from tests.shared_data import shared

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "validation"))

import nhanes_reference  # noqa: E402

_MERGED = {
    "2017-2018": "nhanes_2017_2018.csv",
    "2009-2010": "nhanes_2009_2010.csv.gz",
    "2011-2012": "nhanes_2011_2012_mortality.csv.gz",
}


@pytest.fixture(scope="module")
def folder() -> Path:
    return shared("data", "nhanes")


@pytest.fixture(scope="module", params=sorted(_MERGED))
def people(request: pytest.FixtureRequest, folder: Path) -> pl.DataFrame:
    return people_of_cycle(folder, find_cycle(request.param))


def test_every_reference_number_is_met_to_its_printed_digits(people: pl.DataFrame) -> None:
    reference = json.loads(shared("reference", "nhanes_summary.json").read_text())["cycles"]
    theirs = reference[people["cycle"][0]]
    result = nhanes_reference.compare(summarise(people), theirs, nhanes_reference.decimals(reference))
    assert result["failures"] == []
    assert result["passed"] > 2600


def test_the_merged_table_is_met_cell_by_cell(people: pl.DataFrame) -> None:
    path = shared("data", "nhanes", "analytic", _MERGED[people["cycle"][0]])
    theirs = pl.read_csv(path, null_values=["", "NA"], infer_schema_length=None)
    assert len(people) == len(theirs)
    for name in theirs.columns:
        if theirs[name].dtype == pl.String:
            assert (people[name].eq_missing(theirs[name])).all(), name
        else:
            mine, other = (x[name].cast(pl.Float64).fill_null(-1e9).to_numpy() for x in (people, theirs))
            # The merged file is written with six decimals: half of the last one, and rounding of floats.
            assert np.abs(mine - other).max() <= 0.5e-6 + 1e-9, name


def test_the_validation_script_speaks_json(folder: Path) -> None:
    reference = shared("reference", "nhanes_summary.json")
    done = subprocess.run(
        [
            sys.executable, ROOT / "validation" / "nhanes_reference.py", "--data", folder,
            "--cycle", "2009-2010", "--reference", reference, "--json",
        ],
        capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert (done.returncode, told["failed"], told["skipped"]) == (0, 0, 0)


def test_the_command_writes_a_table_that_opens_again(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "nhanes", "2011-2012", "--from", str(folder), "--to", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    people = open_survey("2011-2012", tmp_path)
    assert told["people"] == len(people) == 9756
    assert "permth_int" in people.columns
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "nhanes_2011-2012.json", "nhanes_2011-2012.parquet"
    ]  # fmt: skip
