"""Dose studies as contrasts with covariances, ready for a curve.

With counts at every level the covariance follows Greenland and Longnecker (Am J Epidemiol
1992;135:1301). Without counts, the log ratios of one study are taken to correlate by 0.5, which is what
a shared reference gives when levels are of equal size; the methods text says how many studies need this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from epsom.evidence.base.records import DoseStudy, Level
from epsom.evidence.base.values import log_se
from epsom.evidence.curves.covariances import covariance
from epsom.evidence.curves.read import read_categories
from epsom.evidence.curves.studies import Contrasts, contrasts_from

SHARED_REFERENCE = 0.5


def usable_levels(levels: Sequence[Level]) -> list[Level]:
    """Keep the reference and the levels with dose, ratio and interval; nothing without a reference dose."""
    kept = [
        v
        for v in levels
        if v.dose is not None
        and (v.reference or (v.ratio is not None and v.low is not None and v.high is not None and v.low > 0))
    ]
    return kept if any(v.reference for v in kept) and len(kept) > 1 else []


def has_counts(study: DoseStudy, levels: Sequence[Level]) -> bool:
    """Tell whether cases and persons (or person-years) are known at every level used."""
    del study
    return all(v.cases is not None and (v.persons or v.person_years) for v in levels)


def _kind(study: DoseStudy, levels: Sequence[Level]) -> str:
    if "case-control" in study.note:
        return "cc"
    return "ir" if all(v.person_years for v in levels) else "ci"


def build(studies: Sequence[tuple[DoseStudy, Sequence[Level]]]) -> Contrasts:
    """Turn studies with their usable levels into contrasts; doses stay in the unit of the study."""
    counted = [pair for pair in studies if has_counts(*pair)]
    others = [pair for pair in studies if not has_counts(*pair)]
    parts = []
    if counted:
        parts.append(_read(counted, counts=True))
    if others:
        parts.append(_read(others, counts=False))
    return joined(parts)


def _read(studies: Sequence[tuple[DoseStudy, Sequence[Level]]], *, counts: bool) -> Contrasts:
    rows = [(study, own, v) for study, own in studies for v in own]
    data = read_categories(
        [study.id for study, _, _ in rows],
        [v.dose or 0.0 for _, _, v in rows],
        [0.0 if v.reference else math.log(v.ratio or 1.0) for _, _, v in rows],
        [0.0 if v.reference else log_se(v.low or 1.0, v.high or 1.0) for _, _, v in rows],
        cases=[float(v.cases or 0) for _, _, v in rows] if counts else None,
        n=[float(v.person_years or v.persons or 1) for _, _, v in rows] if counts else None,
        kind=[_kind(study, own) for study, own, _ in rows] if counts else None,
        reference=[v.reference for _, _, v in rows],
    )
    if counts:
        return covariance(data, "gl", "refuse")
    size = data.y.shape[1]
    correlation = np.full((size, size), SHARED_REFERENCE)
    np.fill_diagonal(correlation, 1.0)
    return contrasts_from(data, np.broadcast_to(correlation, (data.m, size, size)), "assumed")


def joined(parts: Sequence[Contrasts]) -> Contrasts:
    """Put sets of studies together, padding each to the widest."""
    if len(parts) == 1:
        return parts[0]
    width = max(p.y.shape[1] for p in parts)

    def wide(values: np.ndarray, fill: float) -> np.ndarray:
        return np.pad(values, [(0, 0), (0, width - values.shape[1])], constant_values=fill)

    blocks = []
    for p in parts:
        s = np.broadcast_to(np.eye(width), (p.m, width, width)).copy()
        own = p.y.shape[1]
        s[:, :own, :own] = p.s
        blocks.append(s)
    return Contrasts(
        tuple(i for p in parts for i in p.ids),
        np.concatenate([wide(p.dose, 0.0) for p in parts]),
        np.concatenate([p.dose_ref for p in parts]),
        np.concatenate([wide(p.y, 0.0) for p in parts]),
        np.concatenate(blocks),
        np.concatenate([wide(p.mask, False) for p in parts]),
        " + ".join(sorted({p.covariance for p in parts})),
        tuple(w for p in parts for w in p.warnings),
    )


def pair(identifier: str, dose_low: float, dose_high: float, value: float, se: float) -> Contrasts:
    """Make a study of one contrast between two stated doses."""
    return Contrasts(
        (identifier,), np.array([[dose_high]]), np.array([dose_low]), np.array([[value]]),
        np.array([[[se**2]]]), np.array([[True]]), "none",
    )  # fmt: skip
