"""Predicted against observed: the comparison of trials as a table and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from epsom.base.i18n import Translator
from epsom.report.forecast.glyphs import columns
from epsom.study.export import without_nan
from epsom.study.trial.run import Row, shares


def trial_json(
    rows: Sequence[Row], assumed: Mapping[str, Sequence[str]], not_run: Mapping[str, int]
) -> dict[str, Any]:
    """Return the stable shape of a comparison; ``not_run`` counts experiments kept out, by reason."""
    shape = {
        "rows": [
            {
                "trial": row.trial,
                "outcome": row.observed.outcome,
                "at_days": row.observed.at_days,
                "statistic": row.observed.statistic,
                "observed": row.observed.value,
                "se": row.observed.se,
                "model": row.model,
                "low": row.low,
                "high": row.high,
                "z": row.z,
                "inside": row.inside,
                "use": row.use,
            }
            for row in rows
        ],
        "assumed": dict(assumed),
        "shares": shares(rows),
        "not_representable": dict(not_run),
    }
    checked: dict[str, Any] = without_nan(shape)
    return checked


def _short(t: Translator, value: float) -> str:
    size = abs(value)
    digits = 3 if size < 0.1 else 2 if size < 10 else 1
    return t.number(value, digits, sign=False)


def trial_lines(
    rows: Sequence[Row],
    assumed: Mapping[str, Sequence[str]],
    not_run: Mapping[str, int],
    t: Translator,
) -> list[str]:
    """Write the comparison, misses first."""
    heads = ("trial", "outcome", "day", "statistic", "observed", "model", "z", "inside")
    table = [tuple(t(f"trial.head.{name}") for name in heads)]
    for row in sorted(rows, key=lambda r: -abs(r.z) if r.z == r.z else 0.0):
        o = row.observed
        observed = f"{_short(t, o.value)} ({t('trial.se')} {_short(t, o.se)})"
        model = f"{_short(t, row.model)} ({_short(t, row.low)} – {_short(t, row.high)})"
        table.append(
            (
                row.trial[:30],
                o.outcome,
                t.plain(o.at_days),
                t(f"trial.statistic.{o.statistic}"),
                observed,
                model,
                t.number(row.z, 1, sign=True),
                t("trial.yes" if row.inside else "trial.no"),
            )
        )
    lines = columns(table, "llrlllrl")
    for use, share in shares(rows).items():
        near, inside = (t.number(100 * share[name], 0) for name in ("within_2_se", "inside"))
        counted = int(share["rows"])
        words = t(f"trial.use.{use}")
        lines.append(t("trial.share", use=words, rows=counted, within_2_se=near, inside=inside))
    if not_run:
        reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(not_run.items()))
        words = t("trial.not-run", n=sum(not_run.values()), reasons=reasons)
        lines += textwrap.wrap(words, 80)
    names = sorted({name for silent in assumed.values() for name in silent})
    lines += textwrap.wrap(t("trial.assumed", names=", ".join(names)), 80)
    return [*lines, t("trial.note")]
