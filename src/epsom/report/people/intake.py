"""A list of foods and its magnesium, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from epsom.base.i18n import Translator
from epsom.people.food.intake import Intake, Item

_WIDTHS = (28, 30)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _counted(item: Item, number: int, t: Translator) -> str:
    food = item.foods[0]
    texts = (
        _cut(text, width).ljust(width)
        for text, width in zip((item.text, food.name(t.language)), _WIDTHS, strict=True)
    )
    weight = t.number(item.grams or 0.0, 0)
    mark = "~" if item.assumed in ("household", "usual") else " "
    return f"{' '.join(texts)}{mark}{weight:>5} g {t.number(item.mg or 0.0, 0):>5} mg [{number}]"


def _missed(item: Item, t: Translator) -> str:
    names = "; ".join(food.name(t.language) for food in item.foods)
    return "  " + t(f"intake.missed.{item.status}", text=item.text, foods=names)


def _sources(counted: Sequence[Item]) -> list[str]:
    """Return the sources in the order in which they are first used."""
    return list(dict.fromkeys(item.foods[0].source for item in counted))


def intake_text(intake: Intake, t: Translator) -> str:
    """Write the items, the sum with its range, what was not counted, and the sources."""
    counted = [item for item in intake.items if item.status == "ok"]
    sources = _sources(counted)
    lines = [_counted(item, sources.index(item.foods[0].source) + 1, t) for item in counted]
    mg, low, high = (t.number(x, 0) for x in (intake.mg, intake.low, intake.high))
    lines += ["", t("intake.total", mg=mg, low=low, high=high)]
    if any(item.assumed in ("household", "usual") for item in counted):
        lines.append(t("intake.assumed"))
    missed = [item for item in intake.items if item.status != "ok"]
    if missed:
        lines += ["", t("intake.missed", count=len(missed))]
        lines += [_missed(item, t) for item in missed]
    lines += ["", t("intake.one_day")]
    if sources:
        lines += ["", t("intake.sources")]
        lines += [f"[{number}] {source}" for number, source in enumerate(sources, start=1)]
    if any(item.foods[0].confidence == "memory" for item in counted):
        lines.append(t("intake.memory"))
    return "\n".join(lines)


def intake_json(intake: Intake, language: str) -> dict[str, Any]:
    """Return the same as plain values."""
    return {
        "mg": round(intake.mg, 2),
        "low": round(intake.low, 2),
        "high": round(intake.high, 2),
        "complete": intake.complete,
        "items": [_item_json(item, language) for item in intake.items],
    }


def _item_json(item: Item, language: str) -> dict[str, Any]:
    one = item.foods[0] if item.foods and item.status in ("ok", "no_value", "amount") else None
    return {
        "text": item.text,
        "status": item.status,
        "food": one.food if one else None,
        "name": one.name(language) if one else None,
        "grams": item.grams,
        "assumed": item.assumed or None,
        "mg": item.mg,
        "low": item.low,
        "high": item.high,
        "source": one.source if one else None,
        "confidence": one.confidence if one else None,
        "choices": [food.name(language) for food in item.foods] if one is None else [],
    }
