"""The COMBINE archive: complete, the same every time, accepted by others' libraries, and it runs."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from epsom.cli.main import main
from epsom.engine.members import Members, Schedule
from epsom.engine.registry import engine
from epsom.model.system import epsom_system
from epsom.study.exchange.archive import FORMATS, MODEL, SIMULATION, archive_bytes
from epsom.study.exchange.sedml import NAMESPACE, Experiment, sedml_text


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_manifest_lists_every_file(files: dict[str, bytes]) -> None:
    root = ElementTree.fromstring(files["manifest.xml"])
    listed = {row.get("location"): row for row in root}
    assert set(listed) == {".", *(f"./{name}" for name in files)}
    assert set(FORMATS) == set(files) - {"manifest.xml"}
    assert [row.get("location") for row in root if row.get("master") == "true"] == [f"./{SIMULATION}"]


def test_the_same_model_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "first.omex", tmp_path / "second.omex"
    assert main(["model", "export", "--archive", str(first)]) == 0
    assert main(["model", "export", str(second), "--archive", str(first)]) == 0
    assert first.read_bytes() == second.read_bytes() == archive_bytes()
    assert str(second) in capsys.readouterr().out


@pytest.mark.parametrize("words", [("--archive", "model.zip"), ("model.doc",), ()])
def test_other_endings_are_refused_and_nothing_is_written(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["model", "export", *words]) == 2
    assert list(tmp_path.iterdir()) == []


# These libraries and libSBML are wrapped by the same generator and break each other in one process.
COMBINE = """
import json, sys
import libcombine
archive = libcombine.CombineArchive()
assert archive.initializeFromArchive(sys.argv[1])
about = archive.getMetadataForLocation(".")
print(json.dumps({"master": archive.getMasterFile().getLocation(), "empty": about.isEmpty(),
                  "text": about.getDescription(), "creators": about.getNumCreators()}))
"""
SEDML = """
import json, sys
import libsedml
d = libsedml.readSedMLFromFile(sys.argv[1])
table = d.getOutput(0)
print(json.dumps({
    "errors": [d.getError(i).getMessage() for i in range(d.getNumErrors())],
    "version": [d.getLevel(), d.getVersion()], "parts": [d.getNumModels(), d.getNumTasks()],
    "known": sorted(d.getDataGenerator(i).getId() for i in range(d.getNumDataGenerators())),
    "shown": sorted(table.getDataSet(i).getDataReference() for i in range(table.getNumDataSets())),
}))
"""


def _apart(library: str, script: str, path: Path) -> dict[str, Any]:
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"runs without {library}")
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_libcombine_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "epsom.omex"
    path.write_bytes(archive_bytes())
    found = _apart("libcombine", COMBINE, path)
    assert found["master"] == f"./{SIMULATION}"
    assert not found["empty"]
    assert "magnesium" in found["text"]
    assert found["creators"] == 1


def test_libsedml_accepts_the_simulation(tmp_path: Path) -> None:
    path = tmp_path / "simulation.sedml"
    path.write_text(sedml_text(Experiment(MODEL)), "utf-8")
    found = _apart("libsedml", SEDML, path)
    assert found["errors"] == []
    assert (found["version"], found["parts"]) == ([1, 4], [2, 2])
    assert found["shown"] == found["known"]


def test_everything_that_the_simulation_points_at_exists(files: dict[str, bytes]) -> None:
    sbml = ElementTree.fromstring(files[MODEL])
    core = "{http://www.sbml.org/sbml/level3/version2/core}"
    names = {parameter.get("id") for parameter in sbml.iter(f"{core}parameter")}
    root = ElementTree.fromstring(files[SIMULATION])
    targets = [element.get("target", "") for element in root.iter() if element.get("target")]
    assert len(targets) == 13
    assert {target.split("'")[1] for target in targets} <= names


def test_libroadrunner_runs_the_simulation_as_written_and_finds_what_epsom_finds(
    files: dict[str, bytes],
) -> None:
    roadrunner = pytest.importorskip("roadrunner", reason="runs without libroadrunner")
    root = ElementTree.fromstring(files[SIMULATION])
    change = root.find(f".//{{{NAMESPACE}}}changeAttribute")
    course = root.find(f".//{{{NAMESPACE}}}uniformTimeCourse")
    assert change is not None
    assert course is not None
    asked = Experiment(MODEL)
    runner = roadrunner.RoadRunner(files[MODEL].decode())
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = asked.rtol, asked.atol
    runner[change.get("target", "").split("'")[1]] = float(change.get("newValue", ""))
    runner.timeCourseSelections = list(asked.outcomes)
    steps = int(course.get("numberOfSteps", ""))
    theirs = np.array(runner.simulate(0.0, float(course.get("outputEndTime", "")), steps + 1))
    system = epsom_system()
    schedule = Schedule(("supplement",), np.zeros((1, 1)), np.full((1, 1, 1), asked.supplement))
    days = np.arange(asked.days + 1.0)
    ours = engine().solve(
        system, Members.of(system, 1, schedule=schedule), days, observe=asked.outcomes, rtol=1e-9, atol=1e-9
    )
    # Day 0 is the moment of the switch; from day 1 on both have the same inputs.
    assert ours.values[0, 1:] == pytest.approx(theirs[1:], rel=1e-6)
