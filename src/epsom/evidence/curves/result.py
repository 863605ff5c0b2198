"""What a dose-response fit returns: coefficients, curves with both bands, tests, and remarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from epsom.base.errors import Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.curves.shapes import Shape
from epsom.evidence.curves.studies import Contrasts
from epsom.evidence.distributions import chi2_tail, critical


@dataclass(frozen=True)
class Wald:
    """Hold a Wald chi-square test."""

    chi2: float
    df: int
    p: float


@dataclass(frozen=True)
class Heterogeneity:
    """Hold the multivariate Q of the study-level curves, its degrees of freedom, p and I2 [%]."""

    q: float
    df: int
    p: float
    i2: float


@dataclass(frozen=True)
class Curve:
    """Hold a pooled curve relative to a reference dose; all arrays (doses,).

    Attributes
    ----------
    dose, reference
        Doses and reference dose, [dose unit].
    effect, se
        Log relative effect (or mean difference) and its standard error.
    ci_low, ci_high
        Confidence band of the mean curve.
    pi_low, pi_high
        Prediction band: where the curve of a new study is expected; NaN where it is undefined.
    """

    dose: Floats
    reference: float
    effect: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    pi_low: Floats
    pi_high: Floats


@dataclass(frozen=True)
class StudyCurves:
    """Hold each study's own coefficients (two-stage): names, (m, q) estimates and (m, q, q) covariances.

    ``shrunken`` holds the best linear unbiased prediction of each study's curve: drawn towards the mean.
    """

    ids: tuple[str, ...]
    coefficients: Floats
    vcov: Floats
    shrunken: Floats | None


@dataclass(frozen=True)
class DoseResponseResult:
    """Hold a pooled dose-response curve.

    Attributes
    ----------
    shape, stage, method, covariance, level
        What was fitted and how.
    terms
        Names of the coefficients (the terms of the shape, times moderator columns where given).
    coefficients, se
        [effect / dose unit^j] and (p,).
    vcov
        (p, p).
    psi
        Between-study covariance of the curve coefficients, (q, q); zeros for the fixed model.
    log_likelihood
        Without the term ``1/2 log|X'X|``; ``log_likelihood_with_design`` has it (REML only).
    share, starts
        Share of the starts that reached the optimum, and their number.
    boundary, converged
        Psi is singular; the gradient vanished.
    overall, nonlinear
        Wald tests of all coefficients and of the curved ones.
    heterogeneity
        Two-stage fits only.
    studies
        Two-stage fits only.
    contrasts
        The data as fitted.
    warnings
        Coded remarks.
    """

    shape: Shape
    stage: int
    method: str
    covariance: str
    level: float
    terms: tuple[str, ...]
    coefficients: Floats
    se: Floats
    vcov: Floats
    psi: Floats
    log_likelihood: float | None
    log_likelihood_with_design: float | None
    share: float
    starts: int
    boundary: bool
    converged: bool
    overall: Wald
    nonlinear: Wald | None
    heterogeneity: Heterogeneity | None
    studies: StudyCurves | None
    contrasts: Contrasts
    warnings: tuple[Problem, ...]

    @property
    def q(self) -> int:
        """Return the number of terms of the shape."""
        return len(self.shape.terms)

    def predict(self, dose: ArrayLike, reference: float = 0.0, at: Sequence[float] | None = None) -> Curve:
        """Evaluate the pooled curve relative to any reference dose, with both bands.

        Parameters
        ----------
        dose
            Doses, [dose unit] and (doses,).
        reference
            Dose at which the effect is zero, [dose unit].
        at
            Values of the moderator columns (intercept excluded); None for the reference study type.

        Examples
        --------
        See `dose_response`.
        """
        x = np.atleast_1d(np.asarray(dose, dtype=np.float64))
        z = self.shape.columns(x) - self.shape.columns(np.asarray(float(reference)))
        row = np.zeros(len(self.terms) // self.q)
        row[0] = 1.0
        if at is not None:
            row[1:] = at
        design = np.kron(z, row)
        effect = design @ self.coefficients
        variance = np.einsum("ij,jk,ik->i", design, self.vcov, design)
        between = np.einsum("ij,jk,ik->i", z, self.psi, z)
        se = np.sqrt(variance)
        reach = critical(self.level) * se
        df = self.contrasts.m - len(self.terms) - 1
        wide = np.full(len(x), np.nan)
        if df > 0 and self.method != "fixed":
            wide = critical(self.level, df) * np.sqrt(variance + between)
        return Curve(
            x, float(reference), effect, se, effect - reach, effect + reach, effect - wide, effect + wide
        )

    def summary(self) -> dict[str, Any]:
        """Return the figures as plain values, ready for JSON."""
        curved, h = self.nonlinear, self.heterogeneity
        reach = critical(self.level)
        return {
            "studies": self.contrasts.m,
            "contrasts": int(np.sum(self.contrasts.mask)),
            "shape": self.shape.name,
            "stage": self.stage,
            "method": self.method,
            "covariance": self.covariance,
            "coefficients": [
                {"term": name, "estimate": float(b), "se": float(s), "low": float(b - reach * s),
                 "high": float(b + reach * s)}
                for name, b, s in zip(self.terms, self.coefficients, self.se, strict=True)
            ],
            "psi": self.psi.tolist(),
            "log_likelihood": self.log_likelihood,
            "share_of_starts": self.share,
            "boundary": self.boundary,
            "overall_p": self.overall.p,
            "nonlinear_p": None if curved is None else curved.p,
            "q": None if h is None else h.q,
            "q_df": None if h is None else h.df,
            "i2": None if h is None else h.i2,
            "warnings": [w.code for w in self.warnings],
        }  # fmt: skip


def wald(coefficients: Floats, vcov: Floats, which: Sequence[int]) -> Wald:
    """Test that some coefficients are all zero."""
    index = np.asarray(which)
    b = coefficients[index]
    value = float(b @ np.linalg.solve(vcov[np.ix_(index, index)], b))
    return Wald(value, len(index), float(chi2_tail(value, len(index))))
