"""Two severities of deficiency over time, as a figure and as the table that says the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.i18n import Translator
from epsom.engine.interface import Engine
from epsom.model.causal import outcomes
from epsom.report.charts import lines, svg
from epsom.report.charts.table import Table
from epsom.study.physiology import deficiency
from epsom.study.physiology.lives import Lived

HUMAN = ("serum_mg", "sbp", "crp", "homa_ir", "fmd")
MARGINAL_DAYS = np.arange(0.0, 181.0, 3.0)
SEVERE_DAYS = np.arange(0.0, 28.5, 0.5)
MARGINAL_ROWS, SEVERE_ROWS = (14.0, 30.0, 60.0, 90.0, 180.0), (2.0, 5.0, 12.0, 21.0, 28.0)
MONTH = 30.0  # d
CHAIN = ("substance_p", "oxidant_release", "cytokines", "myocardial_infiltrate")


@dataclass(frozen=True)
class Courses:
    """Hold both severities: marginal (usual diet, 150 mg/day) and severe (animal evidence)."""

    marginal: Lived
    severe: Lived

    def change(self, name: str) -> FloatArray:
        """Return the change by the marginal diet in per cent (n_times,)."""
        usual, low = self.marginal[name]
        return np.asarray(100.0 * (low / usual - 1.0))

    def share(self, name: str) -> FloatArray:
        """Return a link of the severe chain (n_times,) of what it can reach; cytokines of their last rise."""
        if name != "cytokines":
            return np.asarray(self.severe[name][0])
        rise = self.severe["tnf"][0] - self.severe["tnf"][0, 0]
        return np.asarray(rise / rise[-1])


def courses(engine: Engine) -> Courses:
    """Solve both severities."""
    return Courses(deficiency.marginal(engine, MARGINAL_DAYS), deficiency.severe(engine, SEVERE_DAYS))


def _percent(t: Translator, value: float) -> str:
    return f"{t.number(value, 0, sign=True)} %"


def _human(found: Courses, t: Translator) -> lines.Panel:
    shown = tuple(
        lines.Line(
            t(f"forecast.outcome.{name}"),
            found.change(name),
            outcomes()[name].certainty,
            _percent(t, float(found.change(name)[-1])),
        )
        for name in HUMAN
    )
    title = t("deficiency.marginal", diet=t.plain(deficiency.MARGINAL), usual=t.plain(deficiency.USUAL))
    return lines.Panel(title, MARGINAL_DAYS / MONTH, t("deficiency.months"), t("deficiency.percent"), shown)


def _rodent(found: Courses, t: Translator) -> lines.Panel:
    shown = tuple(
        lines.Line(
            t(f"deficiency.{name}"),
            found.share(name),
            "animal_only",
            t.number(float(found.share(name)[-1]), 2),
        )
        for name in CHAIN
    )
    title = t("deficiency.severe", serum=t.plain(deficiency.SEVERE_SERUM))
    return lines.Panel(title, SEVERE_DAYS, t("deficiency.days"), t("deficiency.share"), shown)


def drawing(found: Courses, t: Translator) -> svg.Drawing:
    """Draw the human panel over the rodent panel."""
    return lines.draw((_human(found, t), _rodent(found, t)), t, "deficiency", t("deficiency.title"))


def tables(found: Courses, t: Translator) -> tuple[Table, Table]:
    """Return the twins of both panels at chosen days."""
    human = tuple(
        (t.plain(day), *(_percent(t, float(np.interp(day, MARGINAL_DAYS, found.change(n)))) for n in HUMAN))
        for day in MARGINAL_ROWS
    )
    rodent = tuple(
        (
            t.plain(day),
            *(t.number(float(np.interp(day, SEVERE_DAYS, found.share(n))), 2) for n in CHAIN),
        )
        for day in SEVERE_ROWS
    )
    day = t("deficiency.day")
    return (
        Table(_human(found, t).title, (day, *(t(f"forecast.outcome.{n}") for n in HUMAN)), human),
        Table(_rodent(found, t).title, (day, *(t(f"deficiency.{n}") for n in CHAIN)), rodent),
    )
