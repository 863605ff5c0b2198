"""All rows of the calibration trials as one function of the parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray
from epsom.calibrate.discrepancy import scale_and_unit
from epsom.calibrate.target import Target, bounds_of
from epsom.engine.interface import Engine
from epsom.model.priors import admissible, from_standard_normal, uncertain_parameters
from epsom.study.arms import person_parameters
from epsom.study.parameter_draws import ParameterDraws
from epsom.study.trial.file import Trial
from epsom.study.trial.lives import variables_of
from epsom.study.trial.people import participants
from epsom.study.trial.run import row_values, simulate


@dataclass(frozen=True)
class CalibrationRows:
    """Predict the rows of many trials for many parameter sets at once.

    Parameters
    ----------
    people, crowd
        A few participants of each trial, and many, as person parameters.
    correction
        What the few are off by, row by row (n_rows,): the difference of the many from the few at one
        parameter set, added to every prediction (a control variate).
    rtol
        Relative tolerance of the solver: errors far below those of the trials.
    """

    trials: tuple[Trial, ...]
    people: tuple[Mapping[str, FloatArray], ...]
    crowd: tuple[Mapping[str, FloatArray], ...]
    engine: Engine
    observe: tuple[str, ...]
    rtol: float
    correction: FloatArray

    @classmethod
    def of(
        cls, trials: Sequence[Trial], engine: Engine, *, few: int, many: int, seed: int, rtol: float
    ) -> CalibrationRows:
        """Draw the participants of every trial once: all parameter sets meet the same people."""
        people, crowd = (
            tuple(person_parameters(participants(trial, n, seed)[0]) for trial in trials) for n in (few, many)
        )
        none = np.zeros(sum(len(trial.observed) for trial in trials))
        return cls(tuple(trials), people, crowd, engine, variables_of(trials), rtol, none)

    def corrected(self, coordinates: FloatArray) -> CalibrationRows:
        """Return the same rows, with the few participants put right at one parameter set (n_parameters,)."""
        names = uncertain_parameters()
        draws = ParameterDraws(names, from_standard_normal(coordinates[None], names))
        few, many = (self._rows(people, draws)[0] for people in (self.people, self.crowd))
        return replace(self, correction=many - few)

    def with_correction(self, correction: FloatArray) -> CalibrationRows:
        """Return the same rows with a known correction (n_rows,)."""
        return replace(self, correction=correction)

    def target(self) -> Target:
        """Return what was observed, in the order of the predictions."""
        pairs = [(trial, row) for trial in self.trials for row in trial.observed]
        rows = [row for _, row in pairs]
        findings = [(trial.id, row.outcome, row.statistic) for trial, row in pairs]
        bounds = np.array([bounds_of(row.null, ratio=row.is_ratio) for row in rows])
        units = [scale_and_unit(row.outcome, ratio=row.is_ratio, kind=trial.kind) for trial, row in pairs]
        return Target(
            observed=np.array([row.value for row in rows]),
            error=np.array([row.se for row in rows]),
            low=bounds[:, 0],
            high=bounds[:, 1],
            weight=np.array([1.0 / findings.count(finding) for finding in findings]),
            scale=np.array([scale for scale, _ in units]),
            unit=np.array([unit for _, unit in units]),
            n_parameters=len(uncertain_parameters()),
        )

    def predict(self, coordinates: FloatArray) -> FloatArray:
        """Compute every row for every parameter set.

        Parameters
        ----------
        coordinates
            Standard normal coordinates of the uncertain parameters (n_sets, n_parameters).

        Returns
        -------
        ndarray
            Rows (n_sets, n_rows), each in its unit; NaN for a set outside the model's proven range.
        """
        names = uncertain_parameters()
        values = from_standard_normal(coordinates, names)
        allowed = self.allowed(coordinates)
        found = np.full((len(values), sum(len(trial.observed) for trial in self.trials)), np.nan)
        if allowed.any():
            draws = ParameterDraws(names, values[allowed])
            found[allowed] = self._rows(self.people, draws) + self.correction
        return found

    def allowed(self, coordinates: FloatArray) -> BoolArray:
        """Tell which coordinates (n_sets, n_parameters) are in the model's proven range (n_sets,)."""
        names = uncertain_parameters()
        return admissible(from_standard_normal(coordinates, names), names)

    def _rows(self, people: Sequence[Mapping[str, FloatArray]], draws: ParameterDraws) -> FloatArray:
        parts = []
        for trial, person in zip(self.trials, people, strict=True):
            lives = simulate(trial, person, draws, self.engine, self.observe, self.rtol)
            parts.append(row_values(trial, lives)[1:])
        return np.column_stack(parts)
