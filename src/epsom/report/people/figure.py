"""A figure of a survey: who lies below the average requirement, by age and sex."""

from __future__ import annotations

from collections.abc import Sequence

from epsom.base.i18n import Translator
from epsom.people.status.survey import GroupStatus
from epsom.people.survey.estimate import Estimate
from epsom.report.charts import svg
from epsom.report.charts.scale import Scale
from epsom.report.charts.table import Table
from epsom.report.people.population import age_range

_ROW, _TOP, _LEFT, _RIGHT, _WIDTH, _KEY_STEP = 38.0, 66.0, 150.0, 700.0, 740.0, 190.0
_Z = 1.959964  # 95 %
# What is drawn -> mark and place within the row; colour means without and with the supplement only.
_MARKS = {
    "one_day": ("below_iom_EAR_one_day", "dot", -10.0),
    "food": ("below_iom_EAR_food", "open-without", 0.0),
    "with_supplement": ("below_iom_EAR_with_supplement", "full-with", 10.0),
}
_LEAST_AGE, _ADULT = 14, 19
_ADULTS = 120


def shown_groups(groups: Sequence[GroupStatus]) -> list[GroupStatus]:
    """Return the groups that the figure has a row for: women and men from 14 years."""
    return [g for g in groups if g.sex != "all" and g.age_from >= _LEAST_AGE]


def _title(groups: Sequence[GroupStatus], cycle: str, t: Translator) -> str:
    """State the finding for all adults, or what is drawn when they are not among the groups."""
    for group in groups:
        found = group.find("below_iom_EAR_food")
        if (group.sex, group.age_from, group.age_to) == ("all", _ADULT, _ADULTS) and found is not None:
            return t("status.figure.finding", share=t.number(found.value, 0), cycle=cycle)
    return t("status.figure.title", cycle=cycle)


def below_figure(groups: Sequence[GroupStatus], cycle: str, t: Translator) -> str:
    """Draw shares below the average requirement with 95 % intervals, as an SVG file."""
    rows = shown_groups(groups)
    scale = Scale(0.0, 100.0, _LEFT, _RIGHT)
    bottom = _TOP + _ROW * len(rows)
    title = _title(groups, cycle, t)
    pieces = [svg.words(0.0, 14.0, title, "b"), svg.words(0.0, 32.0, t("status.figure.drawn"), "s m")]
    for index, (name, (_, kind, _)) in enumerate(_MARKS.items()):
        x = _LEFT + _KEY_STEP * index
        pieces += [svg.circle(x, 50.0, 4.5, kind), svg.words(x + 10, 54.0, t(f"status.figure.{name}"), "s")]
    for tick in range(0, 101, 25):
        pieces.append(svg.line(scale(tick), _TOP, scale(tick), bottom, "grid"))
        pieces.append(svg.words(scale(tick), bottom + 18, f"{tick} %", "s m c"))
    for index, group in enumerate(rows):
        y = _TOP + _ROW * (index + 0.5)
        pieces.append(svg.words(0.0, y + 4, _label(group, t)))
        for name, kind, shift in _MARKS.values():
            found = group.find(name)
            if found is not None:
                pieces += _mark(found, scale, y + shift, kind)
    described = " ".join(" – ".join(cells) + "." for cells in below_table(groups, cycle, t).rows)
    return svg.Drawing("below", _WIDTH, bottom + 26, title, described, tuple(pieces)).standalone()


def below_table(groups: Sequence[GroupStatus], cycle: str, t: Translator) -> Table:
    """Return the rows of the figure as words."""
    head = (t("status.figure.group"), *(t(f"status.figure.{name}") for name in _MARKS))
    rows = tuple(
        (_label(g, t), *(_said(g.find(name), t) for name, _, _ in _MARKS.values()))
        for g in shown_groups(groups)
    )
    return Table(t("status.figure.title", cycle=cycle), head, rows)


def _mark(found: Estimate, scale: Scale, y: float, kind: str) -> list[str]:
    low, high = (min(max(found.value + s * _Z * found.se, 0.0), 100.0) for s in (-1.0, 1.0))
    return [svg.line(scale(low), y, scale(high), y, "span"), svg.circle(scale(found.value), y, 4.5, kind)]


def _label(group: GroupStatus, t: Translator) -> str:
    return f"{t(f'status.sexes.{group.sex}')} {age_range(group)}"


def _said(found: Estimate | None, t: Translator) -> str:
    return "–" if found is None else f"{t.number(found.value, 1)} % ± {t.number(_Z * found.se, 1)}"
