"""The (restricted) likelihood of the normal random-effects model, and its global maximum in tau2.

The profile likelihood may have several modes, one of them at zero, so the score is scanned over a wide
logarithmic grid and each downward crossing is refined; the best mode wins.
Formulas: Viechtbauer, J Educ Behav Stat 2005;30:261.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from epsom.evidence.arrays import Floats
from epsom.evidence.pooling import least_squares as ls

_GRID_POINTS = 16


@dataclass(frozen=True)
class Maximum:
    """Hold the best tau2 [effect^2], its log-likelihood and the number of modes seen."""

    tau2: float
    log_likelihood: float
    maxima: int


def log_likelihood(
    design: ls.Design, y: Floats, v: Floats, tau2: float, *, restricted: bool, with_design: bool = True
) -> float:
    """Evaluate the profile log-likelihood at tau2.

    Parameters
    ----------
    design, y, v
        As in `tau2.estimate_tau2`.
    tau2
        Between-study variance, [effect^2].
    restricted
        REML instead of ML.
    with_design
        Add half of log |X'X| to the restricted likelihood, the convention of most programs.

    Examples
    --------
    >>> d = ls.make_design(np.ones((2, 1)), ("intercept",))
    >>> round(log_likelihood(d, np.array([0.0, 1.0]), np.ones(2), 0.0, restricted=False), 4)
    -2.0879
    """
    fit = ls.weighted_fit(design, y, 1 / (v + tau2))
    n = design.k - design.p if restricted else design.k
    value = -0.5 * (n * np.log(2 * np.pi) + np.sum(np.log(v + tau2)) + fit.rss)
    if restricted:
        # The basis is orthonormal, so |X'WX| = |Q'WQ| |X'X|.
        value -= 0.5 * (fit.log_det + (0.0 if with_design else design.log_det_xtx))
    return float(value)


def score(design: ls.Design, y: Floats, v: Floats, tau2: float, *, restricted: bool) -> float:
    """Return twice the derivative of the profile log-likelihood in tau2, [effect^-2]."""
    fit = ls.weighted_fit(design, y, 1 / (v + tau2))
    weighted = fit.weights * fit.residuals
    pull = float(weighted @ weighted)
    return pull - (ls.trace_p(design, fit) if restricted else float(np.sum(fit.weights)))


def maximise(design: ls.Design, y: Floats, v: Floats, *, restricted: bool) -> Maximum:
    """Find the tau2 with the highest (restricted) likelihood.

    Examples
    --------
    >>> d = ls.make_design(np.ones((3, 1)), ("intercept",))
    >>> round(maximise(d, np.array([0.0, 1.0, 2.0]), np.full(3, 0.1), restricted=True).tau2, 9)
    0.9
    """

    def slope(t: float) -> float:
        return score(design, y, v, t, restricted=restricted)

    unit = float(np.median(v))
    top = 4 * max(float(np.var(y)) * design.k / max(design.k - design.p, 1), unit, float(np.max(v)))
    grid = np.concatenate(([0.0], np.geomspace(1e-6 * min(unit, float(np.min(v)) * 10), top, _GRID_POINTS)))
    slopes = [slope(float(t)) for t in grid]
    while slopes[-1] > 0:
        top *= 4
        grid = np.append(grid, top)
        slopes.append(slope(top))
    candidates = [0.0] if slopes[0] <= 0 else []
    for i in range(len(grid) - 1):
        if slopes[i] > 0 >= slopes[i + 1]:
            low, high = float(grid[i]), float(grid[i + 1])
            candidates.append(float(brentq(slope, low, high, xtol=1e-16 * unit, rtol=1e-14)))
    values = [log_likelihood(design, y, v, t, restricted=restricted) for t in candidates]
    best = int(np.argmax(values))
    return Maximum(candidates[best], values[best], len(candidates))
