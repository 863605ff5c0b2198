"""Pool 2 x 2 tables without study estimates: Mantel-Haenszel and Peto.

Mantel & Haenszel 1959; variances: Robins, Breslow & Greenland, Biometrics 1986;42:311 (odds ratio),
Greenland & Robins, Biometrics 1985;41:55 (risk ratio), Sato, Biometrics 1989;45:1323 (risk difference).
Heterogeneity of the odds ratios: Tarone, Biometrika 1985;72:91.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.distributions import chi2_tail, critical, normal_two_sided
from epsom.evidence.effects import two_by_two
from epsom.evidence.effects.two_by_two import Table

_STUDY = {
    "OR": two_by_two.log_odds_ratio,
    "RR": two_by_two.log_risk_ratio,
    "RD": two_by_two.risk_difference,
}


@dataclass(frozen=True)
class TableResult:
    """Hold a pooled effect of 2 x 2 tables.

    Attributes
    ----------
    measure, estimate, se, z, p
        Log odds or risk ratio, or risk difference, with its normal test.
    ci
        Confidence interval.
    q, q_df, q_p, i2
        Heterogeneity of the study estimates around it (half a person is added to each cell of a study with
        a zero, for these estimates only); I2 in %.
    cmh, cmh_p
        Cochran-Mantel-Haenszel test with continuity correction (odds ratio only).
    tarone, tarone_p
        Tarone's test for equal odds ratios (odds ratio only).
    """

    measure: str
    estimate: float
    se: float
    z: float
    p: float
    ci: tuple[float, float]
    q: float
    q_df: int
    q_p: float
    i2: float
    cmh: float | None = None
    cmh_p: float | None = None
    tarone: float | None = None
    tarone_p: float | None = None


def mantel_haenszel(table: Table, measure: str = "OR", level: float = 0.95) -> TableResult:
    """Pool 2 x 2 tables by Mantel and Haenszel's weights.

    Parameters
    ----------
    table
        Uncorrected counts, (k,).
    measure
        ``OR``, ``RR`` or ``RD``.
    level
        Coverage of the interval.

    Raises
    ------
    EpsomError
        ``E-EV-NO-EVENTS`` when the pooled ratio is undefined (no events in one group of any study).

    Examples
    --------
    >>> t = Table(*np.array([[4.0, 6], [119, 300], [11, 29], [128, 274]]))
    >>> round(mantel_haenszel(t, "RR").estimate, 4)
    -1.3523
    """
    estimators = {"OR": _odds, "RR": _risk, "RD": _difference}
    if measure not in estimators:
        raise EpsomError(
            Problem("E-EV-CHOICE", field="measure", value=measure, expected=", ".join(estimators))
        )
    # Studies without events in both groups (or only events) say nothing about a ratio or its spread; they
    # do count in a pooled risk difference.
    use = ~table.uninformative()
    kept = Table(table.a[use], table.b[use], table.c[use], table.d[use])
    if not len(kept.a):
        raise EpsomError(Problem("E-EV-NO-EVENTS", field=measure))
    estimate, variance = estimators[measure](table if measure == "RD" else kept)
    if not np.isfinite(estimate) or not variance > 0:
        raise EpsomError(Problem("E-EV-NO-EVENTS", field=measure))
    y, v = _STUDY[measure](kept.corrected("only0", 0.5))
    if measure == "OR":
        cmh = _cmh(kept)
        tarone = _tarone(kept, float(np.exp(estimate)))
        extra = {"cmh": cmh, "cmh_p": float(chi2_tail(cmh, 1)), "tarone": tarone,
                 "tarone_p": float(chi2_tail(tarone, len(kept.a) - 1))}  # fmt: skip
    else:
        extra = {}
    return _result(measure, estimate, variance, y, v, level, extra)


def peto(table: Table, level: float = 0.95) -> TableResult:
    """Pool Peto's one-step log odds ratios.

    Examples
    --------
    >>> t = Table(*np.array([[4.0, 6], [119, 300], [11, 29], [128, 274]]))
    >>> round(peto(t).estimate, 4)
    -1.2432
    """
    use = ~table.uninformative()
    kept = Table(table.a[use], table.b[use], table.c[use], table.d[use])
    if not len(kept.a):
        raise EpsomError(Problem("E-EV-NO-EVENTS", field="PETO"))
    y, v = two_by_two.peto(kept)
    estimate = float(np.sum(y / v) / np.sum(1 / v))
    return _result("PETO", estimate, float(1 / np.sum(1 / v)), y, v, level, {})


def _result(
    measure: str, estimate: float, variance: float, y: Floats, v: Floats, level: float,
    extra: dict[str, float],
) -> TableResult:  # fmt: skip
    se = float(np.sqrt(variance))
    z = estimate / se
    q, df = float(np.sum((y - estimate) ** 2 / v)), len(y) - 1
    reach = critical(level) * se
    return TableResult(
        measure=measure,
        estimate=estimate,
        se=se,
        z=z,
        p=float(normal_two_sided(z)),
        ci=(estimate - reach, estimate + reach),
        q=q,
        q_df=df,
        q_p=float(chi2_tail(q, df)),
        i2=100 * max(0.0, (q - df) / q) if q > 0 else 0.0,
        cmh=extra.get("cmh"),
        cmh_p=extra.get("cmh_p"),
        tarone=extra.get("tarone"),
        tarone_p=extra.get("tarone_p"),
    )


def _odds(t: Table) -> tuple[float, float]:
    n = t.n1 + t.n2
    p, q = (t.a + t.d) / n, (t.b + t.c) / n
    r, s = t.a * t.d / n, t.b * t.c / n
    with np.errstate(divide="ignore", invalid="ignore"):
        total_r, total_s = np.sum(r), np.sum(s)
        first, last = np.sum(p * r) / total_r**2, np.sum(q * s) / total_s**2
        middle = np.sum(p * s + q * r) / (total_r * total_s)
        return float(np.log(total_r / total_s)), float((first + middle + last) / 2)


def _risk(t: Table) -> tuple[float, float]:
    n = t.n1 + t.n2
    with np.errstate(divide="ignore", invalid="ignore"):
        r, s = np.sum(t.a * t.n2 / n), np.sum(t.c * t.n1 / n)
        spread = np.sum((t.n1 * t.n2 * (t.a + t.c) - t.a * t.c * n) / n**2)
        return float(np.log(r / s)), float(spread / (r * s))


def _difference(t: Table) -> tuple[float, float]:
    n = t.n1 + t.n2
    weight = np.sum(t.n1 * t.n2 / n)
    estimate = float(np.sum(t.a * t.n2 / n - t.c * t.n1 / n) / weight)
    p = (t.n1**2 * t.c - t.n2**2 * t.a + t.n1 * t.n2 * (t.n2 - t.n1) / 2) / n**2
    q = (t.a * t.d + t.b * t.c) / (2 * n)
    return estimate, float((estimate * np.sum(p) + np.sum(q)) / weight**2)


def _cmh(t: Table) -> float:
    n, events = t.n1 + t.n2, t.a + t.c
    excess = np.sum(t.a - events * t.n1 / n)
    spread = np.sum(t.n1 * t.n2 * events * (t.b + t.d) / (n**2 * (n - 1)))
    return float((abs(excess) - 0.5) ** 2 / spread)


def _tarone(t: Table, odds: float) -> float:
    """Return Breslow and Day's sum corrected by Tarone, with counts expected under a common odds ratio."""
    events, n1, n2 = t.a + t.c, t.n1, t.n2
    # The root with possible counts of the quadratic in the expected cell, in the form that does not cancel.
    linear = n2 - events + odds * (n1 + events)
    product = odds * events * n1
    expected = 2 * product / (linear + np.sqrt(linear**2 + 4 * (1 - odds) * product))
    spread = 1 / (1 / expected + 1 / (n1 - expected) + 1 / (events - expected) + 1 / (n2 - events + expected))
    gap = t.a - expected
    return float(np.sum(gap**2 / spread) - np.sum(gap) ** 2 / np.sum(spread))
