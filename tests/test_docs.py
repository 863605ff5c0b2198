"""Documents may not lie: every command that they name runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from epsom.cli.main import command_names, main

DOCS = Path(__file__).resolve().parents[1] / "docs"
PEOPLE = """id,age_years,sex,intake_mg_per_day,sbp_mmhg,bmi_kg_per_m2,antihypertensive,smoker,type2_diabetes
anna,58,female,240,142,27,no,no,no
bram,61,male,310,135,29,yes,no,no
"""
PERSON = '[person]\nage_years = 58\nsex = "female"\nintake_mg_per_day = 240\n'


def _commands(page: str) -> list[str]:
    return re.findall(r"`(epsom [^`]+)`", (DOCS / page).read_text("utf-8"))


@pytest.mark.parametrize("page", ["en/system.md", "nl/system.md"])
def test_every_part_of_the_system_has_its_command(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \|.*`epsom ", text, flags=re.M)
    assert [int(row) for row in rows] == list(range(1, 20))


@pytest.mark.parametrize("command", sorted(set(_commands("en/system.md"))))
def test_the_commands_of_the_system_page_run(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text(PEOPLE)
    Path("person.toml").write_text(PERSON)
    assert main(shlex.split(command)[1:]) in (0, 3)
    assert len(capsys.readouterr().out) > 100


def test_every_page_exists_in_both_languages() -> None:
    pages = {language: {p.name for p in (DOCS / language).glob("*.md")} for language in ("en", "nl")}
    assert pages["en"] == pages["nl"]


def test_every_command_that_a_page_names_exists() -> None:
    for page in DOCS.rglob("*.md"):
        for word in re.findall(r"(?:^|[`$]\s*)epsom ([a-z-]+)", page.read_text("utf-8"), flags=re.M):
            assert word.replace("-", "_") in command_names(), f"{page.name}: epsom {word}"


def test_the_trial_of_the_docs_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (DOCS / "en" / "trial.md").read_text("utf-8")
    text = next(block for block in re.findall(r"```toml\n(.*?)```", page, flags=re.S) if "schema" in block)
    path = tmp_path / "trial.toml"
    path.write_text(text)
    assert main(["trial", str(path), "--people", "6", "--draws", "3"]) == 0
    design = next(
        block for block in re.findall(r"```toml\n(.*?)```", page, flags=re.S) if "[design]" in block
    )
    path.write_text(text.replace('use = "check"', 'use = "plan"') + design)
    assert main(["trial", str(path), "--power", "--people", "6", "--draws", "3"]) == 0
    assert "participants must finish" in capsys.readouterr().out
    for clamp in re.findall(r"^    (clamp = .*?) *(?:#|$)", page, flags=re.M):
        path.write_text(text.replace("supplement_mg_per_day = 368", clamp))
        assert main(["trial", str(path), "--people", "2", "--draws", "1"]) == 0
    assert "example_2016" in capsys.readouterr().out
