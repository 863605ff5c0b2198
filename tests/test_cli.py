"""The command line as a user meets it: help, faults of usage, languages."""

from __future__ import annotations

import json

import pytest

from epsom.cli.main import main


def test_help_lists_every_command_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "usage: epsom" in capsys.readouterr().out
    assert main(["--lang", "nl", "--help"]) == 0
    assert "gebruik: epsom" in capsys.readouterr().out


def test_unknown_command_is_a_coded_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frobnicate"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("E-COMMAND")
    assert "forecast" in err or "version" in err


def test_errors_have_one_json_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--json", "--nonsense"]) == 2
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert error["code"] == "E-USAGE"
    assert set(error) == {"code", "message", "file", "row", "field", "value", "unit", "expected", "action"}


def test_unknown_language_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "fr", "version"]) == 2
    assert "E-LANGUAGE" in capsys.readouterr().err
