"""The figures of a forecast: each with its finding, its two drawings and its table."""

from __future__ import annotations

from collections.abc import Sequence

from epsom.base.i18n import Translator
from epsom.model.records import parameters
from epsom.report.charts import differences, dotplot, trajectory
from epsom.report.charts.table import Figure, Table
from epsom.report.forecast import display, words
from epsom.study.summary import OutcomeForecast

# Small multiples beside the headline: the dose that arrives, a vessel, inflammation, a disease.
FURTHER = ("serum_mg", "fmd", "crp", "diabetes_probability")
FEWEST_DRAWS = 20


def _findings(t: Translator, found: Sequence[OutcomeForecast]) -> str:
    known = [one for one in found if words.has_interval(one)]
    nothing = [words.label(t, one.outcome.name) for one in known if not display.clear(one)]
    total = len(known)
    if not known:
        return t("forecast.figure.differences.bare")
    if not nothing:
        people = sum(one.outcome.certainty in ("established", "moderate") for one in found)
        return t("forecast.figure.differences.all", total=total, people=people)
    if len(nothing) == total:
        return t("forecast.figure.differences.none", total=total)
    return t(
        "forecast.figure.differences.some", n=total - len(nothing), total=total, names=", ".join(nothing)
    )


def differences_figure(t: Translator, found: Sequence[OutcomeForecast]) -> Figure:
    """Return the figure with one row per outcome."""
    rows = [display.row(t, one) for one in found]
    drawn = t("forecast.figure.differences.drawn", after=words.span(t, found[0].at_years))
    if any(words.has_interval(one) for one in found):
        drawn = f"{drawn} {t('forecast.figure.differences.band')}"
    return Figure(
        key="differences",
        title=_findings(t, found),
        drawn=drawn,
        wide=differences.draw(rows, t, "differences-w").inline(),
        narrow=differences.draw(rows, t, "differences-n", narrow=True).inline(),
        table=differences.table(rows, t, drawn),
    )


def _dashed(t: Translator, found: OutcomeForecast) -> str:
    studied = found.outcome.studied_days
    if not studied:
        return t("forecast.figure.trajectory.never")
    longest = words.span(t, studied / parameters()["d_per_y"].value)
    return t("forecast.figure.trajectory.dashed", longest=longest)


def trajectory_figure(t: Translator, found: OutcomeForecast, *, small: bool = False) -> Figure:
    """Return the figure of one outcome over time; ``small`` leaves out the wide drawing."""
    data = display.trajectory(t, found)
    key = f"time-{found.outcome.name}"
    what = display.name_with_unit(t, found.outcome)
    drawn = t("forecast.figure.trajectory.drawn", what=what)
    if words.has_interval(found):
        drawn = f"{drawn} {t('forecast.figure.trajectory.band')}"
    if data.studied < data.time[-1]:
        drawn = f"{drawn} {_dashed(t, found)}"
    return Figure(
        key=key,
        title=display.title(t, found),
        drawn=drawn,
        wide="" if small else trajectory.draw(data, t, f"{key}-w").inline(),
        narrow=trajectory.draw(data, t, f"{key}-n", narrow=True).inline(),
        table=trajectory.table(data, t, what),
    )


def dots_figure(t: Translator, found: OutcomeForecast) -> Figure | None:
    """Return the dotplot of the difference at the end, or nothing with fewer than twenty draws."""
    if len(found.draws_at_end) < FEWEST_DRAWS:
        return None
    data = display.dots(t, found)
    name = display.sentence_case(data.name)
    return Figure(
        key="dots",
        title=dotplot.sentence(data, t),
        drawn=t("forecast.figure.dots.drawn", what=name, after=words.span(t, found.at_years)),
        wide="",
        narrow=dotplot.draw(data, t, "dots-n").inline(),
        table=dotplot.table(data, t, t("forecast.figure.dots.caption", what=name)),
    )


def outcome_table(t: Translator, found: Sequence[OutcomeForecast]) -> Table:
    """Return every outcome at the end: without, with, difference with interval."""
    rows = []
    for one in found:
        levels = [t.number(float(b.middle[-1]), one.outcome.digits) for b in (one.without, one.with_plan)]
        rows.append((display.name_with_unit(t, one.outcome), *levels, words.interval(t, one)))
    head = (
        t("forecast.table.outcome"), t("forecast.without"), t("forecast.with"), t("forecast.difference"),
    )  # fmt: skip
    return Table(t("forecast.after", span=words.span(t, found[0].at_years)), head, tuple(rows))
