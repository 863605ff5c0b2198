"""All runs by name, and their numbers held against bands with a reason each."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from epsom.base.errors import problem
from epsom.engine.interface import Engine
from epsom.study.physiology import blockades, deficiency, genetics, magnesium, responders

SCHEMA = "epsom/physiology/1"
MASS_BALANCE = "mass_balance"
Grade = Literal["trial", "genetic", "cohort", "experiment", "structure", "animal"]
GRADES = ("trial", "genetic", "cohort", "experiment", "structure", "animal")
Run = Callable[[Engine], tuple[dict[str, float], float]]
RUNS: Mapping[str, Run] = {
    "intake_and_serum": magnesium.intake_and_serum,
    "steady_states": magnesium.steady_states,
    "smoothness": magnesium.smoothness,
    "drugs": magnesium.drugs,
    "parathyroid": magnesium.parathyroid,
    "nitric_oxide": blockades.nitric_oxide,
    "interleukin_6": blockades.interleukin_6,
    "body_weight": blockades.body_weight,
    "infusion": blockades.infusion,
    "gates": responders.gates,
    "acute_and_chronic": responders.acute_and_chronic,
    "thirty_years": responders.thirty_years,
    "genetic_serum": genetics.genetic_serum,
    "serum_and_wall": genetics.serum_and_wall,
    "marginal_deficiency": deficiency.marginal_effects,
    "severe_deficiency": deficiency.severe_course,
}


@dataclass(frozen=True)
class Band:
    """Hold what a number must lie in, what kind of evidence says so, from where, and why so wide.

    ``check`` is False for a number that is only reported: it is compared, but nothing depends on it.
    """

    quantity: str
    low: float
    high: float
    unit: str
    grade: Grade
    source: str
    why: str
    check: bool


@dataclass(frozen=True)
class Verdict:
    """Hold one number against its band; ``distance`` is 0 in the middle of the band and 1 at its edges."""

    run: str
    value: float
    band: Band

    @property
    def inside(self) -> bool:
        """Tell whether the number lies in the band."""
        return self.band.low <= self.value <= self.band.high

    @property
    def distance(self) -> float:
        """Return the distance from the middle in half-widths [1]."""
        middle, half = (self.band.low + self.band.high) / 2.0, (self.band.high - self.band.low) / 2.0
        return abs(self.value - middle) / half


def read_bands(path: Path) -> dict[str, Band]:
    """Read bands by quantity.

    Raises
    ------
    EpsomError
        ``E-FILE`` or ``E-SCHEMA``.
    """
    try:
        record = tomllib.loads(path.read_text("utf-8"))
        schema = record.pop("schema", None)
        if schema != SCHEMA:
            raise problem("E-SCHEMA", file=str(path), field="schema", value=schema, expected=SCHEMA)
        return {name: Band(name, **{"check": True, "source": "", **row}) for name, row in record.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
        raise problem("E-FILE", file=str(path), expected=SCHEMA, details={"reason": str(error)}) from None


def run_all(
    engine: Engine, bands: Mapping[str, Band], progress: Callable[[int, int], None] | None = None
) -> tuple[Verdict, ...]:
    """Run everything; the mass balance is that of the worst run.

    Raises
    ------
    KeyError
        When a number has no band: every number needs a reason.
    """
    verdicts: list[Verdict] = []
    residuals: dict[str, float] = {}
    for done, (name, run) in enumerate(RUNS.items(), start=1):
        found, residuals[name] = run(engine)
        verdicts += [Verdict(name, value, bands[quantity]) for quantity, value in found.items()]
        if progress is not None:
            progress(done, len(RUNS))
    worst = max(residuals, key=residuals.__getitem__)
    verdicts.append(Verdict(worst, residuals[worst], bands[MASS_BALANCE]))
    return tuple(verdicts)


def summary(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Return the shape that every validation script prints, with all rows."""
    checked = [v for v in verdicts if v.band.check]
    failures = [v for v in checked if not v.inside]
    worst = max(checked, key=lambda v: v.distance)
    return {
        "passed": len(checked) - len(failures),
        "failed": len(failures),
        "skipped": 0,
        "worst": {"quantity": worst.band.quantity, "distance": worst.distance},
        "failures": [v.band.quantity for v in failures],
        "reported": len(verdicts) - len(checked),
        "rows": [
            {
                "run": v.run,
                "quantity": v.band.quantity,
                "value": v.value,
                "low": v.band.low,
                "high": v.band.high,
                "unit": v.band.unit,
                "grade": v.band.grade,
                "source": v.band.source,
                "inside": v.inside,
                "check": v.band.check,
            }
            for v in verdicts
        ],
    }
