"""What a trial measures and how it is analysed: true values of virtual people, and measurement error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from epsom.base.arrays import FloatArray
from epsom.study.trial.design import Design

_LARGEST_BATCH = 4_000_000  # people in all simulated trials at once


@dataclass(frozen=True)
class Measured:
    """Hold true values of virtual people, in the unit of the comparison.

    Attributes
    ----------
    before
        At rest (n_people,).
    treated, control
        At the end, in each of both lives (n_people,).
    error
        Within-person SD of one measurement.
    """

    before: FloatArray
    treated: FloatArray
    control: FloatArray
    error: float

    @property
    def effect(self) -> float:
        """Return the mean difference between the two lives."""
        return float((self.treated - self.control).mean())


def spread(people: Measured, design: Design) -> float:
    """Return the SD that the t test of a design divides by, for these people and this error.

    The variance of the end given the start, of a change, of an end, or of the difference between two
    periods; for two arms the mean of both. The slope of ANCOVA is the common one of both arms.
    """
    noise = people.error**2
    if design.crossover:
        return math.sqrt(float(np.var(people.treated - people.control)) + 2.0 * noise)
    ends = (people.treated, people.control)
    if design.analysis == "final":
        variance = float(np.mean([np.var(end) for end in ends])) + noise
    elif design.analysis == "change":
        variance = float(np.mean([np.var(end - people.before) for end in ends])) + 2.0 * noise
    else:
        start = float(np.var(people.before)) + noise
        slope = float(np.mean([_covariance(people.before, end) for end in ends])) / max(start, 1e-300)
        variance = float(
            np.mean([np.var(end) + noise - 2.0 * slope * _covariance(people.before, end) for end in ends])
        )
        variance += slope**2 * start
    return math.sqrt(max(variance, 0.0))


def _covariance(a: FloatArray, b: FloatArray) -> float:
    return float(((a - a.mean()) * (b - b.mean())).mean())


def found_in(people: Measured, design: Design, n: int, trials: int, seed: int) -> tuple[int, int]:
    """Simulate trials and count in how many the test finds a difference.

    Parameters
    ----------
    n
        People in each group; drawn with replacement from the virtual people, each measurement with its error.
    trials
        How many trials at most; fewer when they are large.

    Returns
    -------
    found, trials
        How many found a difference, of how many.
    """
    trials = max(min(trials, _LARGEST_BATCH // max(n, 1)), 1)
    rng = np.random.default_rng(seed)
    values = (
        _crossover(people, n, trials, rng) if design.crossover else _parallel(people, design, n, trials, rng)
    )
    limit = t.ppf(1.0 - design.alpha / 2.0, design.test.groups * n - design.test.spent)
    return int((np.abs(values) > limit).sum()), trials


def _noisy(true: FloatArray, error: float, rng: np.random.Generator) -> FloatArray:
    return np.asarray(true + error * rng.standard_normal(true.shape))


def _crossover(people: Measured, n: int, trials: int, rng: np.random.Generator) -> FloatArray:
    """Return the t values (trials,) of the differences between periods, the two orders apart."""
    who = rng.integers(0, len(people.before), (trials, n))
    ends = [_noisy(end[who], people.error, rng) for end in (people.treated, people.control)]
    difference = ends[0] - ends[1]
    half = n // 2
    orders = (difference[:, :half], difference[:, half:])
    within = sum(((d - d.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) for d in orders) / (n - 2)
    middle = (orders[0].mean(axis=1) + orders[1].mean(axis=1)) / 2.0
    return np.asarray(middle / np.sqrt(within * (1.0 / half + 1.0 / (n - half)) / 4.0))


def _parallel(people: Measured, design: Design, n: int, trials: int, rng: np.random.Generator) -> FloatArray:
    """Return the t values (trials,) of the comparison of two arms."""
    arms = []
    for end in (people.treated, people.control):
        who = rng.integers(0, len(people.before), (trials, n))
        start, stop = (_noisy(values[who], people.error, rng) for values in (people.before, end))
        arms.append((start, stop - start if design.analysis == "change" else stop))
    if design.analysis == "ancova":
        return _ancova(arms, n)
    pooled = (arms[0][1].var(axis=1, ddof=1) + arms[1][1].var(axis=1, ddof=1)) / 2.0
    return np.asarray((arms[0][1].mean(axis=1) - arms[1][1].mean(axis=1)) / np.sqrt(pooled * 2.0 / n))


def _ancova(arms: list[tuple[FloatArray, FloatArray]], n: int) -> FloatArray:
    """Return the t values (trials,) of the arm in a regression of the end on arm and start."""
    xx, xy, yy = (sum(_products(arm)[k] for arm in arms) for k in range(3))
    slope = xy / xx
    left = (yy - slope * xy) / (2 * n - 3)
    (x1, y1), (x0, y0) = ((start.mean(axis=1), end.mean(axis=1)) for start, end in arms)
    effect = (y1 - y0) - slope * (x1 - x0)
    return np.asarray(effect / np.sqrt(left * (2.0 / n + (x1 - x0) ** 2 / xx)))


def _products(arm: tuple[FloatArray, FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
    x, y = (values - values.mean(axis=1, keepdims=True) for values in arm)
    return (x * x).sum(axis=1), (x * y).sum(axis=1), (y * y).sum(axis=1)
