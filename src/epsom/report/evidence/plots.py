"""Plot anyone's pooled result: the same figures, from the numbers alone."""

from __future__ import annotations

from typing import Any

from epsom.base.errors import problem
from epsom.base.i18n import Translator
from epsom.evidence.answers.bias import bias
from epsom.evidence.answers.estimates import Dataset, Estimate
from epsom.evidence.answers.pooling import Choices, leave_one_out, summarise
from epsom.evidence.base.records import Confidence, Exposure
from epsom.evidence.pooling.result import PooledResult
from epsom.report.evidence.figure import Figure
from epsom.report.evidence.forest import forest, leave_one_out_figure
from epsom.report.evidence.funnel import funnel

KINDS = ("forest", "funnel", "leave-one-out")


def own_data(result: PooledResult, *, ratio: bool, outcome: str, unit: str) -> Dataset:
    """Describe the studies of a pooled result that did not come from the base."""
    shared: dict[str, Any] = {
        "how": "printed", "source": "", "exposure": Exposure.SUPPLEMENT, "part": "all", "points": 1,
        "confidence": Confidence.SINGLE_SOURCE, "cases": None, "persons": None, "year": None, "measure": "",
    }  # fmt: skip
    estimates = tuple(
        Estimate(id=name, label=name, value=float(y), se=float(v) ** 0.5, groups=(name,), **shared)
        for name, y, v in zip(result.labels, result.y, result.v, strict=True)
    )
    return Dataset(outcome, "own", "own", "ratio" if ratio else "difference", None, unit, estimates, ())


def plot(
    result: PooledResult,
    kind: str = "forest",
    *,
    ratio: bool = False,
    outcome: str = "effect",
    unit: str = "",
    language: str = "en",
) -> Figure:
    """Draw a pooled result without moderators.

    Parameters
    ----------
    result
        From `epsom.evidence.pool`, on the analysis scale.
    kind
        ``forest``, ``funnel`` or ``leave-one-out``.
    ratio
        Estimates are log ratios, shown as ratios.
    outcome, unit
        What was pooled and its unit, for titles and axes.
    language
        ``en`` or ``nl``.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-CHOICE`` for another kind.

    Examples
    --------
    >>> from epsom.evidence import pool
    >>> result = pool([-2.0, -1.0, -3.0], se=[1.0, 0.5, 1.5], labels=["A", "B", "C"])
    >>> plot(result, outcome="systolic pressure", unit="mmHg").svg[:4]
    '<svg'
    """
    if kind not in KINDS:
        raise problem("E-EVIDENCE-CHOICE", field="kind", value=kind, expected=", ".join(KINDS))
    t = Translator(language)
    data = own_data(result, ratio=ratio, outcome=outcome, unit=unit)
    found = summarise(data, result)
    if kind == "funnel":
        return funnel(data, result, found, bias(data, result), "", t)
    if kind == "leave-one-out":
        left = leave_one_out(data, Choices(result.method, result.test, result.level))
        return leave_one_out_figure(data, found, left, "", t)
    return forest(data, result, found, "", t)
