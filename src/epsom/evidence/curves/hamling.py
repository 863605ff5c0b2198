"""Hamling's pseudo-counts: cases and persons that reproduce the relative risks AND their variances.

Two unknowns remain, the counts of the reference category; they are fixed by the crude share of the
reference among persons (or non-cases) and the crude number of persons (or non-cases) per case (Hamling et
al., Stat Med 2008;27:954). Solved in logarithms by Newton's method with backtracking, every study at once.
The rate and risk formulas are the correct ones; a well-known program attaches them the other way round.
"""

from __future__ import annotations

import numpy as np

from epsom.evidence.arrays import Bools, Floats
from epsom.evidence.curves.greenland_longnecker import Counts, correlations, refuse
from epsom.evidence.curves.studies import Categories, Contrasts, contrasts_from

_STEPS = 100
_GOOD = 1e-9


def pseudo_counts(data: Categories) -> Counts:
    """Solve for Hamling's pseudo-counts.

    Parameters
    ----------
    data
        Studies with cases and persons (or person-time).

    Returns
    -------
    Counts
        ``n`` holds cases plus non-cases for ``cc``; ``ok`` is False where no positive counts solve both
        equations.
    """
    kind = np.array(data.kind or ())
    other, other_ref = _bottom_row(data, kind)
    share = other_ref / (other_ref + np.sum(np.where(data.mask, other, 0.0), axis=1))
    ratio = (other_ref + np.sum(np.where(data.mask, other, 0.0), axis=1)) / (
        data.cases_ref + np.sum(np.where(data.mask, data.cases, 0.0), axis=1)
    )
    target = np.column_stack((np.log(share), np.log(ratio)))
    best = np.full((data.m, 2), np.nan)
    for shrink in (1.0, 0.5, 0.25, 2.0, 0.1):
        todo = np.isnan(best[:, 0])
        if not np.any(todo):
            break
        found, ok = _newton(data, kind, target, _start(data, kind, other_ref, shrink))
        best = np.where((todo & ok)[:, None], found, best)
    ok = np.isfinite(best[:, 0])
    a, b = _counts(data, kind, np.where(ok[:, None], best, _start(data, kind, other_ref, 1.0)))
    a_ref, b_ref = np.exp(best[:, 0]), np.exp(best[:, 1])
    add = (kind == "cc").astype(float)
    return Counts(a, a_ref, b + add[:, None] * a, b_ref + add * a_ref, ok)


def _bottom_row(data: Categories, kind: Floats) -> tuple[Floats, Floats]:
    """Return non-cases for case-control studies, persons or person-time otherwise."""
    control = kind == "cc"
    other = np.where(control[:, None], data.n - data.cases, data.n)
    return np.where(data.mask, other, 0.0), np.where(control, data.n_ref - data.cases_ref, data.n_ref)


def _start(data: Categories, kind: Floats, other_ref: Floats, shrink: float) -> Floats:
    """Start from the crude reference counts, raised until every variance leaves room for them."""
    least = np.min(np.where(data.mask, data.v, np.inf), axis=1)
    a = shrink * np.maximum(data.cases_ref, 0.5)
    b = shrink * np.maximum(other_ref, 0.5)
    use = np.where(kind == "cc", 1 / a + 1 / b, np.where(kind == "ci", 1 / a - 1 / b, 1 / a))
    grow = np.maximum(1.0, 1.25 * use / least)
    return np.column_stack((np.log(a * grow), np.log(b * grow)))


def _counts(data: Categories, kind: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Evaluate the closed forms for the other categories; impossible values come out non-positive."""
    a0, b0 = np.exp(theta[:, :1]), np.exp(theta[:, 1:])
    risk = np.exp(np.where(data.mask, data.y, 0.0))
    v = np.where(data.mask, data.v, 1.0)
    k = kind[:, None]
    room = v - np.where(k == "cc", 1 / a0 + 1 / b0, np.where(k == "ci", 1 / a0 - 1 / b0, 1 / a0))
    room = np.where(room > 0, room, np.nan)
    odds = a0 / b0 * risk
    a = np.where(k == "cc", 1 + odds, np.where(k == "ci", 1 - odds, 1.0)) / room
    b = np.where(k == "cc", (1 + 1 / odds) / room, np.where(k == "ci", (1 / odds - 1) / room, a / odds))
    return np.where(data.mask, a, 0.0), np.where(data.mask, b, 0.0)


def _mismatch(data: Categories, kind: Floats, target: Floats, theta: Floats) -> tuple[Floats, Bools]:
    a, b = _counts(data, kind, theta)
    a0, b0 = np.exp(theta[:, 0]), np.exp(theta[:, 1])
    total = b0 + np.sum(b, axis=1)
    possible = np.all(((a > 0) & (b > 0)) | ~data.mask, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.column_stack((np.log(b0 / total), np.log(total / (a0 + np.sum(a, axis=1))))) - target
    return np.where(possible[:, None], value, np.inf), possible


def _newton(data: Categories, kind: Floats, target: Floats, theta: Floats) -> tuple[Floats, Bools]:
    """Run Newton with a differenced 2 x 2 Jacobian and backtracking, per study."""
    value, possible = _mismatch(data, kind, target, theta)
    for _ in range(_STEPS):
        jacobian = np.empty((data.m, 2, 2))
        for j in range(2):
            h = np.zeros(2)
            h[j] = 1e-6
            up, _ = _mismatch(data, kind, target, theta + h)
            down, _ = _mismatch(data, kind, target, theta - h)
            with np.errstate(invalid="ignore"):
                jacobian[:, :, j] = (up - down) / 2e-6
        usable = np.all(np.isfinite(jacobian), axis=(1, 2)) & possible
        usable &= np.abs(np.linalg.det(np.where(usable[:, None, None], jacobian, np.eye(2)))) > 1e-14
        matrix = np.where(usable[:, None, None], jacobian, np.eye(2))
        right = np.where(usable[:, None], value, 0.0)
        step = -np.linalg.solve(matrix, right[:, :, None])[:, :, 0]
        step *= np.minimum(1.0, 2.0 / np.maximum(np.max(np.abs(step), axis=1), 1e-300))[:, None]
        theta, value, moved = _backtrack(data, kind, target, theta, value, step)
        if not moved:
            break
    good = np.max(np.abs(value), axis=1) < _GOOD
    return theta, good


def _backtrack(
    data: Categories, kind: Floats, target: Floats, theta: Floats, value: Floats, step: Floats
) -> tuple[Floats, Floats, bool]:
    norm = np.sum(value**2, axis=1)
    scale = np.ones(data.m)
    open_ = norm > 1e-28
    for _ in range(40):
        trial = theta + scale[:, None] * step
        new, _ = _mismatch(data, kind, target, trial)
        better = np.sum(new**2, axis=1) < norm
        take = open_ & better
        theta, value = np.where(take[:, None], trial, theta), np.where(take[:, None], new, value)
        open_ &= ~better
        if not np.any(open_):
            break
        scale /= 2
    return theta, value, bool(np.any(np.sum(value**2, axis=1) < norm))


def hamling(data: Categories) -> Contrasts:
    """Build the contrasts with Hamling covariances.

    Raises
    ------
    EpsomError
        ``E-MARGINS`` for each study without positive pseudo-counts.
    """
    counts = pseudo_counts(data)
    refuse(data, counts)
    return contrasts_from(data, correlations(data, counts), "hamling")
