"""Names of cycles and tables of people."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from epsom.base.errors import EpsomError
from epsom.cli.main import main
from epsom.people.survey.store import open_survey
from tests.survey.transport import transport


def _code(caught: pytest.ExceptionInfo[EpsomError]) -> str:
    return caught.value.problems[0].code


def test_a_cycle_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "nhanes", "2016-2017"]) == 2
    assert "E-CYCLE" in capsys.readouterr().err


def test_a_survey_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EpsomError) as caught:
        open_survey("2017-2018", tmp_path)
    assert _code(caught) == "E-SURVEY-ABSENT"
    with pytest.raises(EpsomError) as caught:
        open_survey("1817-1818", tmp_path)
    assert _code(caught) == "E-CYCLE"


def test_another_parquet_file_is_no_survey(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(EpsomError) as caught:
        open_survey(str(tmp_path / "a.parquet"), tmp_path)
    assert _code(caught) == "E-SURVEY-COLUMNS"


def test_missing_tables_are_all_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "demo_e.xpt").write_bytes(transport({"SEQN": [1.0]}))
    assert main(["data", "nhanes", "2007-2008", "--from", str(tmp_path), "--to", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "DR1TOT_E" in said
    assert "DR2TOT_E" in said
    assert not (tmp_path / "out").exists()
