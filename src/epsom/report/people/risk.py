"""Risk scores as text and as JSON: one person, a table of people, the register of scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from epsom.base.errors import Problem
from epsom.base.i18n import Translator
from epsom.risk.scores import Input, Output, Score, names, score
from epsom.risk.scoring import Status
from epsom.study.risk import ScoredTable, result_table, status_names

_ROWS_SHOWN = 20
_DIGITS = {"years": 0, "points": 0, "percent": 0, "criteria": 0}


def _value(output: Output, value: float, t: Translator) -> str:
    if np.isnan(value):
        return t.number(value)
    if output.unit == "fraction":
        return f"{t.number(100.0 * value, 1)} %"
    if output.unit == "yes_no":
        return t("risk.yes") if value else t("risk.no")
    number = t.number(value, _DIGITS[output.unit])
    return f"{number} %" if output.unit == "percent" else f"{number} {t(f'risk.unit.{output.unit}')}"


def _range(bounds: tuple[float, float] | None, t: Translator) -> str:
    return "" if bounds is None else "–".join(t.plain(round(bound, 4)) for bound in bounds)


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    """Set rows in columns wide enough for their longest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _said(problems: Iterable[Problem], t: Translator) -> list[str]:
    """Write what was refused, moved or noted, and in one line all that was assumed."""
    lines = []
    assumed = []
    for p in problems:
        if p.code == "W-RISK-ASSUMED":
            people = "" if p.details["n"] == 1 else f" ({t.number(p.details['people'], 0)})"
            assumed.append(f"{p.field} = {p.expected}{people}")
            continue
        what, do = p.words(t)
        row = f"{t('cli.row', row=p.row)}, " if p.details["n"] > 1 else ""
        lines += [f"{p.code}  {row}{p.field}: {what}", f"    {do}"]
    if assumed:
        lines.append(t("risk.assumed.all", facts=", ".join(assumed)))
    return lines


def _origin(one: Score, constants: str, t: Translator) -> list[str]:
    others = ", ".join(name for name in one.constants if name != constants)
    lines = [t("risk.source", paper=one.paper, doi=one.doi), t("risk.constants", name=constants)]
    if others:
        lines[-1] += " " + t("risk.constants.other", others=others)
    return lines


def _head(one: Score, t: Translator) -> list[str]:
    return [t(f"risk.title.{one.name}"), t(f"risk.for.{one.name}"), ""]


def person_text(result: ScoredTable, t: Translator) -> str:
    """Write the results of one person: headlines first, derived numbers below them and marked so."""
    outputs = sorted(result.score.outputs.values(), key=lambda output: not output.headline)
    rows = [
        (
            t(f"risk.output.{output.name}"),
            _value(output, float(result.scored.values[output.name][0]), t),
            t("risk.derived") if output.unit == "years" else "",
        )
        for output in outputs
    ]
    said = _said(result.problems, t)
    return "\n".join(
        [
            *_head(result.score, t),
            *_grid(rows),
            *(["", *said] if said else []),
            "",
            *_origin(result.score, result.scored.constants, t),
        ]
    )


def table_text(result: ScoredTable, t: Translator) -> str:
    """Write the first people, the counts by status, and what was assumed, moved or refused."""
    outputs = list(result.score.outputs.values())
    shown = range(min(_ROWS_SHOWN, len(result.ids)))
    states = status_names(result)
    rows = [["id", *(o.name for o in outputs), "status"]]
    for i in shown:
        values = (_value(o, float(result.scored.values[o.name][i]), t) for o in outputs)
        rows.append([result.ids[i], *values, t(f"risk.status.{states[i]}")])
    lines = [*_head(result.score, t), *_grid(rows)]
    if len(result.ids) > len(shown):
        lines.append(t("risk.more", count=len(result.ids) - len(shown)))
    counts = np.bincount(result.scored.status, minlength=len(Status))
    said = ", ".join(
        f"{t.number(float(counts[s]), 0)} {t(f'risk.status.{s.name.lower()}')}" for s in Status if counts[s]
    )
    lines += ["", t("risk.people", count=len(result.ids)) + ": " + said]
    notes = _said(result.problems, t)
    return "\n".join([*lines, *(["", *notes] if notes else []), "",
                      *_origin(result.score, result.scored.constants, t)])  # fmt: skip


def result_json(result: ScoredTable, t: Translator) -> dict[str, Any]:
    """Return the same as plain values; fractions stay fractions, missing results are null."""
    one = result.score
    return {
        "score": one.name,
        "constants": result.scored.constants,
        "paper": one.paper,
        "doi": one.doi,
        "outputs": {o.name: {"unit": o.unit, "headline": o.headline} for o in one.outputs.values()},
        "rows": result_table(result).to_dicts(),
        "problems": [p.as_json(t) for p in result.problems],
    }


def _input_row(name: str, wanted: Input, t: Translator) -> tuple[str, str, str]:
    field = wanted.key.field
    means = {"choice": ", ".join(field.choices), "flag": t("risk.flag")}.get(field.kind, wanted.key.unit_name)
    if wanted.assume is not None:
        shown = field.choices[int(wanted.assume)] if field.kind == "choice" else t.plain(wanted.assume)
        needed = t("risk.assumed", value=shown)
    else:
        needed = t("risk.optional") if wanted.optional else t("risk.needed")
    only = "" if wanted.only is None else "= 0" if field.kind == "flag" else wanted.only.text
    limits = _range(wanted.valid, t) or only
    return name, means, "; ".join(filter(None, [limits, needed]))


def needs_text(one: Score, t: Translator) -> str:
    """Write what a score reads: each key with its unit, its range, and what happens without it."""
    rows = [_input_row(name, wanted, t) for name, wanted in one.inputs.items()]
    return "\n".join(
        [*_head(one, t), t("risk.reads"), *_grid(rows), "", *_origin(one, one.default_constants, t)]
    )


def _ages(one: Score) -> tuple[float, float] | None:
    return one.inputs["age_years"].valid if "age_years" in one.inputs else None


def register_text(t: Translator) -> str:
    """List all scores with age range, horizon and constants."""
    rows = [[t("risk.list.name"), t("risk.list.ages"), t("risk.list.years"), t("risk.list.constants")]]
    for name in names():
        one = score(name)
        years = one.horizon_years
        horizon = ", ".join(map(str, years)) if len(years) < 4 else f"{years[0]}–{years[-1]}"
        rows.append([name, _range(_ages(one), t) or "–", horizon or "–", ", ".join(
            f"{c}*" if c == one.default_constants else c for c in one.constants)])  # fmt: skip
    return "\n".join([*_grid(rows), "", t("risk.list.default"), t("risk.list.more")])


def register_json(t: Translator) -> list[dict[str, Any]]:
    """Return the register of scores as plain values."""
    return [
        {
            "score": name,
            "title": t(f"risk.title.{name}"),
            "population": t(f"risk.for.{name}"),
            "horizon_years": list(one.horizon_years),
            "ages": _ages(one),
            "inputs": {key: _input_json(wanted) for key, wanted in one.inputs.items()},
            "outputs": {o.name: {"unit": o.unit, "headline": o.headline} for o in one.outputs.values()},
            "constants": list(one.constants),
            "default_constants": one.default_constants,
            "paper": one.paper,
            "doi": one.doi,
            "provenance": dict(one.provenance),
        }
        for name, one in ((name, score(name)) for name in names())
    ]


def _input_json(wanted: Input) -> dict[str, Any]:
    field = wanted.key.field
    return {
        "kind": field.kind,
        "unit": wanted.key.unit_name,
        "choices": list(field.choices),
        "also": [key for key in field.keys if key != wanted.key.name],
        "valid": wanted.valid,
        "assumed": wanted.assume,
        "optional": wanted.optional,
    }
