"""The plan of a trial in words and as data: how many participants, and what that rests on."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from epsom.base.i18n import Translator
from epsom.report.trial_words import difference, outcome, percent, warning_lines
from epsom.study.export import without_nan
from epsom.study.trial.power import Answer, Plan
from epsom.study.trial.run import warnings
from epsom.study.trial.t_test import MOST

WIDTH = 88


def power_json(plans: Sequence[Plan], t: Translator) -> dict[str, Any]:
    """Return plans as data; effects of logarithms are marked by ``"ratio": true``."""
    shape = {
        "power": [_answer_json(plan, answer) for plan in plans for answer in plan.answers],
        "left_out": {plan.trial: list(plan.left_out) for plan in plans},
        "assumed": {
            plan.trial: {a.name: {"mean": a.mean, "sd": a.sd, "ground": a.ground} for a in plan.assumed}
            for plan in plans
        },
        "arms": [
            {"trial": plan.trial, "arm": arm.arm, "mass_balance_residual": arm.residual, "failed": arm.failed}
            for plan in plans
            for arm in plan.arms
        ],
        "warnings": [warning.as_json(t) for warning in warnings(plans)],
    }
    checked: dict[str, Any] = without_nan(shape)
    return checked


def _answer_json(plan: Plan, a: Answer) -> dict[str, Any]:
    row, way = a.observed, a.measurement
    return {
        "trial": plan.trial,
        "outcome": row.outcome,
        "at_days": row.at_days,
        "arm": row.arm,
        "control": row.control,
        "design": asdict(plan.design),
        "ratio": way.ratio,
        "effect": a.effect,
        "low": a.low,
        "high": a.high,
        "sd": a.sd,
        "within_sd": a.error,
        "measurement": {"readings": row.readings, **asdict(way)},
        "needed": {"per_group": a.group, "total": a.total, "to_enrol": a.enrolled},
        "planned": {
            "finish": a.planned,
            "power": a.planned_power,
            "assurance": a.planned_assurance,
            "detectable": a.detectable,
        },
        "curve": [
            {"participants": n, "power": power, "assurance": assurance}
            for n, power, assurance in zip(a.curve.people, a.curve.power, a.curve.assurance, strict=True)
        ],
        "simulated": None if a.check is None else asdict(a.check),
    }


def power_lines(plans: Sequence[Plan], t: Translator) -> list[str]:
    """Say for each outcome how many participants are needed, the answer first."""
    lines: list[str] = []
    for plan in plans:
        for answer in plan.answers:
            lines += [title(plan, answer, t), ""]
            for said in sentences(plan, answer, t):
                lines += textwrap.wrap(said, WIDTH, initial_indent="  ", subsequent_indent="  ")
            lines.append("")
        if plan.left_out:
            names = ", ".join(sorted({outcome(t, name) for name in plan.left_out}))
            lines += [*textwrap.wrap(t("trial.power.left-out", names=names), WIDTH), ""]
    return [*lines, *warning_lines(plans, t), *textwrap.wrap(t("trial.power.note"), WIDTH)]


def title(plan: Plan, answer: Answer, t: Translator) -> str:
    """State the finding in one line."""
    name = f"{plan.trial}: {outcome(t, answer.observed.outcome)} ({answer.measurement.method})".replace(
        " ()", ""
    )
    if answer.total is None:
        return t("trial.power.title.none", name=name)
    return t("trial.power.title", name=name, total=t.number(answer.total, 0))


def sentences(plan: Plan, a: Answer, t: Translator) -> Iterator[str]:
    """Say the answer, what it rests on, and what the planned number gives."""
    row, design, ratio = a.observed, plan.design, a.measurement.ratio
    effect, low, high = (difference(t, row.outcome, v, ratio=ratio) for v in (a.effect, a.low, a.high))
    interval = t("trial.power.interval", low=low, high=high) if a.low == a.low else ""
    day, kind = t.plain(row.at_days), t(f"trial.power.kind.{_kind(plan)}")
    yield t(
        "trial.power.expected", effect=effect, interval=interval, day=day, arm=row.arm, control=row.control
    )
    yield _needed(plan, a, t)
    if a.low == a.low and a.low < 0.0 < a.high:
        yield t("trial.power.unsure")
    error = _spread(a, a.error, t)
    memory = t("trial.power.memory") if a.measurement.seen == "memory" else ""
    yield t(
        "trial.power.spread", error=error, sd=_spread(a, a.sd, t), source=a.measurement.source, memory=memory
    )
    if a.planned:
        yield t(
            "trial.power.planned",
            planned=t.number(a.planned, 0),
            power=percent(t, a.planned_power),
            assurance=percent(t, a.planned_assurance),
            detectable=_detectable(a, t),
        )
    yield t("trial.power.how", kind=kind, alpha=t.plain(design.alpha), power=percent(t, design.power))
    if a.check is not None:
        found = percent(t, a.check.found / a.check.trials)
        people, trials = t.number(a.check.people, 0), t.number(a.check.trials, 0)
        yield t("trial.power.check", trials=trials, people=people, found=found)


def _kind(plan: Plan) -> str:
    return "crossover" if plan.design.crossover else plan.design.analysis


def _needed(plan: Plan, a: Answer, t: Translator) -> str:
    if a.group is None or a.total is None or a.enrolled is None:
        return t("trial.power.none", most=t.number(MOST, 0))
    chance = percent(t, plan.design.power)
    key = "trial.power.needed.crossover" if plan.design.crossover else "trial.power.needed"
    said = t(key, total=t.number(a.total, 0), group=t.number(a.group, 0), power=chance)
    if plan.design.dropout:
        enrolled, dropout = t.number(a.enrolled, 0), percent(t, plan.design.dropout)
        said = f"{said} {t('trial.power.enrol', dropout=dropout, enrolled=enrolled)}"
    return said


def _spread(a: Answer, sd: float, t: Translator) -> str:
    """Write a spread in the unit; of logarithms as the factor that it stands for."""
    if a.measurement.ratio:
        return t("trial.power.factor", factor=t.number(math.exp(sd), 2))
    return difference(t, a.observed.outcome, sd, ratio=False).lstrip("+")


def _detectable(a: Answer, t: Translator) -> str:
    """Write the size of the smallest difference that is found, on the side of the expected one."""
    sign = -1.0 if a.effect < 0.0 else 1.0
    found = difference(t, a.observed.outcome, sign * a.detectable, ratio=a.measurement.ratio)
    return found.lstrip("+−")


def table_rows(a: Answer, t: Translator, most: int = 20) -> tuple[tuple[str, ...], ...]:
    """Return the curve of power as rows: participants, power, power over parameter draws."""
    step = max(len(a.curve.people) // most, 1)
    kept = range(0, len(a.curve.people), step)
    return tuple(
        (
            t.number(a.curve.people[k], 0),
            percent(t, a.curve.power[k]),
            percent(t, a.curve.assurance[k]),
        )
        for k in kept
    )
