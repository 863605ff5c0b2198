"""Proportional hazards in a complex sample: who dies sooner, with design-based standard errors.

Weighted partial likelihood with Efron's treatment of ties (Efron, J Am Stat Assoc 1977;72:557-565;
tied deaths share their mean weight); the covariance is that of the design of the weighted score
residuals, carried through the inverse information (Binder, Biometrika 1992;79:139-147).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from epsom.people.survey.design import F64, Bool, Design
from epsom.people.survey.regress import Regression

_STEPS = 50
_SMALL = 1e-10


@dataclass(frozen=True)
class _Data:
    """Hold people in order of falling time: time (n,), died (n,), columns (n, k), weights (n,)."""

    time: F64
    died: Bool
    x: F64
    weight: F64


@dataclass(frozen=True)
class _Share:
    """Hold one of the m steps in which Efron takes the deaths of one time out of the risk set.

    ``risk`` counts the people at risk, the first in order; ``deaths`` are places (m,); ``left`` is the
    share of a death still in the risk set; ``hazard`` the step of the hazard; ``mean`` (k,) and
    ``spread`` (k, k) are those of the columns over the risk set.
    """

    risk: int
    deaths: npt.NDArray[np.intp]
    left: float
    hazard: float
    mean: F64
    spread: F64


def cox(design: Design, time: F64, died: F64, x: F64, part: Bool) -> Regression:
    """Fit a Cox model.

    Parameters
    ----------
    design
        The full sample.
    time
        Follow-up (n,); people without time do not take part.
    died
        1 for the event, 0 when follow-up ended without it (n,).
    x
        Columns (n, k), without a constant.
    part
        True for the people of interest (n,).

    Returns
    -------
    Regression
        Log hazard ratios per unit of each column, their design-based covariance, people used.
    """
    here = part & (design.weight > 0) & (time > 0) & ~np.isnan(died) & ~np.isnan(x).any(axis=1)
    places = np.flatnonzero(here)
    places = places[np.argsort(-time[places], kind="stable")]
    weight = design.weight[places] / design.weight[places].mean()
    columns = x[places] - np.average(x[places], axis=0, weights=weight)
    size = columns.std(axis=0)
    data = _Data(time[places], died[places] == 1, columns / size, weight)
    beta, information = _solve(data)
    scores = np.zeros_like(x)
    scores[places] = _residuals(data, beta)
    inverse = np.linalg.inv(information)
    covariance = inverse @ design.variance(scores) @ inverse
    return Regression(beta / size, covariance / np.outer(size, size), len(places))


def _shares(data: _Data, beta: F64) -> Iterator[_Share]:
    risk = data.weight * np.exp(data.x @ beta)
    first = risk[:, None] * data.x
    second = first[:, :, None] * data.x[:, None, :]
    totals = risk.cumsum(), first.cumsum(axis=0), second.cumsum(axis=0)
    for moment in np.unique(data.time[data.died]):
        last = int(np.searchsorted(-data.time, -moment, side="right"))
        deaths = np.flatnonzero((data.time == moment) & data.died)
        away = risk[deaths].sum(), first[deaths].sum(axis=0), second[deaths].sum(axis=0)
        shared = float(data.weight[deaths].mean())
        for step in range(len(deaths)):
            gone = step / len(deaths)
            zero, one, two = (total[last - 1] - gone * lost for total, lost in zip(totals, away, strict=True))
            mean = one / zero
            spread = two / zero - np.outer(mean, mean)
            yield _Share(last, deaths, 1.0 - gone, shared / zero, mean, shared * spread)


def _solve(data: _Data) -> tuple[F64, F64]:
    """Return the coefficients (k,) and the information (k, k) by Newton's method."""
    beta = np.zeros(data.x.shape[1])
    events = (data.weight[data.died, None] * data.x[data.died]).sum(axis=0)
    information = np.eye(len(beta))
    for _ in range(_STEPS):
        score, information = events.copy(), np.zeros((len(beta), len(beta)))
        for share in _shares(data, beta):
            score -= float(data.weight[share.deaths].mean()) * share.mean
            information += share.spread
        step = np.linalg.solve(information, score)
        beta = beta + step
        if np.abs(step).max() < _SMALL:
            return beta, information
    return np.full_like(beta, np.nan), information


def _residuals(data: _Data, beta: F64) -> F64:
    """Return the weighted score residual of each person (n, k); their sum is zero at the solution."""
    size = np.exp(data.x @ beta)[:, None]
    found = np.where(data.died[:, None], data.x, 0.0)
    for share in _shares(data, beta):
        gap = size * (data.x - share.mean) * share.hazard
        found[: share.risk] -= gap[: share.risk]
        found[share.deaths] += (1.0 - share.left) * gap[share.deaths] - share.mean / len(share.deaths)
    result: F64 = found * data.weight[:, None]
    return result
