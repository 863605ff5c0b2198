"""Check a trial file and turn it into a `Trial`; every fault names file, table and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from epsom.base.errors import Problem
from epsom.study.trial.design import read_design
from epsom.study.trial.file import PLAN, USES, Arm, Observed, Trial, read_toml, require
from epsom.study.trial.observed import read_observed
from epsom.study.trial.read_arms import read_arms
from epsom.study.trial.read_people import is_number, read_population

LONGEST = 36525.0  # d: a hundred years
_TABLES = ("source", "population", "duration", "design")
_TEXTS = ("id", "title", "note")
_TOP = ("schema", "use", "arm", "observed", *_TEXTS, *_TABLES)


def read_trial(path: Path, *, planned: bool = False) -> Trial:
    """Read and check one trial file; one that is read as a plan needs no observed values.

    Raises
    ------
    EpsomError
        With every fault found; each names the file and the table and key.
    """
    record = read_toml(path)
    problems = list(_top_faults(record, planned))
    tables = {name: found if isinstance(found := record.get(name, {}), Mapping) else {} for name in _TABLES}
    days = _days(tables["duration"], problems)
    design = read_design(tables["design"], problems)
    spreads, shares = read_population(tables["population"], problems)
    arms = read_arms(record.get("arm"), days, problems)
    observed = read_observed(record.get("observed", []), arms, days, problems, planned=planned)
    if not problems:
        problems += _unused(arms, observed)
    require(problems, str(path))
    return Trial(
        id=record.get("id", path.stem),
        title=record.get("title", ""),
        source=tables["source"],
        use=record["use"],
        n=tables["population"].get("n", 0),
        population=spreads,
        shares=shares,
        arms=arms,
        days=days,
        observed=observed,
        file=str(path),
        reference=tables["population"].get("reference"),
        design=design,
    )


def _top_faults(record: Mapping[str, Any], planned: bool) -> Iterator[Problem]:
    for key, value in record.items():
        if key not in _TOP:
            yield Problem("E-KEY-UNKNOWN", field=key, value=key, expected=", ".join(_TOP))
        elif key in _TABLES and not isinstance(value, Mapping):
            yield Problem("E-TRIAL-TABLE", field=key, value=value, expected=f"[{key}]")
        elif key in _TEXTS and not isinstance(value, str):
            yield Problem("E-TRIAL-NAME", field=key, value=value)
    use = record.get("use")
    if use == PLAN and not planned:
        yield Problem("E-TRIAL-PLAN", field="use", value=use)
    elif use not in (*USES, PLAN):
        yield Problem("E-CHOICE", field="use", value=use, expected=", ".join((*USES, PLAN)))


def _days(raw: Mapping[str, Any], problems: list[Problem]) -> float:
    problems.extend(
        Problem("E-KEY-UNKNOWN", field=f"duration.{key}", value=key, expected="days")
        for key in raw
        if key != "days"
    )
    days = raw.get("days")
    if is_number(days) and days is not None and 0.0 < days <= LONGEST:
        return float(days)
    problems.append(Problem("E-TRIAL-DURATION", field="duration.days", value=days))
    return float("nan")


def _unused(arms: tuple[Arm, ...], observed: tuple[Observed, ...]) -> Iterator[Problem]:
    used = {name for row in observed for name in (row.arm, row.control)}
    for arm in arms:
        if arm.name not in used:
            yield Problem("E-TRIAL-UNUSED", field="arm.name", value=arm.name)
    if not observed:
        yield Problem("E-TRIAL-NOTHING", field="observed")
