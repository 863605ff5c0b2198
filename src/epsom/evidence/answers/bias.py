"""Do small studies find other effects? Egger, Begg, trim and fill, by one rule for what may be said."""

from __future__ import annotations

from dataclasses import dataclass

from epsom.evidence.answers.certainty import thresholds
from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.answers.pooling import shown
from epsom.evidence.bias.asymmetry import begg, egger
from epsom.evidence.bias.trim_and_fill import trim_and_fill
from epsom.evidence.pooling.result import PooledResult


@dataclass(frozen=True)
class Bias:
    """Hold the tests; None where there are fewer than three studies.

    ``verdict`` is few (not judged), asymmetric or symmetric. ``filled`` is the pooled effect with the
    mirror images of ``missing`` studies, on the scale that readers see.
    """

    verdict: str
    k: int
    egger_p: float | None
    egger_slope: float | None
    limit: float | None
    begg_tau: float | None
    begg_p: float | None
    missing: int | None
    side: str | None
    filled: tuple[float, float, float] | None


def bias(data: Dataset, result: PooledResult) -> Bias:
    """Run the tests on a pooled result; the thresholds follow Sterne et al., BMJ 2011;343:d4002."""
    rule = thresholds()
    if data.k < 3:
        return Bias("few", data.k, None, None, None, None, None, None, None, None)
    see = shown(data)
    slope, rank, filled = egger(result), begg(result), trim_and_fill(result)
    low, high = filled.filled.ci
    verdict = _verdict(data.k, float(slope.p), rule["small_study_k"], rule["small_study_p"])
    return Bias(
        verdict, data.k, float(slope.p), float(slope.slope), see(float(slope.limit)), float(rank.tau),
        float(rank.p), filled.missing, filled.side, (see(filled.filled.estimate), see(low), see(high)),
    )  # fmt: skip


def _verdict(k: int, p: float, enough: int, doubtful: float) -> str:
    if k < enough:
        return "few"
    return "asymmetric" if p < doubtful else "symmetric"


def small_study_p(data: Dataset, result: PooledResult) -> float | None:
    """Return Egger's p where there are enough studies to judge it."""
    return float(egger(result).p) if data.k >= thresholds()["small_study_k"] else None
