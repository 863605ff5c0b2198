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
from epsom.study.sensitivity.spread import Spread, SpreadName, spread_of

Progress = Callable[[int, int], None]
# Points are drawn for twice the rows, and doubled again this many times, before too few are admissible.
MOST_DOUBLINGS = 6
MOST_ROWS = 2**14


class Response(Protocol):
    """Compute an outcome for parameter sets."""

    def __call__(self, draws: ParameterDraws) -> FloatArray:
        """Return the outcome with the central values first, then for each set (1 + n_sets,)."""
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
    """Hold how indices are estimated: rows (a power of 2), seed, modules as factors, what is drawn from."""

    rows: int = 1024
    seed: int = 1
    by_module: bool = False
    spread: SpreadName = "posterior"


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
        Outcome with the central values.
    low, median, high
        5th, 50th and 95th percentile of the outcome over the sample.
    rows, sets
        Rows of the sample; parameter sets that were tried in all.
    not_admissible
        Rows passed over because their own draws leave the model's proven range.
    not_admissible_swaps, failed
        Sets left out because a swapped value leaves that range; because no outcome could be computed.
    spread
        What the parameters were drawn from.
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
    spread: SpreadName

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


def _rows(settings: Settings, spread: Spread) -> tuple[FloatArray, FloatArray, int]:
    """Return the first admissible rows of A and B, and how many were passed over on the way."""
    power, names = settings.rows.bit_length() - 1, spread.names
    for extra in range(MOST_DOUBLINGS + 1):
        normal = paired_normal_points(settings.seed, power + extra, len(names))
        a, b = (spread.points(points) for points in normal)
        good = admissible(from_standard_normal(a, names), names)
        good = good & admissible(from_standard_normal(b, names), names)
        found = np.flatnonzero(good)
        if len(found) >= settings.rows:
            keep = found[: settings.rows]
            return a[keep], b[keep], int(keep[-1]) + 1 - settings.rows
    raise RuntimeError("too few points are admissible: the spreads of the records would be at fault")


@dataclass
class _Counter:
    """Compute outcomes of points, and count what was tried and what had to be left out."""

    response: Response
    names: tuple[str, ...]
    total: int
    progress: Progress | None
    sets: int = 0
    outside: int = 0
    failed: int = 0

    def __call__(self, points: FloatArray) -> FloatArray:
        """Return the outcome with the records' values first, then at each point; NaN outside the range."""
        values = from_standard_normal(points, self.names)
        inside = admissible(values, self.names)
        found = self.response(ParameterDraws(self.names, values))
        self.sets += len(points)
        self.outside += int((~inside).sum())
        self.failed += int(np.isnan(found[1:][inside]).sum())
        if self.progress is not None:
            self.progress(self.sets, self.total)
        return np.concatenate([found[:1], np.where(inside, found[1:], np.nan)])


def sensitivity(
    response: Response, settings: Settings | None = None, *, progress: Progress | None = None
) -> Sensitivity:
    """Estimate which factors drive an outcome.

    Factors vary over the posterior, with the correlations that the evidence left between them, or each
    over the spread of its own record. Draws outside the model's proven range are passed over; indices are
    those of the draws that remain. With correlations, the first order counts what is learned about other
    factors too and may exceed the total, which counts only what no other factor tells.

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
    factors, spread = factors_of(settings.by_module), spread_of(settings.spread)
    a, b, passed_over = _rows(settings, spread)
    swaps = len(factors) * (1 if spread.independent else 2)
    outcome = _Counter(response, spread.names, settings.rows * (2 + swaps), progress)
    with_nominal = outcome(a)
    nominal, f_a, f_b = float(with_nominal[0]), with_nominal[1:], outcome(b)[1:]
    f_first, f_total = _swapped(factors, spread, a, b, outcome)
    pooled = np.concatenate([f_a, f_b])
    known = ~np.isnan(pooled)
    if not known.any():
        raise problem("E-SENS-NONE")
    if np.std(pooled[known]) <= response.noise():
        raise problem("E-SENS-FLAT", value=nominal)
    low, median, high = np.quantile(pooled[known], (INTERVAL[0], 0.5, INTERVAL[1]))
    return Sensitivity(
        factors=factors,
        indices=sobol_indices(f_a, f_b, f_first, f_total, settings.seed),
        correlation=_correlations(factors, np.concatenate([a, b])[known], pooled[known]),
        nominal=nominal,
        low=float(low),
        median=float(median),
        high=float(high),
        rows=settings.rows,
        sets=outcome.sets,
        not_admissible=passed_over,
        not_admissible_swaps=outcome.outside,
        failed=outcome.failed,
        spread=settings.spread,
    )


def _swapped(
    factors: tuple[Factor, ...], spread: Spread, a: FloatArray, b: FloatArray, outcome: _Counter
) -> tuple[FloatArray, FloatArray]:
    """Return the outcome where a factor is learned, and where only it is left open (n_rows, n_factors)."""
    first = np.empty((len(a), len(factors)))
    total = first if spread.independent else np.empty_like(first)
    for index, factor in enumerate(factors):
        columns = [spread.names.index(name) for name in factor.parameters]
        first[:, index] = outcome(spread.learned(a, b, columns))[1:]
        if not spread.independent:
            total[:, index] = outcome(spread.left_open(a, b, columns))[1:]
    return first, total


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
