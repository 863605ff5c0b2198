"""Dose-response curves from the base: levels and stated extremes, each cohort once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.errors import problem
from epsom.evidence.answers.contrasts import build, has_counts, joined, pair, usable_levels
from epsom.evidence.answers.datasets import study_slopes
from epsom.evidence.answers.estimates import Dataset, Estimate, SetAside, label, one_per_cohort
from epsom.evidence.arrays import Floats
from epsom.evidence.base.load import Base
from epsom.evidence.base.outcomes import FAMILIES, step
from epsom.evidence.base.records import CohortRecord, Contrast, DoseStudy, Grade, Level, Standing
from epsom.evidence.base.values import log_se
from epsom.evidence.curves.burden import ProofBound, burden_of_proof
from epsom.evidence.curves.fit import Plan, fit_curve
from epsom.evidence.curves.result import DoseResponseResult
from epsom.evidence.curves.shapes import make_shape
from epsom.evidence.curves.studies import Contrasts

# Quantiles of all doses; for the spline after Harrell (Regression Modeling Strategies, 2015).
KNOTS = {"spline": (0.1, 0.5, 0.9), "piecewise": (0.5,)}
BULK = (0.15, 0.85)  # quantiles of the doses over which the conservative bound is scored (Zheng et al. 2022)
BENDS_FROM = 6  # studies from which a curve is bent by default; fewer cannot tell a bend from chance


@dataclass(frozen=True)
class CurveData:
    """Hold the studies of one curve: the estimates that count, their contrasts, and what was set aside."""

    data: Dataset
    contrasts: Contrasts

    @property
    def doses(self) -> Floats:
        """Return all doses, references included, sorted [unit of the exposure]."""
        c = self.contrasts
        return np.sort(np.concatenate([c.dose[c.mask], c.dose_ref]))


@dataclass(frozen=True)
class CurveFit:
    """Hold a fitted curve with its data, and the straight line through the same studies."""

    curve: CurveData
    result: DoseResponseResult
    line: DoseResponseResult
    knots: tuple[float, ...]


def curve_data(base: Base, outcome: str, family: str) -> CurveData:
    """Collect the studies of a curve.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-NONE`` when no cohort printed doses with intervals.
    """
    scale = step(family)
    exposures = FAMILIES[family]
    own = [
        r
        for r in base.cohorts
        if r.outcome == outcome and r.exposure in exposures and r.grade is Grade.COHORT
    ]
    usable = [r for r in own if r.standing is Standing.USABLE and r.unit == scale.unit]
    levels = {
        r.id: v
        for r in usable
        if isinstance(r, DoseStudy)
        if (v := usable_levels(base.levels_of.get(r.id, ())))
    }
    pairs = [(r, levels[r.id]) for r in usable if isinstance(r, DoseStudy) and r.id in levels]
    trends = study_slopes(pairs, scale.size)
    found = [_estimate(r, *trends[r.id], "levels", v) for r, v in pairs]
    for r in usable:
        if isinstance(r, Contrast) and r.dose_high is not None and r.dose_low is not None:
            assert r.step is not None
            assert r.ratio is not None
            assert r.low is not None
            assert r.high is not None
            factor = scale.size / r.step
            found.append(
                _estimate(r, math.log(r.ratio) * factor, log_se(r.low, r.high) * factor, "extremes", ())
            )
    kept, overlap = one_per_cohort(found, family)
    if not kept:
        raise problem("E-EVIDENCE-NONE", value=outcome)
    names = {e.id for e in found}
    aside = [SetAside(r.id, label(r), r.reason or "no_dose", r.words) for r in own if r.id not in names]
    data = Dataset(outcome, family, "slope", "ratio", scale.size, scale.unit, tuple(kept), (*aside, *overlap))
    return CurveData(data, _contrasts(usable, levels, {e.id for e in kept}))


def _estimate(r: CohortRecord, value: float, se: float, how: str, levels: Sequence[Level]) -> Estimate:
    covariance = ""
    if isinstance(r, DoseStudy):
        covariance = "gl" if has_counts(r, levels) else "assumed"
    return Estimate(
        id=r.id, label=label(r), value=value, se=se, how=how, source=r.source, exposure=r.exposure,
        groups=r.groups, part=r.part, confidence=r.confidence, cases=r.cases, persons=r.persons,
        points=max(len(levels) - 1, 1), year=r.year, measure=r.measure, covariance=covariance,
    )  # fmt: skip


def _contrasts(records: Sequence[CohortRecord], levels: dict[str, list[Level]], kept: set[str]) -> Contrasts:
    studies = [(r, levels[r.id]) for r in records if isinstance(r, DoseStudy) and r.id in kept]
    parts = [build(studies)] if studies else []
    for r in records:
        if isinstance(r, Contrast) and r.id in kept and r.dose_high is not None and r.dose_low is not None:
            assert r.ratio is not None
            assert r.low is not None
            assert r.high is not None
            parts.append(pair(r.id, r.dose_low, r.dose_high, math.log(r.ratio), log_se(r.low, r.high)))
    return joined(parts)


def usual_shape(curve: CurveData) -> str:
    """Choose a spline where there are enough studies, else a straight line."""
    return "spline" if curve.contrasts.m >= BENDS_FROM else "linear"


def fit(curve: CurveData, shape: str | None = None, method: str = "reml", level: float = 0.95) -> CurveFit:
    """Fit a curve in one stage, so that studies with two doses count too.

    A spline has its three knots at the 10th, 50th and 90th percentile of all doses, a broken line its
    one knot at the median. Below three studies the variance between studies cannot be estimated: the
    fixed model is fitted.
    """
    shape = shape or usual_shape(curve)
    knots = tuple(float(q) for q in np.quantile(curve.doses, KNOTS.get(shape, ())))
    plan = Plan(stage=1, method=method if curve.contrasts.m >= 3 else "fixed", level=level)
    result = fit_curve(curve.contrasts, make_shape(shape, knots), plan)
    line = result if shape == "linear" else fit_curve(curve.contrasts, make_shape("linear", None), plan)
    return CurveFit(curve, result, line, knots)


def conservative(found: CurveFit, reference: float) -> ProofBound | None:
    """Bound a curve in the style of the burden-of-proof method; None for a curve without random effects.

    The bound is taken between the 15th and 85th percentile of the studied doses, with the worst-fitting
    tenth of the contrasts set aside.
    """
    if found.result.method not in ("ml", "reml"):
        return None
    low, high = (float(q) for q in np.quantile(found.curve.doses, BULK))
    return burden_of_proof(found.result, low, high, reference)
