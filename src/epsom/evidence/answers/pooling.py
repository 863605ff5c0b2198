"""Pool one dataset by the house rules, and look at it with one study left out at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from epsom.base.errors import problem
from epsom.evidence.answers.estimates import Dataset, Estimate
from epsom.evidence.pooling.pool import pool
from epsom.evidence.pooling.result import PooledResult


@dataclass(frozen=True)
class Choices:
    """Hold how studies are pooled; empty values follow the house rules (`rules`)."""

    method: str = ""
    test: str = ""
    level: float = 0.95


@dataclass(frozen=True)
class Summary:
    """Hold the figures of one pooling on the scale that readers see (ratio or unit of the outcome)."""

    k: int
    estimate: float
    low: float
    high: float
    prediction_low: float | None
    prediction_high: float | None
    i2: float | None
    tau2: float
    q: float
    q_p: float
    method: str
    test: str

    @property
    def direction(self) -> str:
        """Say which side of no difference the whole interval is on: lower, higher or none."""
        return side(self.low, self.high, self.neutral)

    neutral: float = 0.0


def side(low: float, high: float, neutral: float) -> str:
    """Return lower, higher, or none when the interval reaches the neutral value.

    Examples
    --------
    >>> side(0.8, 1.02, 1.0)
    'none'
    """
    if high < neutral:
        return "lower"
    return "higher" if low > neutral else "none"


def rules(k: int, choices: Choices) -> tuple[str, str]:
    """Choose estimator and test by the number of studies.

    Three or more: REML with the Knapp-Hartung adjustment that never narrows; two: REML with a normal
    quantile, since one degree of freedom says nothing; one: the study itself.
    """
    if k >= 3:
        return choices.method or "REML", choices.test or "adhoc"
    return choices.method or ("REML" if k == 2 else "EE"), choices.test or "z"


def pooled(data: Dataset, choices: Choices | None = None) -> PooledResult:
    """Pool a dataset on its analysis scale.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-NONE`` when no study can count.
    """
    if not data.k:
        raise problem("E-EVIDENCE-NONE", value=data.outcome)
    return _pool(data.estimates, choices or Choices())


def _pool(estimates: tuple[Estimate, ...], choices: Choices) -> PooledResult:
    method, test = rules(len(estimates), choices)
    return pool(
        [e.value for e in estimates],
        se=[e.se for e in estimates],
        labels=[e.label for e in estimates],
        method=method,
        test=test,
        level=choices.level,
    )


def shown(data: Dataset) -> Callable[[float], float]:
    """Return the function from the analysis scale to what readers see."""
    return math.exp if data.scale == "ratio" else float


def neutral(data: Dataset) -> float:
    """Return the value of no difference on the scale that readers see."""
    return 1.0 if data.scale == "ratio" else 0.0


def summarise(data: Dataset, result: PooledResult) -> Summary:
    """Bring a pooled result to the scale that readers see."""
    see = shown(data)
    low, high = result.ci
    ahead = result.prediction if result.k >= 3 else None
    known = ahead is not None and math.isfinite(ahead.low) and math.isfinite(ahead.high)
    return Summary(
        k=result.k,
        estimate=see(result.estimate),
        low=see(low),
        high=see(high),
        prediction_low=see(ahead.low) if known and ahead else None,
        prediction_high=see(ahead.high) if known and ahead else None,
        i2=float(result.heterogeneity.i2) if result.k > 1 else None,
        tau2=float(result.tau2),
        q=float(result.heterogeneity.q),
        q_p=float(result.heterogeneity.q_p),
        method=result.method,
        test=result.test,
        neutral=neutral(data),
    )


def leave_one_out(data: Dataset, choices: Choices | None = None) -> list[tuple[str, Summary]]:
    """Pool again without each study in turn; empty below three studies."""
    if data.k < 3:
        return []
    found = []
    for index, left in enumerate(data.estimates):
        rest = data.estimates[:index] + data.estimates[index + 1 :]
        found.append((left.label, summarise(data, _pool(rest, choices or Choices()))))
    return found
