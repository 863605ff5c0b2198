"""The pages about the evidence: their commands, sheet and Python run as printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from epsom.cli.main import main

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHEETS = {"en": "mine.csv", "nl": "mijn.csv"}


def _text(language: str) -> str:
    return (DOCS / language / "evidence.md").read_text(encoding="utf-8")


def _commands(language: str) -> list[str]:
    text = _text(language)
    block = re.findall(r"^    (epsom evidence [^#\n]+)", text, flags=re.M)
    inline = [" ".join(c.split()) for c in re.findall(r"`(epsom evidence [^`]+)`", text)]
    return [command.strip() for command in dict.fromkeys(block + inline)]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_command_of_the_page_runs(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    sheet = re.search(r"^    study[,;].*(?:\n    .+)+", _text(language), flags=re.M)
    assert sheet is not None
    lines = [line.strip() for line in sheet.group().splitlines()]
    Path(SHEETS[language]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    commands = _commands(language)
    assert len(commands) >= 10
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, command
        assert capsys.readouterr().out


def test_the_python_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    section = _text("en").partition("## In Python")[2].partition("\n## ")[0]
    code = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    ") or not line)
    exec(compile(code, "evidence.md", "exec"), {})
    assert Path("forest.svg").read_text(encoding="utf-8").startswith("<svg")
