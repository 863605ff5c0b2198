"""The figures of trials: predicted against observed, and power; as SVG and as pages with their tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from epsom.base.i18n import Translator
from epsom.report.charts import agreement, panels, power_curve, svg
from epsom.report.charts.agreement import Point
from epsom.report.charts.table import Figure, Table
from epsom.report.pages import environment, style
from epsom.report.trial_power import sentences, table_rows, title
from epsom.report.trial_words import outcome, percent, short
from epsom.study.trial.observed import Z95
from epsom.study.trial.outcomes import outputs
from epsom.study.trial.power import Answer, Plan
from epsom.study.trial.run import Row

MISS = 2.0  # standard errors
_KINDS: Mapping[str, str] = {
    "net_change": "change",
    "arm_change": "change",
    "net_ratio": "ratio",
    "arm_ratio": "ratio",
    "arm_value": "value",
}


def agrees(row: Row) -> bool:
    """Tell whether a result lies within two standard errors."""
    return abs(row.z) <= MISS


def finding(rows: Sequence[Row], t: Translator) -> str:
    """State how many results the model agrees with."""
    near, trials = sum(agrees(row) for row in rows), len({row.trial for row in rows})
    return t("trial.figure.title", near=near, total=len(rows), trials=trials)


def agreement_figure(rows: Sequence[Row], t: Translator, key: str = "agreement") -> Figure:
    """Return predicted against observed in a panel for each outcome and kind of result."""
    heads = ("trial", "outcome", "day", "statistic", "observed", "model", "z", "inside")
    drawn = t("trial.figure.drawn")
    table = Table(drawn, tuple(t(f"trial.head.{head}") for head in heads), tuple(_cells(rows, t)))
    wide, narrow = (agreement_drawing(rows, t, f"{key}-{n}", columns=n).inline() for n in (3, 1))
    return Figure(key, finding(rows, t), drawn, wide, narrow, table)


def agreement_drawing(rows: Sequence[Row], t: Translator, key: str, *, columns: int = 3) -> svg.Drawing:
    """Draw the panels, those with the most results first; the text alternative counts each."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.observed.outcome, _KINDS[row.observed.statistic]), []).append(row)
    order = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    axes = (t("trial.head.observed"), t("trial.figure.predicted"))
    drawn = [
        (_heading(name, kind, t), agreement.draw([_point(row) for row in found], t, key, axes))
        for (name, kind), found in order
    ]
    said = " ".join(
        t(
            "trial.figure.panel",
            name=_heading(name, kind, t),
            near=sum(map(agrees, found)),
            total=len(found),
        )
        for (name, kind), found in order
    )
    columns = min(columns, len(drawn))
    return panels.together(key, drawn, columns, finding(rows, t), f"{t('trial.figure.drawn')} {said}")


def _heading(name: str, kind: str, t: Translator) -> str:
    unit = outputs()[name].unit
    unit = t("trial.figure.ratio") if kind == "ratio" else "" if unit == "1" else unit
    words = t(f"trial.figure.short.{name}") if t.has(f"trial.figure.short.{name}") else outcome(t, name)
    value = t("trial.figure.value") if kind == "value" else ""
    return ", ".join(part for part in (words, value, unit) if part)


def _point(row: Row) -> Point:
    o = row.observed
    low, high = o.null or (o.value - Z95 * o.se, o.value + Z95 * o.se)
    return Point(o.value, low, high, row.model, row.low, row.high, agrees(row))


def _cells(rows: Sequence[Row], t: Translator) -> Iterable[tuple[str, ...]]:
    for row in sorted(rows, key=lambda row: -abs(row.z) if row.z == row.z else 0.0):
        o = row.observed
        yield (
            row.trial,
            outcome(t, o.outcome),
            t.plain(o.at_days),
            t(f"trial.statistic.{o.statistic}"),
            f"{short(t, o.value)} ({t('trial.se')} {short(t, o.se)})",
            f"{short(t, row.model)} ({short(t, row.low)} – {short(t, row.high)})",
            t.number(row.z, 1, sign=True),
            t("trial.yes" if row.inside else "trial.no"),
        )


def power_figures(plans: Sequence[Plan], t: Translator) -> list[Figure]:
    """Return one figure for each planned outcome."""
    found: list[Figure] = []
    for plan in plans:
        for answer in plan.answers:
            key = f"power-{len(found) + 1}"
            said = " ".join(sentences(plan, answer, t))
            head = tuple(t(f"trial.power.head.{name}") for name in ("people", "power", "assurance"))
            table = Table(title(plan, answer, t), head, table_rows(answer, t))
            wide, narrow = (
                power_drawing(plan, answer, t, f"{key}-{name}", narrow=name == "n").inline() for name in "wn"
            )
            found.append(Figure(key, title(plan, answer, t), said, wide, narrow, table))
    return found


def power_drawing(
    plan: Plan, answer: Answer, t: Translator, key: str, *, narrow: bool = False
) -> svg.Drawing:
    """Draw the power of one outcome against the number of participants."""
    curve = answer.curve
    data = power_curve.PowerCurve(
        curve.people, curve.power, curve.assurance, plan.design.power, answer.total, answer.planned or None
    )
    finding = title(plan, answer, t)
    last = t(
        "trial.power.described",
        first=t.number(curve.people[0], 0),
        last=t.number(curve.people[-1], 0),
        low=percent(t, curve.power[0]),
        high=percent(t, curve.power[-1]),
    )
    described = f"{' '.join(sentences(plan, answer, t))} {last}"
    return power_curve.draw(data, t, key, finding, described, narrow=narrow)


def power_picture(plans: Sequence[Plan], t: Translator) -> str:
    """Return all planned outcomes as one SVG file."""
    drawn = [
        (title(plan, answer, t), power_drawing(plan, answer, t, "power"))
        for plan in plans
        for answer in plan.answers
    ]
    said = " ".join(drawing.description for _, drawing in drawn)
    whole = panels.together("power", drawn, 1, "; ".join(name for name, _ in drawn), said)
    return whole.standalone()


def agreement_picture(rows: Sequence[Row], t: Translator) -> str:
    """Return predicted against observed as one SVG file with its finding above it."""
    drawing = agreement_drawing(rows, t, "agreement")
    return drawing.standalone([finding(rows, t), *_wrapped(t("trial.figure.drawn"), drawing.width)])


def _wrapped(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, max(int(width / 7.2), 30))


def agreement_view(rows: Sequence[Row], t: Translator) -> str:
    """Return predicted against observed with its table as a page of its own."""
    figure = agreement_figure(rows, t)
    return _view(t("trial.page.title"), [figure], [t("trial.note")], t)


def power_view(plans: Sequence[Plan], t: Translator) -> str:
    """Return the power of all planned outcomes, each with its table, as a page of its own."""
    return _view(t("trial.power.page"), power_figures(plans, t), [t("trial.power.note")], t)


def _view(heading: str, figures: Sequence[Figure], lines: Sequence[str], t: Translator) -> str:
    page = environment().get_template("trial.html.j2")
    return page.render(t=t, heading=heading, figures=figures, lines=lines, style=style())
