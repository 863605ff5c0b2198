"""An independent simulator runs the exported SBML and must find the same lives."""

from __future__ import annotations

import libsbml
import numpy as np
import pytest

from epsom.engine.reference import ReferenceEngine
from epsom.model.assemble import sbml_text
from epsom.model.system import epsom_system
from tests.model.lives import TRIAL_MAN, members

DAYS = np.linspace(0.0, 3650.0, 11)


def _roadrunner(values: dict[str, float], names: tuple[str, ...]) -> np.ndarray:
    roadrunner = pytest.importorskip("roadrunner", reason="runs without libroadrunner")
    document = libsbml.readSBMLFromString(sbml_text())
    for name, value in values.items():
        document.getModel().getParameter(name).setValue(value)
    runner = roadrunner.RoadRunner(libsbml.writeSBMLToString(document))
    runner.integrator.relative_tolerance = 1e-10
    runner.integrator.absolute_tolerance = 1e-13
    runner.timeCourseSelections = list(names)
    return np.array(runner.simulate(DAYS[0], DAYS[-1], len(DAYS)))


@pytest.mark.parametrize("supplement", [0.0, 300.0])
def test_libroadrunner_agrees_on_every_state_over_ten_years(supplement: float) -> None:
    system = epsom_system()
    batch = members([dict(TRIAL_MAN)], [{"supplement": supplement}])
    ours = (
        ReferenceEngine().solve(system, batch, DAYS, observe=system.states, rtol=1e-10, atol=1e-10).values[0]
    )
    theirs = _roadrunner({**TRIAL_MAN, "intake": 300.0, "supplement": supplement}, system.states)
    size = np.abs(theirs).max(axis=0)
    assert size.min() > 0.0
    worst = (np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-6 * size)).max(axis=0)
    assert dict(zip(system.states, worst, strict=True)) == {
        name: pytest.approx(0.0, abs=1e-5) for name in system.states
    }
