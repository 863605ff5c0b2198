"""Trim and fill (Duval & Tweedie, Biometrics 2000;56:455): mirror the studies that seem to be missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.pool import pool
from epsom.evidence.pooling.result import PooledResult
from epsom.evidence.pooling.tau2 import estimate_tau2

_ROUNDS = 200


@dataclass(frozen=True)
class Filled:
    """Hold a trim-and-fill result.

    Attributes
    ----------
    side
        Where studies are missing: ``left`` or ``right``.
    missing, missing_se
        Estimated number of missing studies and its standard error.
    filled
        The pooled result with the mirrored studies appended; its last ``missing`` studies are filled in.
    """

    side: str
    missing: int
    missing_se: float
    filled: PooledResult


def trim_and_fill(result: PooledResult, *, estimator: str = "L0", side: str | None = None) -> Filled:
    """Estimate how many studies are missing and pool with their mirror images.

    Parameters
    ----------
    result
        A pooled result without moderators; its method is used for trimming and for the final fit.
    estimator
        ``L0`` or ``R0``.
    side
        ``left`` or ``right``; None: against the sign of the Egger slope of the same method.

    Raises
    ------
    EpsomError
        ``E-EV-TOO-FEW`` for fewer than 3 studies; ``E-EV-CHOICE``; ``E-EV-TRIM`` when rounds do not settle.

    Examples
    --------
    >>> r = pool([0.0, 0.1, 0.2, 0.9, 1.2], se=[0.1, 0.1, 0.1, 0.4, 0.5], method="DL", test="z")
    >>> trim_and_fill(r).side
    'left'
    """
    if estimator not in ("L0", "R0"):
        raise EpsomError(Problem("E-EV-CHOICE", field="estimator", value=estimator, expected="L0, R0"))
    if result.k < 3:
        raise EpsomError(Problem("E-EV-TOO-FEW", value=result.k, expected="3"))
    where = side or _side(result)
    sign = -1.0 if where == "right" else 1.0
    order = np.argsort(sign * result.y, kind="stable")
    y, v = sign * result.y[order], result.v[order]
    missing, spread, centre = _rounds(result.method, y, v, estimator)
    mirrored = sign * (2 * centre - y[len(y) - missing :])
    filled = pool(
        np.concatenate((result.y, mirrored)),
        variance=np.concatenate((result.v, v[len(y) - missing :])),
        labels=[*result.labels, *(f"filled {i + 1}" for i in range(missing))],
        method=result.method, test=result.test, level=result.level,
    )  # fmt: skip
    return Filled(where, missing, spread, filled)


def _side(result: PooledResult) -> str:
    design = ls.make_design(np.column_stack((np.ones(result.k), np.sqrt(result.v))), ("intercept", "se"))
    tau2 = estimate_tau2(result.method, design, result.y, result.v).value
    fit = ls.weighted_fit(design, result.y, 1 / (result.v + tau2))
    return "right" if (design.back @ fit.coefficients)[1] < 0 else "left"


def _centre(method: str, y: Floats, v: Floats) -> float:
    design = ls.make_design(np.ones((len(y), 1)), ("intercept",))
    tau2 = estimate_tau2(method, design, y, v).value
    fit = ls.weighted_fit(design, y, 1 / (v + tau2))
    return float((design.back @ fit.coefficients)[0])


def _rounds(method: str, y: Floats, v: Floats, estimator: str) -> tuple[int, float, float]:
    """Trim until the number of missing studies settles; return it, its SE and the trimmed centre."""
    k, missing = len(y), 0
    for _ in range(_ROUNDS):
        centre = _centre(method, y[: k - missing], v[: k - missing])
        found, spread = _missing(y - centre, estimator)
        if found == missing:
            return missing, spread, centre
        missing = min(found, k - 1)
    raise EpsomError(Problem("E-EV-TRIM", value=_ROUNDS))


def _missing(centred: Floats, estimator: str) -> tuple[int, float]:
    k = len(centred)
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        below = ranks[centred < 0]
        raw = k - float(np.max(below, initial=0.0)) - 1
        spread = 2 * max(0.0, raw) + 2
        scale = 1.0
    else:
        total = float(np.sum(ranks[centred > 0]))
        raw = (4 * total - k * (k + 1)) / (2 * k - 1)
        spread = (
            k * (k + 1) * (2 * k + 1) + 10 * raw**3 + 27 * raw**2 + 17 * raw
            - 18 * k * raw**2 - 18 * k * raw + 6 * k**2 * raw
        ) / 24  # fmt: skip
        scale = 4 / (2 * k - 1)
    return max(0, int(np.round(raw))), scale * float(np.sqrt(max(spread, 0.0)))
