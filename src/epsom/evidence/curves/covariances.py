"""One name table of ways to fill the covariance between categories that share a reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Bools
from epsom.evidence.curves.greenland_longnecker import correlations, fitted_counts, refuse
from epsom.evidence.curves.hamling import pseudo_counts
from epsom.evidence.curves.studies import Categories, Contrasts, contrasts_from

COVARIANCES = ("gl", "hamling", "independent")


def covariance(data: Categories, how: str, without_counts: str = "refuse") -> Contrasts:
    """Build contrasts with their covariances.

    Parameters
    ----------
    data
        From `read.read_categories`.
    how
        ``gl`` (Greenland-Longnecker), ``hamling``, or ``independent`` (zero covariance, which understates
        the uncertainty of the reference category).
    without_counts
        What to do with studies whose cases or persons are missing: ``refuse``, or treat them as
        ``independent`` with a warning.

    Raises
    ------
    EpsomError
        ``E-EV-COUNTS`` and ``E-EV-MARGINS`` per study; ``E-EV-CHOICE``.
    """
    if how not in COVARIANCES:
        raise EpsomError(
            Problem("E-EV-CHOICE", field="covariance", value=how, expected=", ".join(COVARIANCES))
        )
    width = data.mask.shape[1]
    eye = np.broadcast_to(np.eye(width), (data.m, width, width))
    if how == "independent":
        return contrasts_from(data, eye, how)
    lacking = _without_counts(data)
    if np.any(lacking) and without_counts != "independent":
        raise EpsomError.of(
            Problem("E-EV-COUNTS", row=int(data.row_ref[i]), field="cases", details={"study": data.ids[i]})
            for i in np.flatnonzero(lacking)
        )
    usable = _select(data, ~lacking)
    correlation = np.array(eye)
    if usable.m:
        counts = fitted_counts(usable) if how == "gl" else pseudo_counts(usable)
        refuse(usable, counts)
        correlation[~lacking] = correlations(usable, counts)
    remarks = tuple(
        Problem("W-EV-INDEPENDENT", row=int(data.row_ref[i]), details={"study": data.ids[i]})
        for i in np.flatnonzero(lacking)
    )
    return contrasts_from(data, correlation, how, remarks)


def _without_counts(data: Categories) -> Bools:
    if data.kind is None:
        return np.ones(data.m, dtype=bool)
    known = np.isfinite(data.cases) & np.isfinite(data.n)
    reference = np.isfinite(data.cases_ref) & np.isfinite(data.n_ref)
    return np.asarray(~(np.all(known | ~data.mask, axis=1) & reference))


def _select(data: Categories, keep: Bools) -> Categories:
    ids = tuple(name for name, kept in zip(data.ids, keep, strict=True) if kept)
    kinds = data.kind and tuple(k for k, kept in zip(data.kind, keep, strict=True) if kept)
    return replace(
        data, ids=ids, dose=data.dose[keep], dose_ref=data.dose_ref[keep], y=data.y[keep], v=data.v[keep],
        mask=data.mask[keep], rows=data.rows[keep], row_ref=data.row_ref[keep], kind=kinds,
        cases=data.cases[keep], cases_ref=data.cases_ref[keep], n=data.n[keep], n_ref=data.n_ref[keep],
    )  # fmt: skip
