"""What ``epsom evidence pool`` and ``bias`` print: every study, the pooled effect, the methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from epsom.base.errors import Problem
from epsom.base.i18n import Translator
from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.answers.pooling import Summary, shown
from epsom.evidence.base.values import Z95
from epsom.evidence.pooling.result import PooledResult
from epsom.report.evidence.findings import contrast_words, unit_words, verdict
from epsom.report.evidence.lines import digits, interval, name, paragraph, table, upper
from epsom.report.evidence.methods import pool_methods


def study_rows(data: Dataset, result: PooledResult) -> list[dict[str, Any]]:
    """Return one row a study on the scale that readers see; tables, CSV and figures share it."""
    see = shown(data)
    return [
        {
            "study": e.label,
            "estimate": see(e.value),
            "low": see(e.value - Z95 * e.se),
            "high": see(e.value + Z95 * e.se),
            "weight": float(weight),
            "how": e.how,
            "id": e.id,
            "source": e.source,
        }
        for e, weight in zip(data.estimates, result.weights, strict=True)
    ]


def title(data: Dataset, found: Summary, t: Translator) -> str:
    """State the finding."""
    return verdict(found.estimate, found.low, found.high, data, data.family, t)


def subtitle(data: Dataset, found: Summary, t: Translator) -> str:
    """Say what is drawn or listed."""
    unit = unit_words(data, t)
    measure = t("evidence.measure.ratio") if data.scale == "ratio" else t("evidence.measure.net", unit=unit)
    if data.contrast == "own":
        return t("evidence.pool.own", count=found.k, measure=measure.strip())
    return t(
        "evidence.pool.subtitle",
        count=found.k,
        outcome=name(t, data.outcome),
        measure=measure,
        contrast=contrast_words(data, t),
    )


def pool_text(
    data: Dataset, result: PooledResult, found: Summary, left_out: Sequence[tuple[str, Summary]], hash_: str,
    t: Translator,
) -> str:  # fmt: skip
    """Write one pooling for a terminal of 80 columns."""
    places = digits(data.outcome)
    rows = [
        (
            row["study"],
            interval(t, row["estimate"], row["low"], row["high"], places),
            t.number(row["weight"], 1),
            t(f"evidence.how.{row['how']}"),
        )
        for row in study_rows(data, result)
    ]
    head = [t(f"evidence.head.{key}") for key in ("study", "estimate", "weight", "how")]
    blocks = [paragraph(title(data, found, t)), paragraph(subtitle(data, found, t)), ""]
    blocks.append(table(head, rows, (33, 22, 8, 11), "l r r l"))
    blocks.append(
        f"{t('evidence.pool.pooled'):<33}  {interval(t, found.estimate, found.low, found.high, places):>22}"
    )
    if found.prediction_low is not None and found.prediction_high is not None:
        ahead = f"{t.number(found.prediction_low, places)}; {t.number(found.prediction_high, places)}"
        blocks.append(f"{t('evidence.pool.prediction'):<33}  {'(' + ahead + ')':>22}")
    if found.i2 is not None:
        blocks.append(
            paragraph(
                t("evidence.pool.spread", i2=t.number(found.i2, 0), q=t.number(found.q, 1), df=found.k - 1,
                  p=t.plain(float(f"{found.q_p:.2g}")), tau=t.plain(float(f"{found.tau2**0.5:.3g}")))
            )
        )  # fmt: skip
    blocks += remarks(result.warnings, t)
    if left_out:
        blocks += ["", _left_out(left_out, places, t)]
    blocks += ["", t("evidence.answer.methods"), paragraph(pool_methods(data, found, hash_, t))]
    return "\n".join(blocks)


def _left_out(left_out: Sequence[tuple[str, Summary]], places: int, t: Translator) -> str:
    rows = [
        (label, interval(t, s.estimate, s.low, s.high, places), "–" if s.i2 is None else t.number(s.i2, 0))
        for label, s in left_out
    ]
    head = [t("evidence.head.without"), t("evidence.head.estimate"), "I² %"]
    return table(head, rows, (44, 24, 8), "l r r")


def remarks(warnings: Sequence[Problem], t: Translator) -> list[str]:
    """Word the coded remarks of a fit."""
    found = []
    for warning in warnings:
        what, action = warning.words(t)
        found.append(paragraph(upper(f"{what}. {action}".strip())))
    return found


def pool_json(
    data: Dataset, result: PooledResult, found: Summary, left_out: Sequence[tuple[str, Summary]], hash_: str,
    t: Translator,
) -> dict[str, Any]:  # fmt: skip
    """Return one pooling as plain values."""
    return {
        "outcome": data.outcome,
        "exposure": data.family,
        "contrast": data.contrast,
        "step": data.step,
        "unit": data.unit,
        "scale": data.scale,
        "finding": title(data, found, t),
        "pooled": asdict(found),
        "analysis_scale": result.summary(),
        "studies": study_rows(data, result),
        "leave_one_out": [{"without": label, **asdict(s)} for label, s in left_out],
        "set_aside": [asdict(s) for s in data.set_aside],
        "warnings": [w.as_json(t) for w in result.warnings],
        "methods": pool_methods(data, found, hash_, t),
        "hash": hash_,
    }
