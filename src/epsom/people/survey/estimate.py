"""Means, shares, spreads and percentiles of a part of a complex sample, with design-based errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from epsom.people.survey.design import F64, Bool, Design


@dataclass(frozen=True)
class Estimate:
    """Hold an estimate with its standard error and the number of people behind it."""

    value: float
    se: float
    n: int


def _part(design: Design, y: F64, part: Bool) -> Bool:
    found: Bool = part & (design.weight > 0) & ~np.isnan(y)
    return found


def mean(design: Design, y: npt.ArrayLike, part: Bool) -> Estimate:
    """Estimate a mean; the standard error is Taylor-linearised over strata and sampling units.

    The mean is a ratio of two estimated totals, with the linearised score w d (y - mean) / sum(w d):
    Woodruff, J Am Stat Assoc 1971;66:411-414.

    Parameters
    ----------
    design
        The full sample.
    y
        Values of all who were sampled (n,); NaN is left out.
    part
        True for the people of interest (n,).

    Examples
    --------
    >>> from epsom.people.survey.design import make_design
    >>> d = make_design([1.0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 2, 2])
    >>> mean(d, [1.0, 3, 5, 7], np.ones(4, dtype=bool))
    Estimate(value=4.0, se=2.0, n=4)
    """
    values = np.asarray(y, dtype=np.float64)
    here = _part(design, values, part)
    weight = np.where(here, design.weight, 0.0)
    total = weight.sum()
    if total == 0.0:
        return Estimate(np.nan, np.nan, 0)
    known = np.where(here, values, 0.0)
    centre = float((weight * known).sum() / total)
    scores = weight * (known - centre) / total
    return Estimate(centre, float(np.sqrt(design.variance(scores)[0, 0])), int(here.sum()))


def spread(design: Design, y: npt.ArrayLike, part: Bool) -> float:
    """Return the weighted standard deviation (divisor: sum of the weights)."""
    values = np.asarray(y, dtype=np.float64)
    here = _part(design, values, part)
    if not here.any():
        return float("nan")
    weight, known = design.weight[here], values[here]
    centre = np.average(known, weights=weight)
    return float(np.sqrt(np.average((known - centre) ** 2, weights=weight)))


def quantiles(design: Design, y: npt.ArrayLike, part: Bool, shares: Sequence[float]) -> list[float]:
    """Return weighted quantiles: the first ordered value whose cumulative weight reaches the share.

    Examples
    --------
    >>> from epsom.people.survey.design import make_design
    >>> d = make_design([1.0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 2, 2])
    >>> quantiles(d, [4.0, 1, 3, 2], np.ones(4, dtype=bool), [0.5])
    [2.0]
    """
    values = np.asarray(y, dtype=np.float64)
    here = _part(design, values, part)
    return weighted_quantiles(values[here], design.weight[here], shares)


def weighted_quantiles(values: F64, weight: F64, shares: Sequence[float]) -> list[float]:
    """Return the lower weighted quantiles of values without gaps; NaN when there are none."""
    if len(values) == 0:
        return [float("nan")] * len(shares)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    places = np.searchsorted(reached, np.asarray(shares) * reached[-1], side="left")
    return [float(v) for v in values[order][np.minimum(places, len(values) - 1)]]


def quantile(design: Design, y: npt.ArrayLike, part: Bool, share: float) -> Estimate:
    """Estimate one quantile with a standard error from Woodruff's interval.

    The interval of the share below the quantile is carried back through the distribution; its width
    divided by two normal deviates is the standard error: Woodruff, J Am Stat Assoc 1952;47:635-646.
    """
    values = np.asarray(y, dtype=np.float64)
    here = _part(design, values, part)
    (point,) = quantiles(design, values, part, [share])
    if np.isnan(point):
        return Estimate(np.nan, np.nan, 0)
    below = mean(design, np.where(here, (values <= point).astype(np.float64), np.nan), part)
    z = NormalDist().inv_cdf(0.975)
    ends = [min(max(share + s * z * below.se, 0.0), 1.0) for s in (-1.0, 1.0)]
    low, high = quantiles(design, values, part, ends)
    return Estimate(point, (high - low) / (2.0 * z), int(here.sum()))
