"""Build the data of one pooling from the base: slopes, extremes, or net effects of trials."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from epsom.evidence.answers.contrasts import build, has_counts, usable_levels
from epsom.evidence.answers.estimates import Dataset, Estimate, SetAside, label, one_per_cohort, persons
from epsom.evidence.base.load import Base
from epsom.evidence.base.outcomes import FAMILIES, outcomes, step
from epsom.evidence.base.records import (
    CohortRecord,
    Contrast,
    DoseStudy,
    Grade,
    Level,
    Standing,
    Trial,
)
from epsom.evidence.base.values import log_se
from epsom.evidence.curves.fit import Plan, fit_curve
from epsom.evidence.curves.shapes import make_shape


def _mine(base: Base, outcome: str, family: str, grade: Grade) -> list[CohortRecord]:
    exposures = FAMILIES[family]
    return [r for r in base.cohorts if r.outcome == outcome and r.exposure in exposures and r.grade is grade]


def _estimate(
    record: CohortRecord, value: float, se: float, how: str, points: int, covariance: str = ""
) -> Estimate:
    return Estimate(
        id=record.id, label=label(record), value=value, se=se, how=how, source=record.source,
        exposure=record.exposure, groups=record.groups, part=record.part, confidence=record.confidence,
        cases=record.cases, persons=record.persons, points=points, year=record.year, measure=record.measure,
        covariance=covariance,
    )  # fmt: skip


def _aside(records: Sequence[CohortRecord | Trial]) -> list[SetAside]:
    return [SetAside(r.id, label(r), r.reason, r.words) for r in records if r.standing is not Standing.USABLE]


def net_effects(base: Base, outcome: str) -> Dataset:
    """Collect the net effects of randomised supplement trials [unit of the outcome]."""
    unit = outcomes()[outcome].unit if outcome in outcomes() else ""
    own = [t for t in base.trials if t.outcome == outcome]
    used = [
        t
        for t in own
        if t.standing is Standing.USABLE and t.grade is Grade.TRIAL and t.estimate is not None and t.se
    ]
    found = tuple(
        Estimate(
            id=t.id, label=label(t), value=float(t.estimate or 0.0), se=float(t.se or 0.0), how=t.origin,
            source=t.source, exposure=t.exposure, groups=(t.study,), part="all", confidence=t.confidence,
            cases=None, persons=persons(t), points=1, year=t.year, measure="MD",
        )
        for t in used
    )  # fmt: skip
    return Dataset(outcome, "supplement", "net", "difference", None, unit, found, tuple(_aside(own)))


def study_slopes(
    studies: Sequence[tuple[DoseStudy, Sequence[Level]]], size: float
) -> dict[str, tuple[float, float]]:
    """Fit each study's own linear trend by generalised least squares; value and se per ``size``."""
    if not studies:
        return {}
    data = build(studies)
    fitted = fit_curve(data, make_shape("linear", None), Plan(stage=2, method="fixed"))
    assert fitted.studies is not None
    values = fitted.studies.coefficients[:, 0] * size
    spread = np.sqrt(fitted.studies.vcov[:, 0, 0]) * size
    return {i: (float(v), float(s)) for i, v, s in zip(fitted.studies.ids, values, spread, strict=True)}


def slopes(base: Base, outcome: str, family: str, grade: Grade = Grade.COHORT) -> Dataset:
    """Collect log ratios per step of dose: dose levels, per-unit results and stated extremes."""
    scale = step(family)
    own = _mine(base, outcome, family, grade)
    pairs = [
        (r, levels)
        for r in own
        if isinstance(r, DoseStudy) and r.standing is Standing.USABLE and r.unit == scale.unit
        if (levels := usable_levels(base.levels_of.get(r.id, ())))
    ]
    trends = study_slopes(pairs, scale.size)
    found = [
        _estimate(r, *trends[r.id], "levels", len(v) - 1, "gl" if has_counts(r, v) else "assumed")
        for r, v in pairs
    ]
    for r in own:
        if isinstance(r, Contrast) and r.standing is Standing.USABLE and r.step and r.unit == scale.unit:
            factor = scale.size / r.step
            assert r.ratio is not None
            assert r.low is not None
            assert r.high is not None
            how = "per_unit" if r.kind == "per_unit" else "extremes"
            found.append(_estimate(r, math.log(r.ratio) * factor, log_se(r.low, r.high) * factor, how, 1))
    kept, overlap = one_per_cohort(found, family)
    names = {e.id for e in found}
    undosed = [
        SetAside(r.id, label(r), "no_dose")
        for r in own
        if r.standing is Standing.USABLE and r.id not in names
    ]
    return Dataset(
        outcome, family, "slope", "ratio", scale.size, scale.unit, _sorted(kept),
        (*_aside(own), *undosed, *overlap),
    )  # fmt: skip


def extremes(base: Base, outcome: str, family: str, grade: Grade = Grade.COHORT) -> Dataset:
    """Collect log ratios of the highest against the lowest level, whatever their doses."""
    own = _mine(base, outcome, family, grade)
    found = []
    for r in own:
        if r.standing is not Standing.USABLE:
            continue
        if isinstance(r, Contrast) and r.kind == "high_vs_low" and r.ratio and r.low and r.high:
            found.append(_estimate(r, math.log(r.ratio), log_se(r.low, r.high), "extremes", 1))
        elif isinstance(r, DoseStudy):
            ends = _ends(base.levels_of.get(r.id, ()))
            if ends is not None:
                found.append(_estimate(r, *ends, "levels", 1))
    kept, overlap = one_per_cohort(found, family)
    names = {e.id for e in found}
    rest = [
        SetAside(r.id, label(r), "not_extremes")
        for r in own
        if r.standing is Standing.USABLE and r.id not in names
    ]
    return Dataset(
        outcome, family, "extremes", "ratio", None, "", _sorted(kept), (*_aside(own), *rest, *overlap)
    )


def _ends(levels: Sequence[Level]) -> tuple[float, float] | None:
    """Return highest against lowest, when one of the two is the reference."""
    if not levels:
        return None
    first, last = levels[0], levels[-1]
    far, sign = (last, 1.0) if first.reference else (first, -1.0) if last.reference else (None, 0.0)
    if far is None or not far.ratio or not far.low or not far.high:
        return None
    return sign * math.log(far.ratio), log_se(far.low, far.high)


def _sorted(found: Sequence[Estimate]) -> tuple[Estimate, ...]:
    return tuple(sorted(found, key=lambda e: (e.year or 0, e.label)))
