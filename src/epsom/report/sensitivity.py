"""What drives an outcome: as lines for the terminal, as data, as a figure with its table."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from epsom.base.i18n import Translator
from epsom.model.records import parameters
from epsom.report.charts import bars, svg
from epsom.report.charts.table import Table
from epsom.report.forecast.glyphs import columns
from epsom.report.forecast.why import unit_words
from epsom.study.export import without_nan
from epsom.study.sensitivity.run import Factor, Sensitivity

BAR_WIDTH = 16
SETTLED = 0.15  # widest 90 % interval of a total index with which the leading factors can be told apart


@dataclass(frozen=True)
class Asked:
    """Hold what was asked: output name, unit, statistic, day, and whose (persons or a trial's id)."""

    outcome: str
    unit: str
    statistic: str
    days: float
    who: str


def outcome_words(name: str, t: Translator) -> str:
    """Return the name of an output in words where there is one."""
    key = f"forecast.outcome.{name}"
    return t(key) if t.has(key) else name


def factor_words(factor: Factor, t: Translator) -> str:
    """Return what a factor means: a parameter's text, or the name of a part of the model."""
    key = "parameter" if factor.name in parameters() else "module"
    return t(f"model.{key}.{factor.name}")


def ranked(found: Sensitivity) -> list[int]:
    """Return the positions of the factors, the largest of both indices first."""
    larger = np.fmax(found.indices.total.value, found.indices.first.value)
    return [int(i) for i in np.argsort(-np.nan_to_num(larger, nan=-1.0), kind="stable")]


def title(asked: Asked, t: Translator) -> str:
    """Say what is explained."""
    return t(
        "sensitivity.title",
        outcome=outcome_words(asked.outcome, t),
        statistic=t(f"sensitivity.statistic.{asked.statistic}"),
        days=t.plain(asked.days),
        who=asked.who,
    )


def _direction(correlation: float) -> str:
    return "" if correlation != correlation else "+" if correlation > 0 else "−"


def _range(value: float, low: float, high: float, t: Translator) -> str:
    ends = t("charts.to", low=t.number(low, 2), high=t.number(high, 2))
    return f"{t.number(value, 2)} ({ends})"


def sensitivity_lines(found: Sensitivity, asked: Asked, t: Translator, top: int) -> list[str]:
    """Write the ranking and how far it can be trusted."""
    total, first = found.indices.total, found.indices.first
    longest = max(float(np.nanmax(np.fmax(total.value, first.value))), 1e-12)
    heads = ("factor", "direction", "total", "first")
    rows = [(*(t(f"sensitivity.head.{name}") for name in heads), "")]
    order = ranked(found)
    for i in order[:top]:
        bar = "█" * round(BAR_WIDTH * max(float(total.value[i]), 0.0) / longest)
        rows.append(
            (
                found.factors[i].name,
                _direction(found.correlation[i]),
                _range(total.value[i], total.low[i], total.high[i], t),
                _range(first.value[i], first.low[i], first.high[i], t),
                bar,
            )
        )
    lines = [*textwrap.wrap(title(asked, t), 80), _spread(found, asked, t), "", *columns(rows, "lclll")]
    lines += ["", *(f"  {found.factors[i].name}: {factor_words(found.factors[i], t)}" for i in order[:top])]
    rest = len(order) - top
    if rest > 0:
        most = t.number(float(np.fmax(total.value, first.value)[order[top]]), 2)
        lines += ["", t("sensitivity.rest", count=rest, most=most)]
    return [*lines, "", *(line for note in _notes(found, t) for line in textwrap.wrap(note, 80))]


def _spread(found: Sensitivity, asked: Asked, t: Translator) -> str:
    numbers = (found.nominal, found.median, found.low, found.high)
    nominal, median, low, high = (t.plain(float(f"{value:.3g}")) for value in numbers)
    unit = f" {unit_words(asked.unit)}" if asked.unit != "1" else ""
    return t("sensitivity.spread", nominal=nominal, median=median, low=low, high=high, unit=unit)


def _notes(found: Sensitivity, t: Translator) -> Sequence[str]:
    shared = float(np.nansum(found.indices.first.value))
    notes = [
        t("sensitivity.meaning"),
        t(f"sensitivity.sum.{found.spread}", sum=t.number(shared, 2)),
        t("sensitivity.sample", rows=found.rows, sets=found.sets, passed=found.not_admissible),
        t("sensitivity.left-out", swaps=found.not_admissible_swaps, failed=found.failed),
    ]
    settled = "settled" if found.widest <= SETTLED else "unsettled"
    notes.append(t(f"sensitivity.{settled}", widest=t.number(found.widest, 2), rows=2 * found.rows))
    return notes


def sensitivity_json(found: Sensitivity, asked: Asked, seed: int, model: str) -> dict[str, Any]:
    """Return the result as data, the largest of both indices first."""
    first, total = found.indices.first, found.indices.total
    factors = [
        {
            "name": found.factors[i].name,
            "parameters": list(found.factors[i].parameters),
            "total": float(total.value[i]),
            "total_low": float(total.low[i]),
            "total_high": float(total.high[i]),
            "first": float(first.value[i]),
            "first_low": float(first.low[i]),
            "first_high": float(first.high[i]),
            "correlation": float(found.correlation[i]),
            "rows": int(found.indices.rows[i]),
        }
        for i in ranked(found)
    ]
    checked: dict[str, Any] = without_nan(
        {
            "schema": "epsom/sensitivity/1",
            "outcome": asked.outcome,
            "unit": asked.unit,
            "statistic": asked.statistic,
            "at_days": asked.days,
            "who": asked.who,
            "nominal": found.nominal,
            "low": found.low,
            "median": found.median,
            "high": found.high,
            "factors": factors,
            "spread": found.spread,
            "rows": found.rows,
            "sets": found.sets,
            "not_admissible": found.not_admissible,
            "not_admissible_swaps": found.not_admissible_swaps,
            "failed": found.failed,
            "widest_interval": found.widest,
            "settled": found.widest <= SETTLED,
            "seed": seed,
            "model": model,
        }
    )
    return checked


def _figure(found: Sensitivity, asked: Asked, t: Translator, top: int) -> bars.Bars:
    total, first = found.indices.total, found.indices.first
    shown = tuple(
        bars.Bar(
            f"{found.factors[i].name}: {factor_words(found.factors[i], t)}",
            float(total.value[i]),
            float(total.low[i]),
            float(total.high[i]),
            float(first.value[i]),
        )
        for i in ranked(found)[:top]
    )
    heads = (t("sensitivity.head.total"), t("sensitivity.head.first"))
    return bars.Bars(title(asked, t), *heads, shown)


def sensitivity_drawing(
    found: Sensitivity, asked: Asked, t: Translator, top: int, *, narrow: bool = False
) -> svg.Drawing:
    """Draw the ranking as bars."""
    return bars.draw(_figure(found, asked, t, top), t, "sensitivity", narrow=narrow)


def sensitivity_table(found: Sensitivity, asked: Asked, t: Translator, top: int) -> Table:
    """Return the twin of the drawing."""
    head = tuple(t(f"sensitivity.head.{name}") for name in ("factor", "total", "first"))
    return bars.table(_figure(found, asked, t, top), t, title(asked, t), head)
