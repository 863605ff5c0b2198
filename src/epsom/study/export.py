"""The machine-readable shapes of a forecast: JSON for one person, a table for many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from epsom.base.errors import Problem
from epsom.base.i18n import Translator
from epsom.engine.solution import Status
from epsom.people.fields import person_fields
from epsom.people.people import People
from epsom.people.typical import typical_records
from epsom.study.forecast import INTERVAL, Forecast
from epsom.study.manifest import manifest
from epsom.study.summary import Band, OutcomeForecast, summarise

if TYPE_CHECKING:
    import polars as pl


def stated_facts(result: Forecast, person: int) -> dict[str, Any]:
    """Return what was stated about a person, by canonical name."""
    people = result.people
    numbers = {
        name: float(column[person])
        for name, column in people.numbers.items()
        if not np.isnan(column[person]) and not person_fields()[name].is_plan
    }
    return {"id": people.ids[person], "sex": str(people.words["sex"][person]), **numbers}


def assumed_facts(result: Forecast, person: int) -> list[dict[str, Any]]:
    """Return what was assumed about a person: name, value, unit, ground and source."""
    records, fields = typical_records(), person_fields()
    return [
        {
            "name": name,
            "value": round(float(result.facts.values[name][person]), 6),
            "unit": fields[name].unit,
            "ground": records[name]["ground"],
            "source": records[name].get("source", "choice"),
        }
        for name, mask in result.facts.assumed.items()
        if mask[person]
    ]


def planned(result: Forecast, person: int) -> dict[str, Any]:
    """Return the plan of a person, and which parts of it were assumed."""
    plan = result.plan
    new_intake = float(plan.new_intake[person])
    return {
        "supplement_mg_per_day": float(plan.supplement[person]),
        "compound": str(plan.compound[person]),
        "doses_per_day": float(plan.doses[person]),
        "with_meals": bool(plan.with_meals[person]),
        "new_intake_mg_per_day": None if np.isnan(new_intake) else new_intake,
        "years": float(plan.years[person]),
        "assumed": list(plan.assumed),
    }


def _band(band: Band) -> dict[str, list[float]]:
    return {"middle": band.middle.tolist(), "low": band.low.tolist(), "high": band.high.tolist()}


def _outcome(found: OutcomeForecast) -> dict[str, Any]:
    difference = found.difference
    return {
        "name": found.outcome.name,
        "unit": found.outcome.unit,
        "at_years": round(found.at_years, 6),
        "without": float(found.without.middle[-1]),
        "with": float(found.with_plan.middle[-1]),
        "difference": float(difference.middle[-1]),
        "low": float(difference.low[-1]),
        "high": float(difference.high[-1]),
        "certainty": found.outcome.certainty,
        "sources": list(found.outcome.source_keys),
        "path": list(found.outcome.path),
        "studied_days": found.outcome.studied_days,
        "trajectory": {
            "days": found.days.tolist(),
            "without": _band(found.without),
            "with": _band(found.with_plan),
            "difference": _band(difference),
        },
    }


def without_nan(value: Any) -> Any:
    """Replace NaN by null, which is what JSON has for it."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: without_nan(item) for key, item in value.items()}
    return [without_nan(item) for item in value] if isinstance(value, list | tuple) else value


def forecast_json(result: Forecast, person: int, t: Translator) -> dict[str, Any]:
    """Return the stable shape of one person's forecast."""
    shape = {
        "person": stated_facts(result, person),
        "intervention": planned(result, person),
        "assumed": assumed_facts(result, person),
        "warnings": [p.as_json(t) for p in result.problems[person]],
        "draws_used": int(result.draws_used[person]),
        "outcomes": [_outcome(found) for found in summarise(result, person)],
        "manifest": manifest(result.settings),
    }
    checked: dict[str, Any] = without_nan(shape)
    return checked


def row_status(result: Forecast, person: int) -> str:
    """Return the status of one person: ``ok``, the code of an error, or how integration ended."""
    errors = [p.code for p in result.problems[person] if p.code.startswith("E-")]
    return errors[0] if errors else Status(int(result.status[person])).code


def forecast_table(everyone: People, result: Forecast, t: Translator) -> pl.DataFrame:
    """Return one row per person of ``everyone``, good or bad, in the order of the input.

    Columns: id, status, message, then for each outcome ``<name>_without``, ``_with``, ``_difference``,
    ``_low`` and ``_high`` at the end of that person's plan. Values are null unless the status is ok.
    """
    import polars as pl

    position = {int(row): i for i, row in enumerate(np.flatnonzero(everyone.good))}
    statuses, messages = [], []
    for row, problems in enumerate(everyone.problems):
        mine: tuple[Problem, ...] = problems or result.problems[position[row]]
        statuses.append(problems[0].code if problems else row_status(result, position[row]))
        messages.append("; ".join(f"{p.code} {p.field or ''}: {p.words(t)[0]}" for p in mine))
    columns: dict[str, Any] = {"id": list(everyone.ids), "status": statuses, "message": messages}
    columns["years"] = np.full(len(everyone), np.nan)
    columns["years"][everyone.good] = result.plan.years
    for name, values in _end_columns(result).items():
        columns[name] = np.full(len(everyone), np.nan)
        columns[name][everyone.good] = np.where(result.possible, values, np.nan)
    table = pl.DataFrame(columns)
    return table.with_columns(pl.col(pl.Float64).fill_nan(None))


def _end_columns(result: Forecast) -> dict[str, Any]:
    last = (~np.isnan(result.times)).sum(axis=1) - 1
    rows = np.arange(len(result.times))
    without, with_plan = result.without[rows, :, last], result.with_plan[rows, :, last]
    found: dict[str, Any] = {}
    for index, name in enumerate(result.names):
        difference = with_plan[:, :, index] - without[:, :, index]
        found[f"{name}_without"] = without[:, 0, index]
        found[f"{name}_with"] = with_plan[:, 0, index]
        found[f"{name}_difference"] = difference[:, 0]
        low, high = _interval(difference[:, 1:])
        found[f"{name}_low"], found[f"{name}_high"] = low, high
    return found


def _interval(draws: Any) -> tuple[Any, Any]:
    low, high = np.full(len(draws), np.nan), np.full(len(draws), np.nan)
    some = (~np.isnan(draws)).any(axis=1) if draws.shape[1] else np.zeros(len(draws), dtype=np.bool_)
    if some.any():
        low[some], high[some] = np.nanquantile(draws[some], INTERVAL, axis=1)
    return low, high
