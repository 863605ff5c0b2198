"""What a forecast was given: entered, chosen, assumed, each with its origin in words."""

from __future__ import annotations

from dataclasses import dataclass

from epsom.base.i18n import Translator
from epsom.report.forecast import words
from epsom.study.export import planned
from epsom.study.forecast import Forecast


@dataclass(frozen=True)
class Origin:
    """Hold facts of one origin: its name, and pairs of fact and value."""

    name: str
    facts: tuple[tuple[str, str], ...]


def _plan(
    t: Translator, result: Forecast, person: int
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return what was chosen, and what of the plan was assumed."""
    plan = planned(result, person)
    facts: list[tuple[str, str]] = []
    if plan["supplement_mg_per_day"] > 0.0:
        name = "supplement_mg_per_day"
        facts += [
            (name, words.fact_words(t, name, plan[name])),
            ("compound", t(f"forecast.compound.{plan['compound']}")),
            ("doses_per_day", t.number(plan["doses_per_day"], 0)),
            ("with_meals", t("forecast.yes" if plan["with_meals"] else "forecast.no")),
        ]
    if plan["new_intake_mg_per_day"] is not None:
        name = "new_intake_mg_per_day"
        facts.append((name, words.fact_words(t, name, plan[name])))
    facts.append(("years", t.plain(float(plan["years"]))))
    chosen: list[tuple[str, str]] = []
    assumed: list[tuple[str, str]] = []
    for name, value in facts:
        (assumed if name in plan["assumed"] else chosen).append((words.fact_label(t, name), value))
    return chosen, assumed


def origins(t: Translator, result: Forecast, person: int) -> tuple[Origin, ...]:
    """Return all facts by origin: entered, chosen, then assumed by ground."""
    chosen, assumed_plan = _plan(t, result, person)
    entered = tuple(words.stated_words(t, result, person))
    found = [
        Origin(t("forecast.origin.entered"), entered),
        Origin(t("forecast.origin.chosen"), tuple(chosen)),
        Origin(t("forecast.origin.plan"), tuple(assumed_plan)),
    ]
    by_ground: dict[str, list[tuple[str, str]]] = {}
    for name, value, ground in words.assumed_words(t, result, person):
        by_ground.setdefault(ground, []).append((name, value))
    found += [
        Origin(t("forecast.origin.assumed", ground=ground), tuple(facts))
        for ground, facts in by_ground.items()
    ]
    return tuple(origin for origin in found if origin.facts)
