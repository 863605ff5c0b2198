"""Figures: a finding as title, a table twin and a text alternative from the same rows; so too for sheets."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from epsom.base.errors import EpsomError
from epsom.base.i18n import Translator
from epsom.cli.main import main
from epsom.evidence import pool
from epsom.evidence.answers.answer import answer
from epsom.evidence.answers.bias import bias
from epsom.evidence.answers.choose import dataset
from epsom.evidence.answers.curves import curve_data, fit
from epsom.evidence.answers.datasets import net_effects, slopes
from epsom.evidence.answers.pooling import leave_one_out, pooled, summarise
from epsom.evidence.base.load import base
from epsom.evidence.base.outcomes import question
from epsom.evidence.base.sheet import read_sheet
from epsom.evidence.base.sheet_records import with_sheet
from epsom.report.evidence.answer_figure import answer_figure, answer_title
from epsom.report.evidence.curve_figure import curve_figure
from epsom.report.evidence.curve_text import reference_dose
from epsom.report.evidence.draw import write_figure
from epsom.report.evidence.figure import Figure
from epsom.report.evidence.forest import forest, leave_one_out_figure
from epsom.report.evidence.funnel import funnel
from epsom.report.evidence.plots import plot
from epsom.report.evidence.svg import Scale

SHEET = (
    "study,outcome,measure,exposure,unit,dose,dose_reference,estimate,ci_low,ci_high,reference\n"
    "A,shoe_size,RR,serum,mg/dL,2.2,1.8,0.80,0.70,0.914,\n"
    "B,shoe_size,RR,serum,mmol/L,0.75,,,,,1\n"
    "B,shoe_size,RR,serum,mmol/L,0.85,,0.90,0.80,1.0125,\n"
    "C,shoe_size,RR,serum,mmol/L,0.70,0.80,1.10,0.90,1.344,\n"
)


def _figures(t: Translator) -> list[Figure]:
    data = slopes(base(), "type2_diabetes", "dietary")
    result = pooled(data)
    found = summarise(data, result)
    curve = fit(curve_data(base(), "chd", "serum"), "linear")
    return [
        forest(data, result, found, base().hash, t),
        funnel(data, result, found, bias(data, result), base().hash, t),
        leave_one_out_figure(data, found, leave_one_out(data), base().hash, t),
        curve_figure(curve, reference_dose(curve), base().hash, t),
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_each_figure_is_whole(language: str) -> None:
    for figure in _figures(Translator(language)):
        root = ElementTree.fromstring(figure.svg)
        assert root.get("lang") == language
        spoken = {child.tag.split("}")[1]: child.text for child in root if child.text}
        assert spoken["title"] == figure.title
        assert spoken["desc"] == figure.alternative
        assert "nan" not in figure.svg
        for row in figure.table:
            assert len(row) == len(figure.header)
            assert row[0] in figure.alternative
        assert figure.title[0].isupper()
        assert figure.methods.endswith(".")


@pytest.mark.parametrize("name", ["hypertension", "crp", "pwv", "heart_muscle"])
def test_an_answer_is_drawn_line_by_line(name: str) -> None:
    found = answer(base(), question(name))
    drawn = answer_figure(found, Translator())
    ElementTree.fromstring(drawn.svg)
    assert len(drawn.table) == len(found.lines)


def test_trials_of_a_stand_in_do_not_lift_the_event() -> None:
    assert "association only" in answer_title(answer(base(), question("hypertension")), Translator())
    assert "moderate" in answer_title(answer(base(), question("blood_pressure")), Translator())


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_page_of_an_answer_has_a_table_for_each_figure(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answer.html"
    assert main(["evidence", "answer", "chd", "--plot", str(path), "--lang", language]) == 0
    capsys.readouterr()
    text = path.read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in text
    assert text.count("<figure>") == text.count("<table>") >= 4


def test_a_null_forest_does_not_claim_an_effect() -> None:
    data = net_effects(base(), "sbp")
    result = pooled(data)
    drawn = forest(data, result, summarise(data, result), base().hash, Translator())
    assert drawn.title.startswith("No difference found")


def test_figures_are_written_whole_or_refused(tmp_path: Path) -> None:
    t = Translator()
    drawn = _figures(t)[0]
    for ending, start in ((".svg", b"<svg"), (".html", b"<!doctype"), (".png", b"\x89PNG")):
        path = tmp_path / f"figure{ending}"
        write_figure(path, drawn, t)
        assert path.read_bytes().startswith(start)
    with pytest.raises(EpsomError, match="E-EVIDENCE-PLOT"):
        write_figure(tmp_path / "figure.gif", drawn, t)
    with pytest.raises(EpsomError, match="E-FILE"):
        write_figure(tmp_path / "nowhere" / "figure.svg", drawn, t)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["figure.html", "figure.png", "figure.svg"]


@pytest.mark.parametrize("kind", ["forest", "funnel", "leave-one-out"])
def test_anyones_result_can_be_plotted(kind: str) -> None:
    result = pool([-0.2, -0.1, -0.3, 0.1], se=[0.1, 0.1, 0.2, 0.1], labels=["A", "B", "C", "D"])
    drawn = plot(result, kind, ratio=True, outcome="stroke", language="nl")
    ElementTree.fromstring(drawn.svg)
    assert "nan" not in drawn.svg
    assert "magnesium" not in drawn.title.lower()
    with pytest.raises(EpsomError, match="E-EVIDENCE-CHOICE"):
        plot(result, "pie")


def test_png_without_its_extra_is_a_plain_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(EpsomError, match="E-EVIDENCE-PNG"):
        write_figure(tmp_path / "figure.png", _figures(Translator())[0], Translator())


def test_scales_keep_order_and_ticks_lie_inside() -> None:
    for scale in (Scale(0.3, 1.4, 0, 100, log=True), Scale(-17, 15, 0, 100)):
        places = [scale(v) for v in scale.ticks()]
        assert places == sorted(places)
        assert all(0 <= p <= 100 for p in places)


def test_a_sheet_is_converted_and_turned_like_the_base(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(SHEET, encoding="utf-8")
    own = with_sheet(base(), read_sheet(path).accept(), path.name, only=True)
    found = {e.label: e for e in slopes(own, "shoe_size", "serum").estimates}
    assert found["A"].value == pytest.approx(math.log(0.80) / (0.4 * 0.4114) * 0.1)
    assert found["B"].value == pytest.approx(math.log(0.90))
    assert found["C"].value == pytest.approx(-math.log(1.10))  # printed for less magnesium


def test_ratios_of_trials_are_pooled_apart_from_cohorts(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    path.write_text(
        "study,outcome,measure,exposure,design,estimate,se\nT1,stroke_total,RR,supplement,trial,0.9,0.2\n"
        "T2,stroke_total,RR,supplement,trial,1.1,0.3\n",
        encoding="utf-8",
    )
    both = with_sheet(base(), read_sheet(path).accept(), path.name, only=False)
    data = dataset(both, "stroke_total", "supplement", None, None)
    assert [e.label for e in data.estimates] == ["T1", "T2"]
    assert both.hash != base().hash


def test_the_command_pools_a_sheet_and_writes_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet, table = tmp_path / "mine.csv", tmp_path / "rows.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    words = ["evidence", "pool", "shoe_size", "--sheet", str(sheet), "--only-sheet", "--exposure", "serum"]
    assert main([*words, "--json", "--csv", str(table)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pooled"]["k"] == 3
    assert len(table.read_text(encoding="utf-8").splitlines()) == 4


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "words",
    [
        ("pool", "sbp", "--leave-one-out"),
        ("pool", "chd", "--exposure", "serum", "--contrast", "extremes"),
        ("bias", "diabetes", "--contrast", "extremes"),
        ("bias", "pwv"),
        ("dose-response", "stroke"),
        ("dose-response", "chd", "--exposure", "serum", "--shape", "linear"),
    ],
)
def test_terminal_text_fits(
    words: tuple[str, ...], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evidence", *words, "--lang", language]) == 0
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_curve_json_has_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", "dose-response", "hypertension", "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert found["curve"][0]["dose"] < found["curve"][-1]["dose"]
