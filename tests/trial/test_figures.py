"""The pictures of trials: what they say, show and list are one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from epsom.base.i18n import LANGUAGES, Translator
from epsom.cli.main import main
from epsom.report.trial_figures import agreement_figure, agreement_picture
from epsom.study.trial.file import Observed
from epsom.study.trial.run import Row

SVG = "{http://www.w3.org/2000/svg}"
HERE = Path(__file__).resolve().parents[2] / "validation" / "trials"


def _row(outcome: str, z: float, statistic: Any = "net_change", trial: str = "a") -> Row:
    observed = Observed(outcome, 84.0, statistic, "m", "p", -2.0, 0.5)
    model = -2.0 + 0.5 * z
    return Row(trial, observed, model, model - 1.0, model + 1.0, z, True, "check", np.zeros(3))


ROWS = [_row("sbp", 0.5), _row("sbp", 3.0, trial="b"), _row("crp", -1.0), _row("sbp", 0.1, "net_ratio")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_states_how_many_agree(language: str) -> None:
    figure = agreement_figure(ROWS, Translator(language))
    assert figure.title.startswith("3 of 4" if language == "en" else "3 van 4")
    assert len(figure.table.rows) == len(ROWS)
    assert figure.table.rows[0][-2] in ("+3.0", "+3,0")  # the largest distance first


def test_every_result_is_drawn_once_and_a_miss_is_full() -> None:
    root = ElementTree.fromstring(agreement_picture(ROWS, Translator("en")))
    circles = [element.get("class") for element in root.iter(f"{SVG}circle")]
    assert sorted(map(str, circles)) == ["full-with", "open", "open", "open"]
    title, said = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert said is not None
    assert str(title.text).startswith("3 of 4")
    assert "systolic pressure, mmHg: 1 of 2." in str(said.text)
    assert "CRP, mg/L: 1 of 1." in str(said.text)


def test_a_result_that_could_not_be_computed_is_listed_but_not_drawn() -> None:
    lost = Row("c", ROWS[0].observed, np.nan, np.nan, np.nan, np.nan, False, "check", np.zeros(0))
    root = ElementTree.fromstring(agreement_picture([*ROWS, lost], Translator("en")))
    assert len(list(root.iter(f"{SVG}circle"))) == len(ROWS)
    assert len(agreement_figure([*ROWS, lost], Translator("en")).table.rows) == 5


@pytest.mark.parametrize("ending", ["svg", "html"])
def test_pictures_are_written_whole_by_the_command(tmp_path: Path, ending: str, capsys: Any) -> None:
    file, few = str(HERE / "kawano_1998_bp.toml"), ["--people", "6", "--draws", "3"]
    for name, more in (("compare", []), ("plan", ["--power"])):
        path = tmp_path / f"{name}.{ending}"
        assert main(["trial", file, "--plot", str(path), *few, *more]) == 0
        text = path.read_text("utf-8")
        assert "<title" in text
        if ending == "html":
            assert "<table>" in text
            assert "<script" not in text
        else:
            assert len(list(ElementTree.fromstring(text).iter(f"{SVG}circle"))) >= 2
    capsys.readouterr()
    assert main(["trial", file, "--plot", str(tmp_path / "x.pdf")]) == 2
    assert "E-ENDING" in capsys.readouterr().err


def test_power_is_shown_with_its_table_and_what_is_needed(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "power.html"
    file = str(HERE / "kawano_1998_bp.toml")
    arguments = [
        "trial",
        file,
        "--power",
        "--plot",
        str(path),
        "--people",
        "20",
        "--draws",
        "5",
        "--lang",
        "nl",
    ]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    text = path.read_text("utf-8")
    assert "bovendruk (office)" in said
    assert "deelnemers" in text
    assert text.count("<figure") == 2
    assert "nodig</text>" in text
