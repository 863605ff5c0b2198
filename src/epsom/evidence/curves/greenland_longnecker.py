"""Fitted case counts and covariances of Greenland and Longnecker, for all studies at once.

Find the cases per category that reproduce the adjusted log relative risks with the margins fixed
(Greenland & Longnecker, Am J Epidemiol 1992;135:1301). The Newton matrix is diagonal plus rank one, so a
step costs O(K) by Sherman-Morrison; the step is halved until every count stays inside its margins. The
function has one root when the counts are possible at all.

Case-control and cumulative-incidence studies use the odds form for the counts; cumulative incidence uses
the risk-ratio form ``1/A - 1/N`` for the covariances, as the standard program does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Bools, Floats
from epsom.evidence.curves.studies import Categories, Contrasts, contrasts_from

_STEPS = 200


@dataclass(frozen=True)
class Counts:
    """Hold fitted cases (and persons, for Hamling's method), [person] and (m, K) with (m,) references."""

    cases: Floats
    cases_ref: Floats
    n: Floats
    n_ref: Floats
    ok: Bools


def fitted_counts(data: Categories) -> Counts:
    """Solve for the Greenland-Longnecker case counts.

    Parameters
    ----------
    data
        Studies with cases and persons (or person-time).

    Returns
    -------
    Counts
        ``ok`` is False for a study in which no possible counts reproduce its relative risks.
    """
    mask = data.mask
    odds = np.array([kind != "ir" for kind in data.kind or ()])
    n = np.where(mask, data.n, 1.0)
    total = data.cases_ref + np.sum(np.where(mask, data.cases, 0.0), axis=1)
    y = np.where(mask, data.y, 0.0)
    a = _inside(np.where(mask, data.cases, 0.0), data.cases_ref, total, n, data.n_ref, odds, mask)
    for _ in range(_STEPS):
        e, c, c0 = _residual(a, total, y, n, data.n_ref, odds, mask)
        # (diag(c) + c0 11')^-1 e by Sherman-Morrison.
        scaled = np.where(mask, e / c, 0.0)
        inverse = np.where(mask, 1 / c, 0.0)
        gain = c0 * np.sum(scaled, axis=1) / (1 + c0 * np.sum(inverse, axis=1))
        step = scaled - inverse * gain[:, None]
        a, change = _damped(a, step, total, n, data.n_ref, odds, mask)
        if change < 1e-13:
            break
    e, _, _ = _residual(a, total, y, n, data.n_ref, odds, mask)
    reached = np.max(np.abs(np.where(mask, e, 0.0)), axis=1, initial=0.0) < 1e-8
    return Counts(a, total - np.sum(a, axis=1), data.n, data.n_ref, reached)


def _inside(a: Floats, a0: Floats, total: Floats, n: Floats, n0: Floats, odds: Bools, mask: Bools) -> Floats:
    """Start at the observed cases, pulled off the borders."""
    least = 1e-3 * total[:, None] / (1 + np.sum(mask, axis=1))[:, None]
    start = np.where(mask, np.maximum(a, least), 0.0)
    start = np.where(odds[:, None] & mask, np.minimum(start, 0.999 * n), start)
    room = total - np.sum(start, axis=1)
    squeeze = np.where(room > 0, 1.0, 0.999 * total / np.sum(start, axis=1))
    return np.asarray(start * squeeze[:, None])


def _residual(
    a: Floats, total: Floats, y: Floats, n: Floats, n0: Floats, odds: Bools, mask: Bools
) -> tuple[Floats, Floats, Floats]:
    a0 = total - np.sum(a, axis=1)
    safe = np.where(mask, a, 1.0)
    wide = np.where(odds[:, None] & mask, n - safe, n)
    wide0 = np.where(odds, n0 - a0, n0)
    e = y + np.log(a0)[:, None] + np.log(wide) - np.log(safe) - np.log(wide0)[:, None]
    c = 1 / safe + np.where(odds[:, None], 1 / np.where(odds[:, None], wide, 1.0), 0.0)
    c0 = 1 / a0 + np.where(odds, 1 / np.where(odds, wide0, 1.0), 0.0)
    return np.where(mask, e, 0.0), c, c0


def _damped(
    a: Floats, step: Floats, total: Floats, n: Floats, n0: Floats, odds: Bools, mask: Bools
) -> tuple[Floats, float]:
    """Halve each study's step until all its counts are possible."""
    scale = np.ones(len(a))
    for _ in range(60):
        trial = a + scale[:, None] * step
        a0 = total - np.sum(trial, axis=1)
        fine = np.all((trial > 0) | ~mask, axis=1) & (a0 > 0)
        fine &= ~odds | (np.all((trial < n) | ~mask, axis=1) & (a0 < n0))
        if np.all(fine):
            break
        scale = np.where(fine, scale, scale / 2)
    trial = np.where(fine[:, None], trial, a)
    return trial, float(np.max(np.abs(trial - a) / np.where(mask, trial, 1.0), initial=0.0))


def correlations(data: Categories, counts: Counts) -> Floats:
    """Return ``r_jk = s_0 / sqrt(s_j s_k)`` from counts, (m, K, K)."""
    kind = np.array(data.kind or ())
    cases = np.where(data.mask, counts.cases, 1.0)
    n = np.where(data.mask, counts.n, 2.0)

    def part(a: Floats, size: Floats, kinds: Floats) -> Floats:
        control = np.where(kinds == "cc", size - a, 1.0)
        extra = np.where(kinds == "cc", 1 / control, np.where(kinds == "ci", -1 / size, 0.0))
        return np.asarray(1 / a + extra)

    c0 = part(counts.cases_ref, counts.n_ref, kind)
    s = c0[:, None] + part(cases, n, kind[:, None])
    return np.asarray(c0[:, None, None] / np.sqrt(s[:, :, None] * s[:, None, :]))


def greenland_longnecker(data: Categories) -> Contrasts:
    """Build the contrasts with Greenland-Longnecker covariances.

    Raises
    ------
    EpsomError
        ``E-EV-MARGINS`` for each study whose relative risks no possible counts reproduce.
    """
    counts = fitted_counts(data)
    refuse(data, counts)
    return contrasts_from(data, correlations(data, counts), "gl")


def refuse(data: Categories, counts: Counts) -> None:
    """Raise ``E-EV-MARGINS`` for the studies that have no solution."""
    if not np.all(counts.ok):
        raise EpsomError.of(
            Problem(
                "E-EV-MARGINS", row=int(data.row_ref[i]), value=data.ids[i], details={"study": data.ids[i]}
            )
            for i in np.flatnonzero(~counts.ok)
        )
