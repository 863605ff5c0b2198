"""The SBML semantic test suite: the runner on made cases, and a spread of the real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ..shared_data import shared

ROOT = Path(__file__).resolve().parents[2]
MODEL = """<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model>
<listOfParameters><parameter id="x" value="{start}" constant="false"/></listOfParameters><listOfRules>
<{rule}><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/><ci>x</ci></apply></math>
</{end}></listOfRules></model></sbml>"""
SETTINGS = (
    "start: 0\nduration: 1\nsteps: 1\nvariables: x\nabsolute: 1e-6\nrelative: 1e-4\namount:\nconcentration:\n"
)
RATE = {"rule": 'rateRule variable="x"', "end": "rateRule"}
# One case of each kind of feature; a few seconds in all.
SPREAD = (
    "00015,00028,00039,00071,00109,00183,00250,00311,00409,00463,00533,00566,00687,00733,00775,00874,00927,"
    "00952,00978,01000,01103,01121,01170,01219,01247,01298,01327,01399,01459,01505,01511,01531,01743,01779,01821"
)
# Delays, priorities, persistence, firing at the start, random order, values of firing and of execution.
EVENTS = "00071,00349,00413,00457,00929,00931,00935,00953,00965,01325,01333,01519,01523,01589,01599"


def run(path: Path, *options: str) -> tuple[int, dict[str, object]]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "validation" / "sbml_suite.py"), str(path), "--json", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def case(number: str, model: str, end_value: str) -> dict[str, str]:
    return {
        f"{number}/{number}-sbml-l3v2.xml": model,
        f"{number}/{number}-settings.txt": SETTINGS,
        f"{number}/{number}-results.csv": f"time,x\n0,1\n1,{end_value}\n",
        f"{number}/{number}-model.m": "componentTags: Parameter, RateRule\ntestTags: NonConstantParameter\n",
    }


def test_verdicts_are_counted_by_tag_and_decide_the_exit_status(tmp_path: Path) -> None:
    good = case("00001", MODEL.format(start=1, **RATE), "0.367879")
    wrong = case("00002", MODEL.format(start=1, **RATE), "0.5")
    refused = case("00003", MODEL.format(start=1, rule="algebraicRule", end="algebraicRule"), "1")
    for name, content in {**good, **refused}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    status, found = run(tmp_path)
    assert status == 0
    assert (found["passed"], found["failed"], found["skipped"]) == (1, 0, 1)
    assert found["skipped_for"] == {"E-SBML-UNSUPPORTED algebraicRule": 1}
    archive = tmp_path / "suite.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in {**good, **wrong, "../../outside/x-results.csv": "a"}.items():
            packed.writestr(name, content)
    status, found = run(archive)
    assert status == 1
    assert [f["case"] for f in found["failures"]] == ["00002"]
    assert found["by_tag"]["RateRule"] == {"passed": 1, "failed": 1}
    assert not (tmp_path.parent.parent / "outside").exists()


@pytest.mark.parametrize(
    ("engine", "cases", "least"), [("reference", SPREAD, 20), ("simd", EVENTS, 12)], ids=["reference", "simd"]
)
def test_a_spread_of_the_real_cases_passes(engine: str, cases: str, least: int) -> None:
    status, found = run(shared("reference", "sbml_suite.tar.xz"), "--engine", engine, "--only", cases)
    assert found["failures"] == []
    assert status == 0
    assert int(str(found["passed"])) >= least
