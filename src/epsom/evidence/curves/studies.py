"""Studies that report an effect per dose category, as padded arrays.

Row layout: one row per study, one column per non-reference category; absent categories are masked and hold
harmless values, so that every later step runs on all studies at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from epsom.base.errors import Problem
from epsom.evidence.arrays import Bools, Floats, Ints

KINDS = ("cc", "ci", "ir")


@dataclass(frozen=True)
class Categories:
    """Hold m studies with at most K non-reference categories.

    Attributes
    ----------
    ids
        Study names.
    dose, dose_ref
        Doses [dose unit], (m, K) and (m,).
    y, v
        Log relative effects [-] and their variances, (m, K).
    mask
        True where a category exists, (m, K).
    rows
        Row of the user's table for each category, counted from 1, (m, K); ``row_ref`` for the reference.
    kind
        ``cc`` (case-control), ``ci`` (cumulative incidence) or ``ir`` (incidence rate) per study, or None.
    cases, cases_ref, n, n_ref
        Cases, and persons or person-time [person or person-year], NaN where not reported.
    warnings
        Remarks from reading.
    """

    ids: tuple[str, ...]
    dose: Floats
    dose_ref: Floats
    y: Floats
    v: Floats
    mask: Bools
    rows: Ints
    row_ref: Ints
    kind: tuple[str, ...] | None = None
    cases: Floats = field(default_factory=lambda: np.empty((0, 0)))
    cases_ref: Floats = field(default_factory=lambda: np.empty(0))
    n: Floats = field(default_factory=lambda: np.empty((0, 0)))
    n_ref: Floats = field(default_factory=lambda: np.empty(0))
    warnings: tuple[Problem, ...] = ()

    @property
    def m(self) -> int:
        """Return the number of studies."""
        return len(self.ids)

    @property
    def sizes(self) -> Ints:
        """Return the number of non-reference categories of each study, (m,)."""
        return np.asarray(np.sum(self.mask, axis=1), dtype=np.int64)


@dataclass(frozen=True)
class Contrasts:
    """Hold studies ready for a curve fit: contrasts against the reference with their covariances.

    Attributes
    ----------
    ids
        Study names.
    dose, dose_ref, y
        As in `Categories`.
    s
        Covariance of the contrasts, identity where masked, [effect^2] and (m, K, K).
    mask
        True where a category exists, (m, K).
    covariance
        How ``s`` was made.
    warnings
        Remarks so far.
    """

    ids: tuple[str, ...]
    dose: Floats
    dose_ref: Floats
    y: Floats
    s: Floats
    mask: Bools
    covariance: str
    warnings: tuple[Problem, ...] = ()

    @property
    def m(self) -> int:
        """Return the number of studies."""
        return len(self.ids)

    @property
    def sizes(self) -> Ints:
        """Return the number of contrasts of each study, (m,)."""
        return np.asarray(np.sum(self.mask, axis=1), dtype=np.int64)


def contrasts_from(
    data: Categories, correlation: Floats, covariance: str, warnings: tuple[Problem, ...] = ()
) -> Contrasts:
    """Join reported variances with correlations between categories, (m, K, K)."""
    sd = np.sqrt(np.where(data.mask, data.v, 1.0))
    both = data.mask[:, :, None] & data.mask[:, None, :]
    s = np.where(both, correlation * sd[:, :, None] * sd[:, None, :], 0.0)
    index = np.arange(s.shape[1])
    s[:, index, index] = np.where(data.mask, data.v, 1.0)
    return Contrasts(
        data.ids, data.dose, data.dose_ref, np.where(data.mask, data.y, 0.0), s, data.mask, covariance,
        data.warnings + warnings,
    )  # fmt: skip
