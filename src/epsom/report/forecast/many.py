"""The forecast of many people in a few lines: how many, how much, who is missing and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epsom.base.i18n import Translator
from epsom.model.causal import outcomes
from epsom.report.forecast.glyphs import columns
from epsom.report.forecast.words import label
from epsom.study.forecast import Forecast
from epsom.study.manifest import manifest

if TYPE_CHECKING:
    import polars as pl

PERCENTILES = (0.05, 0.5, 0.95)


def _statuses(table: pl.DataFrame) -> list[tuple[str, int]]:
    counts = table["status"].value_counts(sort=True)
    return [(str(status), int(n)) for status, n in counts.iter_rows()]


def _spread(table: pl.DataFrame, name: str) -> tuple[float, list[float]]:
    column = table[f"{name}_difference"].drop_nulls()
    mean = column.mean()
    quantiles = [column.quantile(q) for q in PERCENTILES]
    return (
        float("nan") if mean is None else float(mean),  # type: ignore[arg-type]
        [float("nan") if q is None else float(q) for q in quantiles],
    )


def summary_json(table: pl.DataFrame, result: Forecast) -> dict[str, Any]:
    """Return counts by status and the spread of each difference over people."""
    from epsom.study.export import without_nan

    shape = {
        "people": len(table),
        "status": dict(_statuses(table)),
        "outcomes": [
            {
                "name": name,
                "unit": outcome.unit,
                "mean_difference": _spread(table, name)[0],
                "percentiles_over_people": dict(
                    zip(("p5", "p50", "p95"), _spread(table, name)[1], strict=True)
                ),
                "certainty": outcome.certainty,
            }
            for name, outcome in outcomes().items()
        ],
        "manifest": manifest(result.settings),
    }
    checked: dict[str, Any] = without_nan(shape)
    return checked


def render_many(table: pl.DataFrame, result: Forecast, t: Translator) -> str:
    """Write counts by status and, per outcome, the mean difference and its spread over people."""
    lines = [t("forecast.many.people", count=len(table))]
    lines += [t("forecast.many.status", status=status, n=n) for status, n in _statuses(table)]
    rows = [tuple(t(f"forecast.many.{k}") for k in ("outcome", "mean", "p5", "p50", "p95", "evidence"))]
    for name, outcome in outcomes().items():
        mean, quantiles = _spread(table, name)
        numbers = [t.number(value, outcome.digits, sign=True) for value in (mean, *quantiles)]
        certainty = t(f"forecast.certainty.{outcome.certainty}")
        rows.append((f"{label(t, name)}, {outcome.unit}".replace(", 1", ""), *numbers, certainty))
    body = columns(rows, "lrrrrl")
    return "\n".join([*lines, "", *body, "", t("forecast.many.note"), t("forecast.not-advice")]) + "\n"
