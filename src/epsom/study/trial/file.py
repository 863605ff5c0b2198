"""A trial file (schema epsom/trial/1): population, arms with phases, what was observed."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from epsom.base.errors import EpsomError, Problem, problem
from epsom.study.trial.clamp import Imposed
from epsom.study.trial.design import Design

SCHEMA = "epsom/trial/1"
KEPT_OUT_SCHEMA = "epsom/trials-not-representable/1"
LARGEST = 1024**2  # bytes

USES = ("calibrate", "check")  # what a trial is for: to fit, or held out
PLAN = "plan"  # the use of a trial that has still to be done
Statistic = Literal["net_change", "arm_change", "arm_value", "net_ratio", "arm_ratio"]
STATISTICS = ("net_change", "arm_change", "arm_value", "net_ratio", "arm_ratio")


@dataclass(frozen=True)
class Spread:
    """Describe one fact of a population: mean, between-person SD, and hard limits."""

    mean: float
    sd: float = 0.0
    low: float = float("-inf")
    high: float = float("inf")


@dataclass(frozen=True)
class Phase:
    """Hold what an arm does for a number of days: treatment keys and imposed variables, checked."""

    days: float
    settings: Mapping[str, Any]
    clamps: tuple[Imposed, ...] = ()


@dataclass(frozen=True)
class Arm:
    """Hold one arm: its phases in order."""

    name: str
    phases: tuple[Phase, ...]

    @property
    def clamped(self) -> tuple[str, ...]:
        """Return the variables that are imposed at some time, in order of their names."""
        return tuple(sorted({clamp.variable for phase in self.phases for clamp in phase.clamps}))


@dataclass(frozen=True)
class Observed:
    """Hold one published number and its standard error, in the unit of the model's outcome.

    ``null`` marks a result that was only stated to show no difference, within the given range. Rows of a
    planned trial have no value (NaN); how they will be measured is ``method`` with so many ``readings``,
    or ``within_sd`` in the unit of the comparison (of the logarithm, for a ratio).
    """

    outcome: str
    at_days: float
    statistic: Statistic
    arm: str
    control: str | None
    value: float
    se: float
    null: tuple[float, float] | None = None
    within_sd: float | None = None
    method: str | None = None
    readings: int = 1

    @property
    def is_ratio(self) -> bool:
        """Tell whether it is a ratio, whatever the outcome's unit."""
        return self.statistic.endswith("ratio")


@dataclass(frozen=True)
class Trial:
    """Hold one experiment; ``reference`` names the population that fills its gaps."""

    id: str
    title: str
    source: Mapping[str, Any]
    use: str
    n: int
    population: Mapping[str, Spread]
    shares: Mapping[str, float]
    arms: tuple[Arm, ...]
    days: float
    observed: tuple[Observed, ...]
    file: str
    reference: str | None = None
    design: Design = field(default_factory=Design)

    @property
    def kind(self) -> str:
        """Return the kind of evidence; a source that does not say is one trial."""
        return str(self.source.get("kind", "single_trial"))


def kept_out(path: Path) -> Mapping[str, int] | None:
    """Count, by reason, the experiments in a list of those kept out; None when the file is a trial."""
    record = read_toml(path, (SCHEMA, KEPT_OUT_SCHEMA))
    if record["schema"] == SCHEMA:
        return None
    return Counter(str(trial.get("reason")) for trial in record.get("trial", []))


def read_toml(path: Path, schemas: Collection[str] = (SCHEMA,)) -> dict[str, Any]:
    """Read a trial file as it stands.

    Raises
    ------
    EpsomError
        ``E-FILE``, ``E-SIZE`` or ``E-SCHEMA``.
    """
    if not path.is_file():
        raise problem("E-FILE", file=str(path), expected="TOML", details={"reason": "not found"})
    if path.stat().st_size > LARGEST:
        sizes = {"size_mb": round(path.stat().st_size / 1024**2), "limit_mb": 1}
        raise problem("E-SIZE", file=str(path), details=sizes)
    try:
        record = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise problem("E-FILE", file=str(path), expected="TOML", details={"reason": str(error)}) from None
    schema = record.get("schema")
    if schema not in schemas:
        raise problem("E-SCHEMA", file=str(path), field="schema", value=schema, expected=", ".join(schemas))
    return record


def require(problems: list[Problem], file: str) -> None:
    """Raise everything that was found wrong, each with the file's name."""
    if problems:
        raise EpsomError.of(p.at(file=file) for p in problems)
