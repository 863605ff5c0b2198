"""Pool study effects: the one function that most users need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats, at_row, column, same_length
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.heterogeneity import heterogeneity
from epsom.evidence.pooling.inference import TESTS, infer, moderator_test, prediction_interval
from epsom.evidence.pooling.likelihood import log_likelihood
from epsom.evidence.pooling.moderators import design_columns
from epsom.evidence.pooling.result import Information, PooledResult
from epsom.evidence.pooling.tau2 import estimate_tau2


def pool(
    estimate: ArrayLike,
    *,
    se: ArrayLike | None = None,
    variance: ArrayLike | None = None,
    labels: Sequence[Any] | None = None,
    moderators: Mapping[str, Any] | None = None,
    method: str = "REML",
    test: str = "knha",
    level: float = 0.95,
    prediction: str = "riley",
) -> PooledResult:
    """Pool study effects by inverse-variance weights, or regress them on moderators.

    Parameters
    ----------
    estimate
        Study effects on the analysis scale (log for ratios), [analysis scale] and (k,).
    se, variance
        Standard errors [analysis scale] or variances [analysis scale^2], (k,); give one of the two.
    labels
        Names of the studies, used in messages and plots.
    moderators
        Name -> (k,) values; text values become treatment contrasts with the alphabetically first level
        as reference.
    method
        Heterogeneity estimator: ``EE`` (equal effects), ``DL``, ``PM``, ``REML``, ``ML``, ``EB``, ``SJ``,
        ``HE``, ``HS``, and the variants ``HSk``, ``PMM``, ``DLIT``, ``SJIT``.
    test
        ``knha`` (Knapp-Hartung), ``adhoc`` (the same, never narrower than ``z`` scaling), ``t`` or ``z``.
    level
        Coverage of all intervals.
    prediction
        ``riley`` (t with k - 2 degrees of freedom) or ``fit`` (the quantile of ``test``).

    Returns
    -------
    PooledResult

    Raises
    ------
    EpsomError
        ``E-EV-SE`` for a standard error or variance at or below zero, with study and row; ``E-EV-NUMBER``,
        ``E-EV-LENGTH``, ``E-EV-CHOICE``, ``E-EV-COLLINEAR``, ``E-EV-TOO-FEW``.

    Examples
    --------
    >>> result = pool([-0.3, -0.1, -0.4, 0.0], se=[0.1, 0.1, 0.2, 0.15], method="DL", test="z")
    >>> round(result.estimate, 3), round(result.tau2, 4)
    (-0.178, 0.0073)
    """
    y, v, names = read_effects(estimate, se, variance, labels)
    _check_choices(test, level, prediction)
    x, terms = design_columns(len(y), moderators)
    design = ls.make_design(x, terms)
    tau2 = estimate_tau2(method, design, y, v)
    fit = ls.weighted_fit(design, y, 1 / (v + tau2.value))
    found = infer(design, fit, test, level)
    h = heterogeneity(design, y, v, None if method == "EE" else tau2.value)
    alone = len(terms) == 1
    interval = None
    if alone and method != "EE":
        df = found.df if prediction == "fit" else design.k - 2
        interval = prediction_interval(
            float(found.coefficients[0]), float(found.se[0]), tau2.value, level, df
        )
    return PooledResult(
        method=method, test=test, level=level, terms=terms,
        coefficients=found.coefficients, se=found.se, statistic=found.statistic, p_value=found.p_value,
        ci_low=found.low, ci_high=found.high, vcov=found.vcov,
        tau2=tau2.value, tau2_se=tau2.se, heterogeneity=h,
        prediction=interval, residual_df=found.df,
        moderators=None if alone else moderator_test(found, True),
        r2=None if alone else _explained(method, y, v, tau2.value, h.h2),
        information=_information(method, design, y, v, tau2.value),
        names=names, y=y, v=v, weights=100 * fit.weights / np.sum(fit.weights), x=x,
        warnings=_remarks(design, method, test, fit.rss, tau2.maxima, names, y, v),
    )  # fmt: skip


def read_effects(
    estimate: ArrayLike, se: ArrayLike | None, variance: ArrayLike | None, labels: Sequence[Any] | None
) -> tuple[Floats, Floats, tuple[str, ...] | None]:
    """Read effects with standard errors or variances; return effects, variances and names.

    Raises
    ------
    EpsomError
        ``E-EV-ONE-OF``, ``E-EV-NUMBER``, ``E-EV-LENGTH``, ``E-EV-SE``.
    """
    names = None if labels is None else [str(label) for label in labels]
    if (se is None) == (variance is None):
        raise EpsomError(Problem("E-EV-ONE-OF", expected="se, variance"))
    y = column(estimate, "estimate", None)
    field = "se" if se is not None else "variance"
    spread = column(se if se is not None else variance, field, None)  # type: ignore[arg-type]
    same_length(estimate=y, **{field: spread})
    if names is not None and len(names) != len(y):
        raise EpsomError(Problem("E-EV-LENGTH", value=f"estimate: {len(y)}, labels: {len(names)}"))
    bad = np.flatnonzero(spread <= 0)
    if bad.size:
        raise EpsomError.of(at_row("E-EV-SE", int(i), field, spread[i], names) for i in bad)
    v = spread**2 if se is not None else spread
    return y, v, None if names is None else tuple(names)


def _check_choices(test: str, level: float, prediction: str) -> None:
    if test not in TESTS:
        raise EpsomError(Problem("E-EV-CHOICE", field="test", value=test, expected=", ".join(TESTS)))
    if prediction not in ("riley", "fit"):
        raise EpsomError(Problem("E-EV-CHOICE", field="prediction", value=prediction, expected="riley, fit"))
    if not 0 < level < 1:
        raise EpsomError(Problem("E-EV-CHOICE", field="level", value=level, expected="0 < level < 1"))


def _explained(method: str, y: Floats, v: Floats, tau2: float, h2: float) -> float | None:
    """Return the share of between-study variance that the moderators explain, [%]."""
    alone = ls.make_design(np.ones((len(y), 1)), ("intercept",))
    if method == "EE":
        base = heterogeneity(alone, y, v, None).h2
        return max(0.0, 100 * (1 - h2 / base)) if base > 0 else None
    before = estimate_tau2(method, alone, y, v).value
    if before == 0:
        return 0.0  # there was nothing to explain
    return max(0.0, 100 * (before - tau2) / before)


def _information(method: str, design: ls.Design, y: Floats, v: Floats, tau2: float) -> Information | None:
    if method not in ("ML", "REML", "EE"):
        return None
    restricted = method == "REML"
    value = log_likelihood(design, y, v, tau2, restricted=restricted)
    count = design.p + (method != "EE")
    n = design.k - design.p if restricted else design.k
    n_eff = max(n, count + 2)
    return Information(
        value,
        -2 * value + 2 * count,
        -2 * value + count * float(np.log(n)) if n > 0 else float("inf"),
        -2 * value + 2 * count * n_eff / (n_eff - count - 1),
    )


def _remarks(
    design: ls.Design, method: str, test: str, rss: float, maxima: int, names: tuple[str, ...] | None,
    y: Floats, v: Floats,
) -> tuple[Problem, ...]:  # fmt: skip
    remarks = []
    if design.k == 1:
        remarks.append(Problem("W-EV-ONE-STUDY", value=names[0] if names else "1"))
    elif design.k - design.p < (1 if method == "EE" else 2):
        remarks.append(Problem("W-EV-FEW-STUDIES", value=design.k))
    if test == "knha" and design.k - design.p + 1 > 1 and rss < design.k - design.p:
        remarks.append(Problem("W-EV-NARROWED", value=rss / max(design.k - design.p, 1)))
    if maxima > 1:
        remarks.append(Problem("W-EV-MODES", value=maxima))
    if names is not None and len(set(names)) < len(names):
        remarks += _twins(names, y, v)
    return tuple(remarks)


def _twins(names: tuple[str, ...], y: Floats, v: Floats) -> list[Problem]:
    """List studies that repeat the name and the numbers of an earlier one."""
    seen: dict[tuple[str, float, float], int] = {}
    remarks = []
    for i, key in enumerate(zip(names, y.tolist(), v.tolist(), strict=True)):
        if key in seen:
            remarks.append(at_row("W-EV-DUPLICATE", i, "estimate", key[1], names, first=seen[key] + 1))
        seen.setdefault(key, i)
    return remarks
