"""Fit a pooled curve, in one stage or two.

Two stages: each study's curve by generalised least squares, then a multivariate random-effects model of
the coefficients (Orsini, Bellocco & Greenland, Stata J 2006;6:40). One stage: all contrasts in one mixed
model, so that studies with few categories count too (Crippa et al., Stat Methods Med Res 2019;28:1579).
Both reduce to the same blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.curves.result import (
    DoseResponseResult,
    Heterogeneity,
    StudyCurves,
    wald,
)
from epsom.evidence.curves.shapes import Shape
from epsom.evidence.curves.studies import Contrasts
from epsom.evidence.distributions import chi2_tail
from epsom.evidence.multivariate.blocks import Blocks, Whitened, make_blocks, whiten
from epsom.evidence.multivariate.model import METHODS, RandomEffects, fit_blocks


@dataclass(frozen=True)
class Plan:
    """Hold the choices of a fit."""

    stage: int = 1
    method: str = "reml"
    level: float = 0.95
    starts: int = 8


def fit_curve(
    data: Contrasts, shape: Shape, plan: Plan, moderators: tuple[Floats, tuple[str, ...]] | None = None
) -> DoseResponseResult:
    """Fit a pooled curve.

    Parameters
    ----------
    data
        From a covariance method such as `greenland_longnecker.greenland_longnecker`.
    shape
        From `shapes.make_shape`.
    plan
        Stage, method, level, starts.
    moderators
        Study-level design (m, c) with an intercept first, and the names of its columns.

    Raises
    ------
    EpsomError
        ``E-EV-CHOICE``, ``E-EV-ONE-STUDY`` (random effects need two),
        ``E-EV-CATEGORIES`` (two stages need as many categories as coefficients),
        ``E-EV-COLLINEAR``.
    """
    if plan.method not in METHODS:
        raise EpsomError(
            Problem("E-EV-CHOICE", field="method", value=plan.method, expected=", ".join(METHODS))
        )
    if plan.stage not in (1, 2):
        raise EpsomError(Problem("E-EV-CHOICE", field="stage", value=plan.stage, expected="1, 2"))
    if data.m < 2 and plan.method != "fixed":
        raise EpsomError(
            Problem("E-EV-ONE-STUDY", field="method", value=plan.method, details={"study": data.ids[0]})
        )
    x = np.where(
        data.mask[:, :, None], shape.columns(data.dose) - shape.columns(data.dose_ref)[:, None, :], 0.0
    )
    white = whiten(data.y, data.s, x, data.sizes)
    studies = None
    if plan.stage == 2:
        studies = study_curves(data, white, len(shape.terms))
        white = _second_stage(studies)
    link, names = _link(shape, moderators)
    blocks = make_blocks(white, link)
    found = fit_blocks(blocks, plan.method, starts=plan.starts, whitened=white, link=link)
    if studies is not None:
        mean = found.coefficients if link is None else link @ found.coefficients
        studies = replace(studies, shrunken=found.shrunken + mean)
    return _result(data, shape, plan, names, found, studies, blocks)


def study_curves(data: Contrasts, white: Whitened, q: int) -> StudyCurves:
    """Fit each study's own curve by generalised least squares.

    Raises
    ------
    EpsomError
        ``E-EV-CATEGORIES`` that names each study with too few distinct doses for the shape.
    """
    size = np.sqrt(np.einsum("ijk,ijk->k", white.z, white.z))
    z = white.z / size
    lacking = data.sizes < q
    if z.shape[1] >= q:
        left, right = np.linalg.qr(z)
        size_r = np.abs(np.einsum("ijj->ij", right))
        lacking = lacking | (np.min(size_r, axis=1) <= 1e-9 * np.max(size_r, axis=1))
    if np.any(lacking):
        raise EpsomError.of(
            Problem(
                "E-EV-CATEGORIES", value=int(data.sizes[i]), expected=str(q), details={"study": data.ids[i]}
            )
            for i in np.flatnonzero(lacking)
        )  # fmt: skip
    inverse = np.linalg.inv(right)
    b = np.einsum("iqr,isr,is->iq", inverse, left, white.y) / size
    vcov = inverse @ np.swapaxes(inverse, 1, 2) / np.outer(size, size)
    return StudyCurves(data.ids, b, vcov, None)


def _second_stage(studies: StudyCurves) -> Whitened:
    m, q = studies.coefficients.shape
    z = np.broadcast_to(np.eye(q), (m, q, q))
    size = np.sqrt(np.mean(np.einsum("ijj->ij", studies.vcov), axis=0))
    scaled = whiten(studies.coefficients / size, studies.vcov / np.outer(size, size), z / size, np.full(m, q))
    log_det = scaled.log_det_s + 2 * np.sum(np.log(size))
    return Whitened(scaled.y, scaled.z, log_det, scaled.n, studies.coefficients, np.asarray(z))


def _link(
    shape: Shape, moderators: tuple[Floats, tuple[str, ...]] | None
) -> tuple[Floats | None, tuple[str, ...]]:
    if moderators is None:
        return None, shape.terms
    rows, columns = moderators
    q = len(shape.terms)
    link = np.einsum("qr,ic->iqrc", np.eye(q), rows).reshape(len(rows), q, -1)
    return link, tuple(
        term if j == 0 else f"{term}:{column}" for term in shape.terms for j, column in enumerate(columns)
    )


def _result(
    data: Contrasts, shape: Shape, plan: Plan, names: tuple[str, ...], found: RandomEffects,
    studies: StudyCurves | None, blocks: Blocks,
) -> DoseResponseResult:  # fmt: skip
    per_term = len(names) // len(shape.terms)
    curved = [j * per_term + c for j in shape.nonlinear for c in range(per_term)]
    h = None
    if studies is not None:
        df = blocks.m * blocks.q - blocks.p
        h = Heterogeneity(found.q, df, float(chi2_tail(found.q, df)), _i2(found.q, df))
    remarks = list(data.warnings)
    if plan.method in ("ml", "reml"):
        if found.boundary:
            remarks.append(Problem("W-EV-BOUNDARY"))
        if found.share < 0.5:
            remarks.append(
                Problem("W-EV-STARTS", value=round(found.share * plan.starts), expected=str(plan.starts))
            )
        if not found.converged:
            remarks.append(Problem("W-EV-CONVERGENCE"))
    if blocks.m <= len(names) + 1 and plan.method != "fixed":
        remarks.append(Problem("W-EV-FEW-STUDIES", value=blocks.m))
    return DoseResponseResult(
        shape=shape, stage=plan.stage, method=plan.method, covariance=data.covariance, level=plan.level,
        terms=names, coefficients=found.coefficients, se=np.sqrt(np.diag(found.vcov)), vcov=found.vcov,
        psi=found.psi, log_likelihood=found.log_likelihood,
        log_likelihood_with_design=found.log_likelihood_with_design, share=found.share, starts=found.starts,
        boundary=found.boundary, converged=found.converged,
        overall=wald(found.coefficients, found.vcov, range(len(names))),
        nonlinear=wald(found.coefficients, found.vcov, curved) if curved else None,
        heterogeneity=h, studies=studies, contrasts=data, warnings=tuple(remarks),
    )  # fmt: skip


def _i2(q: float, df: int) -> float:
    return 100 * max(0.0, (q - df) / q) if q > 0 else 0.0
