"""The model behaves like a body: every number of validation/physiology.toml, each with its argued band."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.engine.registry import engine
from epsom.evidence.base.load import base
from epsom.model.publications import publications
from epsom.study.physiology.deficiency import RODENT, severe
from epsom.study.physiology.lives import Life, live
from epsom.study.physiology.runs import GRADES, RUNS, Band, Verdict, read_bands, run_all, summary

VALIDATION = Path(__file__).resolve().parents[2] / "validation"
sys.path.insert(0, str(VALIDATION))

import physiology as script  # noqa: E402

BANDS = read_bands(VALIDATION / "physiology.toml")
CHECKED = [name for name, band in BANDS.items() if band.check]


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return {verdict.band.quantity: verdict for verdict in run_all(engine(), BANDS)}


@pytest.mark.parametrize("quantity", CHECKED)
def test_the_body_of_the_model_keeps_within_its_band(quantity: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[quantity]
    assert verdict.inside, (
        f"{verdict.value:g} is not {verdict.band.low:g} to {verdict.band.high:g}: {verdict.band.why}"
    )


def test_every_number_has_a_band_and_every_band_a_number(verdicts: dict[str, Verdict]) -> None:
    assert set(verdicts) == set(BANDS)


def test_every_band_says_what_it_rests_on() -> None:
    known = {*base().source_of, *publications()}
    for band in BANDS.values():
        assert band.grade in GRADES
        assert band.low < band.high
        assert len(band.why) > 10
        assert (band.source in known) if band.source else band.grade == "structure", band.quantity


def test_animal_evidence_is_labelled_everywhere() -> None:
    assert {name for name, band in BANDS.items() if band.grade == "animal"} == {
        name for name in BANDS if name.startswith("severe_") or "infiltrate" in name
    }


def test_a_life_that_the_model_cannot_lead_is_said_and_not_hidden() -> None:
    with pytest.raises(ValueError, match="not an input: chocolate"):
        live([Life({"age_years": 50, "sex": "male"}, {0.0: {"chocolate": 1.0}})], [1.0], ["sbp"], engine())
    with pytest.raises(EpsomError):
        live([Life({"age_years": 500, "sex": "male"})], [1.0], ["sbp"], engine())


def test_the_rodent_chain_goes_in_its_order() -> None:
    course = severe(engine(), np.array([3.0, 7.0, 14.0]))
    ordered = np.stack([course[name][0] for name in RODENT])
    assert (np.diff(ordered, axis=0) < 0.0).all()  # each link behind the one before
    assert (np.diff(ordered, axis=1) > 0.0).all()  # and all of them rising


def _verdict(value: float, check: bool = True) -> Verdict:
    return Verdict("run", value, Band("q", 0.0, 2.0, "1", "structure", "", "because it is so", check))


def test_the_summary_counts_only_what_is_checked() -> None:
    found = summary([_verdict(1.0), _verdict(5.0), _verdict(9.0, check=False)])
    assert (found["passed"], found["failed"], found["reported"]) == (1, 1, 1)
    assert found["worst"] == {"quantity": "q", "distance": 4.0}


def test_a_number_without_a_band_is_refused() -> None:
    fewer = {name: band for name, band in BANDS.items() if name != "serum_ppi"}
    with pytest.raises(KeyError, match="serum_ppi"):
        run_all(engine(), fewer)


@pytest.mark.parametrize(
    "text", ["schema = 'other/1'", "schema = [", "schema='epsom/physiology/1'\n[a]\nlow='x'\nodd=1"]
)
def test_files_that_are_no_bands_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bands.toml"
    path.write_text(text)
    with pytest.raises(EpsomError):
        read_bands(path)


def test_the_script_prints_the_shape_and_its_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(script, "run_all", lambda *_: [_verdict(1.0), replace(_verdict(3.0))])
    monkeypatch.setattr(sys, "argv", ["physiology.py", "--json"])
    assert script.main() == 1
    found = json.loads(capsys.readouterr().out)
    assert {"passed", "failed", "skipped", "worst", "failures"} <= set(found)
    monkeypatch.setattr(sys, "argv", ["physiology.py", str(tmp_path / "none.toml")])
    assert script.main() == 2


def test_there_are_runs() -> None:
    assert len(RUNS) >= 10
