"""Run a trial in the model and hold the result against what was published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.errors import Problem
from epsom.calibrate.discrepancy import kappas, scale_and_unit
from epsom.engine.interface import Engine
from epsom.model.posterior import posterior
from epsom.study.arms import person_parameters
from epsom.study.forecast import INTERVAL, RTOL
from epsom.study.parameter_draws import ParameterDraws, draw_parameters
from epsom.study.trial.file import USES, Observed, Trial
from epsom.study.trial.lives import Life, live
from epsom.study.trial.people import Assumed, participants
from epsom.study.trial.statistic import statistic

Z90 = 1.6448536269514722
BALANCE_LIMIT = 1e-9  # relative residual of the magnesium books that no arm may exceed


@dataclass(frozen=True)
class Settings:
    """Hold how trials are run: virtual participants, parameter draws, seed."""

    people: int = 48
    draws: int = 100
    seed: int = 1


@dataclass(frozen=True)
class Row:
    """Hold one comparison.

    Attributes
    ----------
    model, low, high
        Model with the central parameter set, and the 5th and 95th percentile over the posterior.
    z
        (model - observed) / standard error; for a result of no difference, the distance to its range.
    inside
        Whether the observed value lies in the 90 % range of what the trial could have shown: parameters,
        model discrepancy and the trial's own error together. A result of no difference is inside when the
        model lies in its range.
    discrepancy
        Standard deviation of what the model leaves out, as calibration estimated it, in the row's unit.
    draws
        The statistic for each parameter draw (n_draws,).
    """

    trial: str
    observed: Observed
    model: float
    low: float
    high: float
    z: float
    inside: bool
    use: str
    draws: FloatArray
    discrepancy: float = 0.0


@dataclass(frozen=True)
class ArmReport:
    """Say how the simulation of one arm went.

    Attributes
    ----------
    residual
        Largest relative error of the magnesium books of any member [1]; see `ledger_residual`.
    failed, members
        How many of the members' integrations failed, of how many.
    """

    arm: str
    residual: float
    failed: int
    members: int


@dataclass(frozen=True)
class TrialRun:
    """Hold a simulated trial: comparisons, what was assumed about the people, how each arm went."""

    trial: str
    file: str
    rows: tuple[Row, ...]
    assumed: tuple[Assumed, ...]
    arms: tuple[ArmReport, ...]


def run_trial(
    trial: Trial, engine: Engine, settings: Settings | None = None, draws: ParameterDraws | None = None
) -> TrialRun:
    """Simulate every arm with the same people and parameters, and compare.

    Parameters
    ----------
    draws
        Parameter sets for the intervals; drawn from the posterior when None.
    """
    settings = settings or Settings()
    facts, assumed = participants(trial, settings.people, settings.seed)
    sets = draw_parameters(settings.seed, settings.draws) if draws is None else draws
    lives = simulate(trial, person_parameters(facts), sets, engine)
    arms = {arm.name: arm for arm in trial.arms}
    rows = tuple(_row(trial, row, statistic(row, lives, arms)) for row in trial.observed)
    return TrialRun(trial.id, trial.file, rows, assumed, reports(lives))


def reports(lives: Mapping[str, Life]) -> tuple[ArmReport, ...]:
    """Say how the simulation of each arm went."""
    return tuple(
        ArmReport(name, life.residual, life.failed, life.people.shape[0] * life.people.shape[1])
        for name, life in lives.items()
    )


def simulate(
    trial: Trial,
    person: Mapping[str, FloatArray],
    draws: ParameterDraws,
    engine: Engine,
    observe: tuple[str, ...] | None = None,
    rtol: float = RTOL,
) -> dict[str, Life]:
    """Live every arm with the same people (model parameters (n_people,)) and the same parameter sets."""
    return {arm.name: live(trial, arm, person, draws, engine, observe, rtol) for arm in trial.arms}


def row_values(trial: Trial, lives: Mapping[str, Life]) -> FloatArray:
    """Return the statistic of each row for each parameter set (n_sets, n_rows), in the rows' units."""
    arms = {arm.name: arm for arm in trial.arms}
    return np.column_stack([statistic(row, lives, arms) for row in trial.observed])


def _row(trial: Trial, row: Observed, sets: FloatArray) -> Row:
    model, draws = float(sets[0]), sets[1:][~np.isnan(sets[1:])]
    low, high = np.quantile(draws, INTERVAL) if len(draws) else (np.nan, np.nan)
    discrepancy = _discrepancy(trial, row)
    return Row(
        trial=trial.id,
        observed=row,
        model=model,
        low=float(low),
        high=float(high),
        z=_z(model, row),
        inside=_inside(model, float(low), float(high), np.hypot(row.se, discrepancy), row),
        use=trial.use,
        discrepancy=discrepancy,
        draws=draws,
    )


def _z(model: float, row: Observed) -> float:
    if row.null is not None:
        nearest = min(max(model, row.null[0]), row.null[1])
        return (model - nearest) / row.se
    return (model - row.value) / row.se


def _discrepancy(trial: Trial, row: Observed) -> float:
    scale, unit = scale_and_unit(row.outcome, ratio=row.is_ratio, kind=trial.kind)
    kappa = kappas(posterior().discrepancy[:, scale])
    return float(np.sqrt(np.mean(np.square(kappa))) * unit)


def _inside(model: float, low: float, high: float, error: float, row: Observed) -> bool:
    if row.null is not None:
        return row.null[0] <= model <= row.null[1]
    down = np.hypot(model - low, Z90 * error)
    up = np.hypot(high - model, Z90 * error)
    return bool(model - down <= row.value <= model + up)


def shares(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return, per use, how many rows there are and the shares with |z| <= 2 and inside."""
    found = {}
    for use in USES:
        mine = [row for row in rows if row.use == use]
        if mine:
            found[use] = {
                "rows": len(mine),
                "within_2_se": sum(abs(row.z) <= 2.0 for row in mine) / len(mine),
                "inside": sum(row.inside for row in mine) / len(mine),
            }
    return found


def worst(runs: Sequence[TrialRun]) -> float:
    """Return the largest residual of the magnesium books of any arm; NaN when nothing could be simulated."""
    known = [arm.residual for run in runs for arm in run.arms if arm.residual == arm.residual]
    return max(known, default=float("nan"))


class Simulated(Protocol):
    """Say what a warning needs to know of a simulated trial."""

    @property
    def file(self) -> str:
        """Return the trial's file."""
        ...

    @property
    def arms(self) -> tuple[ArmReport, ...]:
        """Return how each arm went."""
        ...


def warnings(runs: Sequence[Simulated]) -> Iterator[Problem]:
    """Name each arm whose magnesium does not balance, or of which not everybody could be computed."""
    for run in runs:
        for arm in run.arms:
            place = f"arm.{arm.arm}"
            if not arm.residual < BALANCE_LIMIT:
                limit = f"< {BALANCE_LIMIT:g}"
                yield Problem("W-TRIAL-BALANCE", run.file, None, place, arm.residual, expected=limit)
            if arm.failed:
                yield Problem("W-TRIAL-FAILED", run.file, None, place, arm.failed, expected=str(arm.members))
