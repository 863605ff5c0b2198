"""The models that the engines are timed on, and how errors are counted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from epsom.engine.members import Members, Schedule
from epsom.engine.system import System
from epsom.model.sbml import antimony_to_sbml, read_sbml

FOLDERS = [Path(__file__).parent / folder for folder in ("published", "events")]
DRAWN = 512
TIMES = {
    "epsom": np.arange(1, 11) * 365.25,
    "tyson1991": np.linspace(0.0, 200.0, 11)[1:],
    "goldbeter1991": np.linspace(0.0, 200.0, 11)[1:],
    "kholodenko2000": np.linspace(0.0, 4000.0, 11)[1:],
    "robertson": np.geomspace(0.04, 4e4, 10),
    "hires": np.linspace(0.0, 321.8122, 11)[1:],
    "doses": np.linspace(0.0, 130.0, 11)[1:],
    "clock": np.linspace(0.0, 130.0, 11)[1:],
    "ball": np.linspace(0.0, 3.0, 11)[1:],
    "division": np.linspace(0.0, 200.0, 11)[1:],
}


@dataclass(frozen=True)
class Case:
    """Hold a model with the members and times to simulate; ``dose`` switches an input at the start."""

    name: str
    sbml: str
    system: System
    members: Members
    times: np.ndarray

    @classmethod
    def of(cls, name: str, sbml: str, system: System, dose: dict[str, float]) -> Case:
        """Draw parameters with a coefficient of variation of 10 %, and 5 % in the published models."""
        spread = 0.1 if dose else 0.05
        rng = np.random.default_rng(20_261_121)
        draws = np.exp(spread * rng.standard_normal((DRAWN, len(system.parameters))))
        members = Members(np.asarray(system.defaults) * draws)
        if dose:
            values = np.tile(np.array(list(dose.values())), (DRAWN, 1, 1))
            members = Members(
                members.parameters, schedule=Schedule(tuple(dose), np.zeros((DRAWN, 1)), values)
            )
        return cls(name, sbml, system, members, TIMES[name])


def case(name: str) -> Case:
    """Build a model by its name."""
    if name == "epsom":
        from epsom.model.assemble import sbml_text
        from epsom.model.system import epsom_system

        return Case.of(name, sbml_text(), epsom_system(), {"supplement": 368.0})
    path = next(file for folder in FOLDERS if (file := folder / f"{name}.ant").is_file())
    sbml = antimony_to_sbml(path.read_text(encoding="utf-8"), source=name)
    return Case.of(name, sbml, read_sbml(sbml, source=name), {})


def error(values: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Return the largest deviation of each member."""
    size = np.abs(exact) + 1e-3 * np.abs(exact).max(axis=(0, 1))
    return (np.abs(values - exact) / np.where(size > 0.0, size, 1.0)).max(axis=(1, 2))
