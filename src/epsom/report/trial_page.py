"""Predicted against observed as a page: misses first, each with what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from epsom.base.i18n import Translator
from epsom.report.trial_figures import agrees, finding
from epsom.report.trial_words import short, warning_lines
from epsom.study.trial.run import BALANCE_LIMIT, Row, TrialRun, shares, worst


def _table(t: Translator, rows: Sequence[Row]) -> list[str]:
    heads = ("trial", "outcome", "day", "statistic", "observed", "model", "z", "inside")
    lines = ["| " + " | ".join([*(t(f"trial.head.{h}") for h in heads), t("trial.head.use")]) + " |"]
    lines.append("|" + "---|" * 9)
    for row in rows:
        o = row.observed
        cells = (
            row.trial,
            o.outcome,
            t.plain(o.at_days),
            t(f"trial.statistic.{o.statistic}"),
            f"{short(t, o.value)} (SE {short(t, o.se)})",
            f"{short(t, row.model)} ({short(t, row.low)} – {short(t, row.high)})",
            t.number(row.z, 1, sign=True),
            t("trial.yes" if row.inside else "trial.no"),
            t(f"trial.use.{row.use}"),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def page(
    runs: Sequence[TrialRun],
    out: Mapping[str, int],
    notes: Mapping[str, Any],
    t: Translator,
    picture: str,
) -> str:
    """Write the comparison of every experiment as Markdown.

    Parameters
    ----------
    runs
        The simulated experiments.
    out
        Number of experiments that cannot be put to the model, by reason.
    notes
        Trial -> outcome -> language -> what a miss means.
    picture
        Address of the picture of predicted against observed.
    """
    rows = sorted((row for run in runs for row in run.rows), key=lambda row: -abs(row.z))
    misses = [row for row in rows if not agrees(row)]
    lines = [f"# {t('trial.page.title')}", "", t("trial.page.about"), ""]
    for use, share in shares(rows).items():
        near, inside = (t.number(100 * share[name], 0) for name in ("within_2_se", "inside"))
        counted, words = int(share["rows"]), t(f"trial.use.{use}")
        lines.append("- " + t("trial.share", use=words, rows=counted, within_2_se=near, inside=inside))
    reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(out.items()))
    lines.append("- " + t("trial.not-run", n=sum(out.values()), reasons=reasons))
    arms, limit = sum(len(run.arms) for run in runs), f"{BALANCE_LIMIT:.0e}"
    if worst(runs) < BALANCE_LIMIT:
        lines.append("- " + t("trial.page.books", arms=arms, limit=limit))
    lines += [*(f"- {line}" for line in warning_lines(runs, t)), "", f"![{finding(rows, t)}]({picture})", ""]
    lines += [f"## {t('trial.page.misses', n=len(misses))}", "", *_table(t, misses), ""]
    lines += [f"## {t('trial.page.meaning')}", ""]
    for row in misses:
        note = notes.get(row.trial, {}).get(row.observed.outcome, {}).get(t.language)
        text = note or t("trial.page.unexplained")
        lines.append(f"- **{row.trial}, {row.observed.outcome}.** {text}")
    rest = [row for row in rows if agrees(row)]
    lines += ["", f"## {t('trial.page.rest', n=len(rest))}", "", *_table(t, rest), "", t("trial.note")]
    return "\n".join(lines) + "\n"
