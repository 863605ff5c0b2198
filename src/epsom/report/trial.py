"""Predicted against observed: the comparison of trials as a table and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from epsom.base.i18n import Translator
from epsom.report.forecast.glyphs import columns
from epsom.report.trial_words import short, warning_lines
from epsom.study.export import without_nan
from epsom.study.trial.people import Assumed
from epsom.study.trial.read_people import SHARES
from epsom.study.trial.run import BALANCE_LIMIT, Row, TrialRun, shares, warnings, worst


def trial_json(runs: Sequence[TrialRun], not_run: Mapping[str, int], t: Translator) -> dict[str, Any]:
    """Return the stable shape of a comparison; ``not_run`` counts experiments kept out, by reason."""
    rows = [row for run in runs for row in run.rows]
    shape = {
        "rows": [_row_json(row) for row in rows],
        "assumed": {run.trial: {a.name: _assumed_json(a) for a in run.assumed} for run in runs},
        "shares": shares(rows),
        "not_representable": dict(not_run),
        "arms": [
            {
                "trial": run.trial,
                "arm": arm.arm,
                "mass_balance_residual": arm.residual,
                "failed": arm.failed,
                "members": arm.members,
            }
            for run in runs
            for arm in run.arms
        ],
        "mass_balance": {"largest_residual": worst(runs), "limit": BALANCE_LIMIT},
        "warnings": [warning.as_json(t) for warning in warnings(runs)],
    }
    checked: dict[str, Any] = without_nan(shape)
    return checked


def _row_json(row: Row) -> dict[str, Any]:
    return {
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
        "discrepancy": row.discrepancy,
        "use": row.use,
    }


def _assumed_json(assumed: Assumed) -> dict[str, Any]:
    return {"mean": assumed.mean, "sd": assumed.sd, "ground": assumed.ground}


def trial_lines(runs: Sequence[TrialRun], not_run: Mapping[str, int], t: Translator) -> list[str]:
    """Write the comparison, misses first."""
    rows = [row for run in runs for row in run.rows]
    heads = ("trial", "outcome", "day", "statistic", "observed", "model", "z", "inside")
    table = [tuple(t(f"trial.head.{name}") for name in heads)]
    for row in sorted(rows, key=lambda r: -abs(r.z) if r.z == r.z else 0.0):
        o = row.observed
        observed = f"{short(t, o.value)} ({t('trial.se')} {short(t, o.se)})"
        model = f"{short(t, row.model)} ({short(t, row.low)} – {short(t, row.high)})"
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
    return [*lines, *_assumed_lines(runs, t), *_books(runs, t), t("trial.note")]


def _assumed_lines(runs: Sequence[TrialRun], t: Translator) -> list[str]:
    """Say which facts were assumed in at least one trial, by ground; of one trial also the numbers."""
    lines = []
    for ground in sorted({a.ground for run in runs for a in run.assumed}):
        found = [a for run in runs for a in run.assumed if a.ground == ground]
        said = [_assumed_words(a, t) for a in found] if len(runs) == 1 else [a.name for a in found]
        key = ground if ground in ("typical", "none") else "reference"
        names = ", ".join(sorted(set(said)))
        lines += textwrap.wrap(t(f"trial.assumed.{key}", names=names, country=ground), 80)
    return lines


def _assumed_words(a: Assumed, t: Translator) -> str:
    if a.name in SHARES:
        return f"{a.name} {t.number(100.0 * a.mean, 0)} %"
    return f"{a.name} {short(t, a.mean)} (SD {short(t, a.sd)})" if a.sd else f"{a.name} {short(t, a.mean)}"


def _books(runs: Sequence[TrialRun], t: Translator) -> list[str]:
    """Say how well the magnesium books of all arms balance, and warn of what went wrong."""
    arms = sum(len(run.arms) for run in runs)
    lines = []
    if worst(runs) < BALANCE_LIMIT:
        words = t("trial.books", arms=arms, worst=f"{worst(runs):.0e}", limit=f"{BALANCE_LIMIT:.0e}")
        lines.append(words)
    return [*lines, *warning_lines(runs, t)]
