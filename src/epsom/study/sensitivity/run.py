"""Vary every uncertain parameter at once and share out the variance of an outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.errors import problem
from epsom.model.priors import admissible, from_standard_normal, uncertain_parameters
from epsom.model.records import MODULES, parameters
from epsom.study.parameter_draws import ParameterDraws
from epsom.study.sensitivity.indices import INTERVAL, Indices, sobol_indices
from epsom.study.sensitivity.points import paired_normal_points

Progress = Callable[[int, int], None]
# Points are drawn for twice the rows, and doubled again this many times, before too few are admissible.
MOST_DOUBLINGS = 6
MOST_ROWS = 2**14


class Response(Protocol):
    """Compute an outcome for parameter sets."""

    def __call__(self, draws: ParameterDraws) -> FloatArray:
        """Return the outcome with the records' values first, then for each set (1 + n_sets,)."""
        ...

    def noise(self) -> float:
        """Return the size below which differences of the outcome are errors of integration."""
        ...


@dataclass(frozen=True)
class Factor:
    """Hold what is varied as one: a parameter, or the parameters of one part of the model."""

    name: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """Hold how indices are estimated: rows of the sample (a power of 2), seed, whole modules as factors."""

    rows: int = 1024
    seed: int = 1
    by_module: bool = False


@dataclass(frozen=True)
class Sensitivity:
    """Hold what drives an outcome.

    Attributes
    ----------
    factors, indices
        What was varied, with its indices, in the order of the records.
    correlation
        Between each factor and the outcome (n_factors,) [1]; NaN for a factor of several parameters.
    nominal
        Outcome with the records' values.
    low, median, high
        5th, 50th and 95th percentile of the outcome over the sample.
    rows, sets
        Rows of the sample; parameter sets that were tried in all.
    not_admissible
        Rows passed over because their own draws leave the model's proven range.
    not_admissible_swaps, failed
        Sets left out because a swapped value leaves that range; because no outcome could be computed.
    """

    factors: tuple[Factor, ...]
    indices: Indices
    correlation: FloatArray
    nominal: float
    low: float
    median: float
    high: float
    rows: int
    sets: int
    not_admissible: int
    not_admissible_swaps: int
    failed: int

    @property
    def widest(self) -> float:
        """Return the widest 90 % interval of a total index [1]: how well the sample has settled."""
        return float(np.nanmax(self.indices.total.high - self.indices.total.low))


def factors_of(by_module: bool) -> tuple[Factor, ...]:
    """Return the factors: each uncertain parameter, or all those of each module."""
    names = uncertain_parameters()
    if not by_module:
        return tuple(Factor(name, (name,)) for name in names)
    groups = ((m, tuple(n for n in names if parameters()[n].module == m)) for m in MODULES)
    return tuple(Factor(module, members) for module, members in groups if members)


def _rows(settings: Settings, names: tuple[str, ...]) -> tuple[FloatArray, FloatArray, int]:
    """Return the first admissible rows of A and B, and how many were passed over on the way."""
    power = settings.rows.bit_length() - 1
    for extra in range(MOST_DOUBLINGS + 1):
        a, b = paired_normal_points(settings.seed, power + extra, len(names))
        good = admissible(from_standard_normal(a, names), names)
        good = good & admissible(from_standard_normal(b, names), names)
        found = np.flatnonzero(good)
        if len(found) >= settings.rows:
            keep = found[: settings.rows]
            return a[keep], b[keep], int(keep[-1]) + 1 - settings.rows
    raise RuntimeError("too few points are admissible: the spreads of the records would be at fault")


def sensitivity(
    response: Response, settings: Settings | None = None, *, progress: Progress | None = None
) -> Sensitivity:
    """Estimate which factors drive an outcome.

    Every factor varies over the spread of its record; draws outside the model's proven range are passed
    over. Indices are those of the draws that remain.

    Parameters
    ----------
    response
        Computes the outcome; NaN where it cannot.
    progress
        Called with (parameter sets done, in all).

    Raises
    ------
    EpsomError
        ``E-SENS-ROWS`` when the number of rows is no power of 2 in range; ``E-SENS-FLAT`` when the
        outcome does not depend on any parameter by more than the error of integration; ``E-SENS-NONE``
        when it could never be computed.
    """
    settings = settings or Settings()
    if not (2 <= settings.rows <= MOST_ROWS) or settings.rows & (settings.rows - 1):
        raise problem("E-SENS-ROWS", field="--rows", value=settings.rows, expected=f"2 – {MOST_ROWS}")
    names, factors = uncertain_parameters(), factors_of(settings.by_module)
    z_a, z_b, passed_over = _rows(settings, names)
    n, done, total = settings.rows, 0, settings.rows * (2 + len(factors))

    def outcome(z: FloatArray) -> FloatArray:
        nonlocal done
        found = response(ParameterDraws(names, from_standard_normal(z, names)))
        done += n
        if progress is not None:
            progress(done, total)
        return found

    with_nominal = outcome(z_a)
    nominal, f_a, f_b = float(with_nominal[0]), with_nominal[1:], outcome(z_b)[1:]
    f_ab = np.full((n, len(factors)), np.nan)
    outside = 0
    for index, factor in enumerate(factors):
        columns = [names.index(name) for name in factor.parameters]
        z = z_a.copy()
        z[:, columns] = z_b[:, columns]
        inside = admissible(from_standard_normal(z, names), names)
        outside += int((~inside).sum())
        f_ab[:, index] = np.where(inside, outcome(z)[1:], np.nan)
    pooled = np.concatenate([f_a, f_b])
    if np.isnan(pooled).all():
        raise problem("E-SENS-NONE")
    if np.nanstd(pooled) <= response.noise():
        raise problem("E-SENS-FLAT", value=nominal)
    return _result(factors, (z_a, z_b), (f_a, f_b, f_ab), nominal, (passed_over, outside), settings)


def _result(
    factors: tuple[Factor, ...],
    points: tuple[FloatArray, FloatArray],
    outcomes: tuple[FloatArray, FloatArray, FloatArray],
    nominal: float,
    left_out: tuple[int, int],
    settings: Settings,
) -> Sensitivity:
    f_a, f_b, f_ab = outcomes
    pooled, z = np.concatenate([f_a, f_b]), np.concatenate(points)
    known = ~np.isnan(pooled)
    indices = sobol_indices(f_a, f_b, f_ab, settings.seed)
    low, median, high = np.quantile(pooled[known], (INTERVAL[0], 0.5, INTERVAL[1]))
    missing = int(np.isnan(f_a).sum() + np.isnan(f_b).sum() + np.isnan(f_ab).sum())
    return Sensitivity(
        factors=factors,
        indices=indices,
        correlation=_correlations(factors, z[known], pooled[known]),
        nominal=nominal,
        low=float(low),
        median=float(median),
        high=float(high),
        rows=settings.rows,
        sets=settings.rows * (2 + len(factors)),
        not_admissible=left_out[0],
        not_admissible_swaps=left_out[1],
        failed=missing - left_out[1],
    )


def _correlations(factors: tuple[Factor, ...], z: FloatArray, values: FloatArray) -> FloatArray:
    names = uncertain_parameters()
    found = np.full(len(factors), np.nan)
    deviation = values - values.mean()
    for index, factor in enumerate(factors):
        if len(factor.parameters) == 1:
            column = z[:, names.index(factor.parameters[0])]
            column = column - column.mean()
            size = np.sqrt((column**2).sum() * (deviation**2).sum())
            found[index] = (column * deviation).sum() / size if size > 0.0 else np.nan
    return found
