"""One person's status as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from epsom.base.i18n import Translator
from epsom.people.status.facts import Facts
from epsom.people.status.person import Status
from epsom.people.status.supplement import Limit

_NAME = 31
_ROW = "{:<14}{:>8}{:>9}  {:<12}{:>6}{:>8}{:>9}"


def _local(limits: str, t: Translator) -> str:
    return limits.replace(".", ",") if t.language == "nl" else limits


def _line(name: str, *cells: str) -> str:
    return f"  {name:<{_NAME}}" + "  ".join(cells)


def _intake(status: Status, t: Translator) -> list[str]:
    intake, facts = status.intake, status.facts
    if intake is None:
        return [t("status.intake.none")]
    shown = t.number(intake.usual, 0)
    if intake.method == "recall":
        low, high = t.number(intake.low, 0), t.number(intake.high, 0)
        plain = t.number(intake.mean_of_days, 0)
        food = t("status.intake.recall", count=intake.days, usual=shown, low=low, high=high, mean=plain)
    else:
        food = t("status.intake.stated", usual=shown)
    lines = [t("status.intake"), _line(t("status.food"), food)]
    if not math.isnan(facts.supplement):
        lines.append(
            _line(t("status.supplement"), t("status.intake.stated", usual=t.number(facts.supplement, 0)))
        )
    else:
        lines.append(_line(t("status.supplement"), t("status.supplement.assumed")))
    if status.inadequate_food is not None and status.inadequate_total is not None:
        food_chance, chance = (
            t.number(100 * p, 0) for p in (status.inadequate_food, status.inadequate_total)
        )
        lines.append("  " + t("status.short", food=food_chance, total=chance))
    return lines


def _advice(status: Status, t: Translator) -> list[str]:
    if not status.adequacy:
        return []
    lines = ["", t("status.advice")]
    for a in status.adequacy:
        name = f"{t(f'status.body.{a.body}')} {a.kind}"
        share = t.number(100 * a.share, 0)
        lines.append(
            _line(name, f"{t.number(a.advised, 0):>5}", f"{share:>4} %", t(f"status.reading.{a.reading}"))
        )
    return lines


def _blood(status: Status, t: Translator) -> list[str]:
    lines = []
    if status.serum:
        lines += ["", t("status.serum", value=t.number(status.facts.serum, 2))]
        lines += [
            _line(
                t(f"status.convention.{r.convention}"),
                f"{_local(r.limit, t):<14}",
                t(f"status.reading.{r.reading}"),
            )
            for r in status.serum
        ]
    if status.loading is not None:
        kept, readings = status.loading
        lines += ["", t("status.loading", kept=t.number(kept, 0))]
        lines += [
            _line(
                t(f"status.protocol.{r.convention}"),
                f"{_local(r.limit, t):<14}",
                t(f"status.reading.{r.reading}"),
            )
            for r in readings
        ]
        lines.append("  " + t("status.loading.note"))
    return lines


def _depletion(status: Status, t: Translator) -> list[str]:
    found = status.depletion
    if found is None:
        return []
    score = str(found.least) if found.known else t("status.range", low=found.least, high=found.most)
    lines = ["", t("status.depletion", score=score)]
    if found.group is not None:
        lines[-1] += f" ({t(f'status.group.{found.group}')})"
    unknown = [t(f"status.part.{name}") for name, p in found.parts.items() if math.isnan(p)]
    if unknown:
        lines.append("  " + t("status.depletion.unknown", parts=", ".join(unknown)))
    return lines


def _limits(limits: Sequence[Limit], t: Translator) -> list[str]:
    lines: list[str] = []
    for planned in (False, True):
        rows = [limit for limit in limits if limit.planned == planned]
        if rows:
            key = "status.limits.planned" if planned else "status.limits.now"
            lines += ["", t(key, dose=t.number(rows[0].dose, 0))]
            lines += [
                _line(
                    f"{t(f'status.body.{r.body}')} {r.kind}",
                    f"{t.number(r.limit, 0):>5}",
                    t("status.reading.above") if r.above else t("status.reading.not_above"),
                )
                for r in rows
            ]
    return lines


def status_text(status: Status, unknown: Sequence[str], t: Translator) -> str:
    """Write a person's status; parts about which nothing was stated are left out."""
    facts = status.facts
    lines = [
        t("status.title", name=facts.name, sex=t(f"status.sex.{facts.sex}"), age=t.number(facts.age, 0)),
        "",
    ]
    lines += _intake(status, t) + _advice(status, t) + _blood(status, t) + _depletion(status, t)
    lines += _limits(status.limits, t)
    if status.cautions:
        lines += ["", t("status.cautions")]
        lines += [
            f"  {t(f'status.action.{c.action}')}: {t(f'status.caution.{c.id}')}" for c in status.cautions
        ]
    if unknown:
        lines += ["", t("status.unknown_words", words=", ".join(unknown))]
    lines += ["", t("status.not_advice")]
    return "\n".join(lines)


def status_line(status: Status, t: Translator) -> str:
    """Write a person's status in one line of a table."""
    intake = "–" if status.intake is None else t.number(status.intake.usual, 0)
    chance = "–" if status.inadequate_total is None else f"{t.number(100 * status.inadequate_total, 0)} %"
    serum = "–" if not status.serum else t(f"status.reading.{status.serum[-1].reading}")
    score = "–" if status.depletion is None else str(status.depletion.least)
    if status.depletion is not None and not status.depletion.known:
        score += f"–{status.depletion.most}"
    above = sum(limit.above for limit in status.limits)
    return _ROW.format(status.facts.name, intake, chance, serum, score, above, len(status.cautions))


def table_head(t: Translator) -> str:
    """Write the head of the table of many people."""
    names = [
        t(f"status.head.{k}") for k in ("name", "intake", "short", "serum", "score", "above", "cautions")
    ]
    return _ROW.format(*names)


def _plain(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _facts_json(facts: Facts) -> dict[str, Any]:
    return {
        "name": facts.name, "sex": facts.sex, "age_years": facts.age, "state": facts.state,
        "supplement_mg_per_day": _plain(facts.supplement), "planned_mg_per_day": _plain(facts.planned),
        "serum_mg_mmol_per_l": _plain(facts.serum), "egfr_ml_per_min": _plain(facts.egfr),
    }  # fmt: skip


def status_json(status: Status, unknown: Sequence[str]) -> dict[str, Any]:
    """Return a person's status as plain values."""
    intake = status.intake
    return {
        "person": _facts_json(status.facts),
        "intake": None
        if intake is None
        else {
            "method": intake.method,
            "days": intake.days,
            "mean_of_days": _plain(intake.mean_of_days),
            "usual": intake.usual,
            "low": _plain(intake.low),
            "high": _plain(intake.high),
        },
        "probability_of_inadequacy": {
            "food": status.inadequate_food,
            "with_supplement": status.inadequate_total,
        },
        "adequacy": [vars(a) for a in status.adequacy],
        "serum": [vars(r) for r in status.serum],
        "loading_test": None
        if status.loading is None
        else {"retained_percent": status.loading[0], "readings": [vars(r) for r in status.loading[1]]},
        "depletion_score": None
        if status.depletion is None
        else {
            "least": status.depletion.least,
            "most": status.depletion.most,
            "group": status.depletion.group,
            "parts": {name: _plain(p) for name, p in status.depletion.parts.items()},
        },
        "limits": [vars(limit) for limit in status.limits],
        "cautions": [vars(c) for c in status.cautions],
        "unknown_words": list(unknown),
    }
