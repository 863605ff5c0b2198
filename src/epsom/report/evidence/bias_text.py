"""What ``epsom evidence bias`` prints: the tests of small-study effects and what they may say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from epsom.base.i18n import Translator
from epsom.evidence.answers.bias import Bias
from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.answers.pooling import Summary
from epsom.report.evidence.findings import figures
from epsom.report.evidence.funnel import verdict_words
from epsom.report.evidence.lines import paragraph
from epsom.report.evidence.methods import pool_methods
from epsom.report.evidence.pool_text import subtitle


def _tests(found: Bias, data: Dataset, t: Translator) -> list[str]:
    if found.egger_p is None or found.begg_p is None or found.filled is None or found.limit is None:
        return []
    told = [
        t("evidence.bias.egger", p=t.number(found.egger_p, 3), limit=t.number(found.limit, 2)),
        t("evidence.bias.begg", p=t.number(found.begg_p, 3)),
    ]
    if found.missing:
        told.append(t("evidence.bias.filled", count=found.missing, figures=figures(*found.filled, data, t)))
    else:
        told.append(t("evidence.bias.unfilled"))
    return told


def bias_text(
    data: Dataset,
    found: Bias,
    pooled: Summary,
    left_out: Sequence[tuple[str, Summary]],
    hash_: str,
    t: Translator,
) -> str:
    """Write the tests for a terminal of 80 columns."""
    blocks = [paragraph(verdict_words(found, t)), paragraph(subtitle(data, pooled, t)), ""]
    blocks += [paragraph(text) for text in _tests(found, data, t)]
    silent = sum(s.words == "none" for s in data.set_aside)
    if silent:
        blocks.append(paragraph(t("evidence.silent", count=silent)))
    if left_out:
        changed = [label for label, s in left_out if s.direction != pooled.direction]
        key = "changes" if changed else "same"
        blocks.append(paragraph(t(f"evidence.left_out.{key}", count=len(left_out))))
        if changed:
            blocks.append(paragraph(t("evidence.bias.hinges", list="; ".join(changed))))
    methods = f"{t('evidence.bias.methods')} {pool_methods(data, pooled, hash_, t)}"
    return "\n".join([*blocks, "", t("evidence.answer.methods"), paragraph(methods)])


def bias_json(
    data: Dataset,
    found: Bias,
    pooled: Summary,
    left_out: Sequence[tuple[str, Summary]],
    hash_: str,
    t: Translator,
) -> dict[str, Any]:
    """Return the tests as plain values."""
    return {
        "outcome": data.outcome,
        "exposure": data.family,
        "contrast": data.contrast,
        "finding": verdict_words(found, t),
        "tests": asdict(found),
        "pooled": asdict(pooled),
        "silent": sum(s.words == "none" for s in data.set_aside),
        "leave_one_out": [{"without": label, **asdict(s)} for label, s in left_out],
        "methods": f"{t('evidence.bias.methods')} {pool_methods(data, pooled, hash_, t)}",
        "hash": hash_,
    }
