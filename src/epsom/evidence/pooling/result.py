"""What a pooling returns: numbers, the inputs that made them, and warnings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from epsom.base.errors import Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.pooling.heterogeneity import Heterogeneity, Profile, q_profile
from epsom.evidence.pooling.least_squares import make_design


@dataclass(frozen=True)
class Interval:
    """Hold an interval on the analysis scale, with the degrees of freedom of its t quantile (None: z)."""

    low: float
    high: float
    df: float | None = None


@dataclass(frozen=True)
class ModeratorTest:
    """Hold the joint test of all moderators: chi-square, or F when ``df2`` is given."""

    statistic: float
    df1: int
    df2: int | None
    p: float


@dataclass(frozen=True)
class Information:
    """Hold the log-likelihood [-] and information criteria of an ML or REML fit."""

    log_likelihood: float
    aic: float
    bic: float
    aicc: float


@dataclass(frozen=True)
class Prediction:
    """Hold predictions for rows of a design: all arrays on the analysis scale and (rows,).

    Attributes
    ----------
    estimate, se
        Mean effect and its standard error.
    ci_low, ci_high
        Confidence interval of the mean.
    pi_low, pi_high
        Interval for the true effect of a new study; NaN where it is undefined (fewer than 3 studies).
    """

    estimate: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    pi_low: Floats
    pi_high: Floats


@dataclass(frozen=True)
class PooledResult:
    """Hold a pooled effect or a meta-regression.

    Attributes
    ----------
    method, test, level
        Heterogeneity estimator, test (``z``, ``t``, ``knha`` or ``adhoc``) and coverage.
    terms
        Names of the coefficients.
    coefficients, se, statistic, p_value, ci_low, ci_high
        Per coefficient, [analysis scale] and (p,).
    vcov
        Covariance of the coefficients, (p, p).
    tau2, tau2_se
        Between-study variance [analysis scale^2] and its standard error.
    heterogeneity
        Q, I2, H2; see `profile` for intervals.
    prediction
        Interval for the effect in a new study; None when undefined (see ``warnings``).
    residual_df
        Degrees of freedom of the t tests; None for ``z``.
    moderators, r2
        Joint test of the moderators and share of tau2 explained [%].
    information
        Likelihood figures of ML and REML fits.
    names
        Names of the studies as given, or None; see `labels`.
    y, v, weights
        Studies as pooled and their weights [%], each (k,).
    x
        The design, (k, p).
    warnings
        Coded remarks that the reader must see.
    """

    method: str
    test: str
    level: float
    terms: tuple[str, ...]
    coefficients: Floats
    se: Floats
    statistic: Floats
    p_value: Floats
    ci_low: Floats
    ci_high: Floats
    vcov: Floats
    tau2: float
    tau2_se: float | None
    heterogeneity: Heterogeneity
    prediction: Interval | None
    residual_df: int | None
    moderators: ModeratorTest | None
    r2: float | None
    information: Information | None
    names: tuple[str, ...] | None
    y: Floats
    v: Floats
    weights: Floats
    x: Floats
    warnings: tuple[Problem, ...]

    @property
    def k(self) -> int:
        """Return the number of studies."""
        return len(self.y)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Return the names of the studies; numbers from 1 when none were given."""
        return self.names if self.names is not None else tuple(map(str, range(1, self.k + 1)))

    @cached_property
    def profile(self) -> Profile:
        """Return the Q-profile interval of tau2, tau, I2 and H2 (computed when first asked for)."""
        return q_profile(make_design(self.x, self.terms), self.y, self.v, self.level)

    @property
    def estimate(self) -> float:
        """Return the first coefficient: the pooled effect when there are no moderators."""
        return float(self.coefficients[0])

    @property
    def ci(self) -> tuple[float, float]:
        """Return the confidence interval of `estimate`."""
        return float(self.ci_low[0]), float(self.ci_high[0])

    def predict(self, rows: Any = None, *, prediction: str = "riley") -> Prediction:
        """Predict the mean effect, and a new study's effect, for rows of the design.

        Parameters
        ----------
        rows
            Design rows without their intercept, (rows, p - 1); None for the intercept alone.
        prediction
            ``riley``: t with k - p - 1 degrees of freedom; ``fit``: the quantile of the fit's own test.
        """
        from epsom.evidence.pooling.inference import predict

        return predict(self, None if rows is None else np.asarray(rows, dtype=np.float64), prediction)

    def summary(self) -> dict[str, Any]:
        """Return the figures as plain values, ready for JSON."""
        h, interval = self.heterogeneity, self.prediction
        rows = zip(
            self.terms, self.coefficients, self.se, self.ci_low, self.ci_high, self.p_value, strict=True
        )
        return {
            "k": self.k,
            "method": self.method,
            "test": self.test,
            "level": self.level,
            "coefficients": [
                {"term": t, "estimate": float(b), "se": float(s), "low": float(lo), "high": float(hi),
                 "p": float(p)}
                for t, b, s, lo, hi, p in rows
            ],
            "tau2": self.tau2,
            "tau2_se": self.tau2_se,
            "tau2_interval": self.profile.tau2,
            "i2": h.i2,
            "i2_interval": self.profile.i2,
            "h2": h.h2,
            "q": h.q,
            "q_df": h.q_df,
            "q_p": h.q_p,
            "prediction": None if interval is None else [interval.low, interval.high],
            "warnings": [w.code for w in self.warnings],
        }  # fmt: skip
