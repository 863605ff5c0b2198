"""The COMBINE archive: complete, the same every time, accepted by others' libraries, and it runs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
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


def test_libcombine_reads_it(tmp_path: Path) -> None:
    libcombine = pytest.importorskip("libcombine", reason="runs without python-libcombine")
    path = tmp_path / "epsom.omex"
    path.write_bytes(archive_bytes())
    archive = libcombine.CombineArchive()
    assert archive.initializeFromArchive(str(path))
    assert archive.getMasterFile().getLocation() == f"./{SIMULATION}"
    about = archive.getMetadataForLocation(".")
    assert not about.isEmpty()
    assert "magnesium" in about.getDescription()
    assert about.getNumCreators() == 1


def test_libsedml_accepts_the_simulation() -> None:
    libsedml = pytest.importorskip("libsedml", reason="runs without python-libsedml")
    document = libsedml.readSedMLFromString(sedml_text(Experiment(MODEL)))
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []
    assert (document.getLevel(), document.getVersion()) == (1, 4)
    assert (document.getNumModels(), document.getNumTasks()) == (2, 2)
    known = {document.getDataGenerator(i).getId() for i in range(document.getNumDataGenerators())}
    table = document.getOutput(0)
    assert {table.getDataSet(i).getDataReference() for i in range(table.getNumDataSets())} == known


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
