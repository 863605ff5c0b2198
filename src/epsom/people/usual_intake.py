"""Usual intake from one or two recall days: the spread between days of one person taken out.

One day is not what somebody usually eats. On the scale of the fourth root a day is the person's
usual value plus within-person noise; the noise variance is seen from people with two days. Each
person's mean is pulled towards the group until its variance is that between persons, and carried
back to milligrams as the mean over days (Nusser et al., J Am Stat Assoc 1996;91:1440-1449, in its
simplest form). Supplements are not eaten at random from day to day in this sense: they are added
after the adjustment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from epsom.people.depletion_score import status_rules

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DayVariation:
    """Describe the days of a group on the scale of the fourth root.

    Parameters
    ----------
    centre
        Mean of day 1.
    day_2_shift
        What is added to day 2 so that its mean is that of day 1 (people report less the second time).
    within, between
        Variance within and between persons.
    pairs
        People with two days.
    """

    centre: float
    day_2_shift: float
    within: float
    between: float
    pairs: int


def to_scale(mg_per_day: npt.ArrayLike) -> F64:
    """Carry days [mg/d] (n,) to the scale of the fourth root, days under the floor set to it."""
    rule = status_rules()["usual_intake"]
    return np.asarray(
        np.maximum(np.asarray(mg_per_day, dtype=np.float64), rule["floor_mg_per_day"]) ** rule["power"]
    )


def from_scale(usual: F64, within: float) -> F64:
    """Return the mean over days [mg/d] of a person whose usual value on the scale is ``usual``.

    The mean of (usual + noise)^4 with normal noise is usual^4 + 6 usual^2 v + 3 v^2, which a nine-point
    Gauss-Hermite sum gives too, since it is exact up to degree 17.

    Examples
    --------
    >>> float(from_scale(np.array([4.0]), 0.0)[0])
    256.0
    """
    return np.asarray(usual**4 + 6.0 * usual**2 * within + 3.0 * within**2)


def day_variation(day_1: F64, day_2: F64, weight_1: F64, weight_2: F64) -> DayVariation:
    """Estimate the variation between and within persons of a group.

    Parameters
    ----------
    day_1, day_2
        Intake of the recall days [mg/d] (n,); the second NaN where there is none.
    weight_1, weight_2
        Weights for day 1 and for people with both days (n,).
    """
    first, second = to_scale(day_1), to_scale(day_2)
    both = ~np.isnan(second) & (weight_2 > 0)
    centre = float(np.average(first, weights=weight_1))
    total = float(np.average((first - centre) ** 2, weights=weight_1))
    if not both.any():
        return DayVariation(centre, 0.0, np.nan, np.nan, 0)
    shift = centre - float(np.average(second[both], weights=weight_2[both]))
    gap = first[both] - (second[both] + shift)
    within = float(np.average(gap**2, weights=weight_2[both])) / 2.0
    return DayVariation(centre, shift, within, max(total - within, 0.0), int(both.sum()))


def usual_intake(day_1: F64, day_2: F64, variation: DayVariation) -> F64:
    """Return each person's usual intake [mg/d] (n,) from one or two days [mg/d] (n,).

    A mean of k days has variance between + within / k; it is scaled about the centre to variance
    ``between``, so that the spread of the group, and with it the share below a limit, is right.
    """
    first, second = to_scale(day_1), to_scale(day_2) + variation.day_2_shift
    two = ~np.isnan(second)
    days = np.where(two, 2.0, 1.0)
    average = np.where(two, (first + np.where(two, second, 0.0)) / 2.0, first)
    pull = np.sqrt(variation.between / (variation.between + variation.within / days))
    return from_scale(variation.centre + (average - variation.centre) * pull, variation.within)
