"""The written methods: exactly what was done with these studies, generated from the same objects."""

from __future__ import annotations

from collections import Counter

from epsom.base.i18n import Translator
from epsom.evidence.answers.answer import Answer
from epsom.evidence.answers.estimates import Dataset
from epsom.evidence.answers.pooling import Summary
from epsom.report.evidence.findings import contrast_words


def _joined(parts: list[str]) -> str:
    return " ".join(part for part in parts if part)


def data_methods(data: Dataset, t: Translator) -> list[str]:
    """Say which studies count, how their numbers came about and what was set aside."""
    how = Counter(e.how for e in data.estimates)
    parts = [t(f"evidence.methods.{data.contrast}", contrast=contrast_words(data, t))]
    told = [t(f"evidence.methods.how.{key}", count=n) for key, n in sorted(how.items())]
    if told:
        parts.append(t("evidence.methods.numbers", list="; ".join(told)))
    covariance = Counter(e.covariance for e in data.estimates if e.how == "levels")
    if covariance["gl"]:
        parts.append(t("evidence.methods.gl", count=covariance["gl"]))
    if covariance["assumed"]:
        parts.append(t("evidence.methods.assumed", count=covariance["assumed"]))
    total = sum(e.exposure == "total" for e in data.estimates)
    if total:
        parts.append(t("evidence.methods.total", count=total))
    if data.contrast != "net":
        parts.append(t("evidence.methods.once"))
        odds = sum(e.measure == "OR" for e in data.estimates)
        if odds:
            parts.append(t("evidence.methods.odds", count=odds))
    if data.set_aside:
        parts.append(t("evidence.methods.aside", list=aside_words(data, t)))
    return parts


def aside_words(data: Dataset, t: Translator) -> str:
    """Count what was set aside by reason."""
    counts = Counter(s.reason for s in data.set_aside)
    return "; ".join(f"{n} × {t(f'evidence.reason.{reason}')}" for reason, n in counts.most_common())


def model_methods(found: Summary, t: Translator) -> list[str]:
    """Say how the studies were pooled."""
    if found.k == 1:
        return [t("evidence.methods.one")]
    parts = [t("evidence.methods.model", method=found.method, count=found.k)]
    parts.append(t(f"evidence.methods.test.{found.test}"))
    if found.prediction_low is not None:
        parts.append(t("evidence.methods.prediction"))
    return parts


def pool_methods(data: Dataset, found: Summary, hash_: str, t: Translator) -> str:
    """Write the methods paragraph of one pooling; data that are not from a base have no hash."""
    told = [] if data.contrast == "own" else data_methods(data, t)
    named = [t("evidence.methods.hash", hash=hash_[:12])] if hash_ else []
    return _joined([*told, *model_methods(found, t), *named])


def answer_methods(found: Answer, t: Translator) -> str:
    """Write the methods paragraph of an answer."""
    used = [line for line in found.lines if line.own is not None]
    contrasts = {line.data.contrast: line.data for line in used}
    parts = [t("evidence.methods.answer")]
    parts += [
        t(f"evidence.methods.{key}", contrast=contrast_words(d, t)) for key, d in sorted(contrasts.items())
    ]
    if "slope" in contrasts or "extremes" in contrasts:
        parts.append(t("evidence.methods.once"))
    levels = Counter(
        e.covariance for line in used for e in line.data.estimates if e.how == "levels" and e.covariance
    )
    if levels["gl"]:
        parts.append(t("evidence.methods.gl", count=levels["gl"]))
    if levels["assumed"]:
        parts.append(t("evidence.methods.assumed", count=levels["assumed"]))
    parts += [t("evidence.methods.rules"), t("evidence.methods.basis"), t("evidence.methods.certainty")]
    parts.append(t("evidence.methods.hash", hash=found.hash[:12]))
    return _joined(parts)
