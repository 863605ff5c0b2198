"""Check a trial file and turn it into a `Trial`; every fault names file, table and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from epsom.base.errors import Problem
from epsom.people.fields import accepted_names, person_fields
from epsom.people.plan import compounds
from epsom.people.reference.tables import COUNTRIES
from epsom.study.trial.clamp import read_clamps
from epsom.study.trial.file import (
    USES,
    Arm,
    Phase,
    Spread,
    Trial,
    read_toml,
    require,
)
from epsom.study.trial.inputs import ARM_KEYS
from epsom.study.trial.observed import read_observed

SHARES = ("female", "type2_diabetes", "antihypertensive", "thiazide", "ppi", "loop_diuretic", "smoker")
_ABOUT_ARMS = ("name", "phase", "days", "note", "clamp")
_ABOUT_PEOPLE = ("n", "note", "reference")
_EXPECTED = ", ".join((*ARM_KEYS, "clamp"))
_TOP = ("schema", "id", "title", "source", "use", "population", "arm", "duration", "observed", "note")


def _spread(name: str, raw: Any, problems: list[Problem]) -> Spread | None:
    named = accepted_names()[name]
    where = f"population.{name}"
    parts = raw if isinstance(raw, Mapping) else {"mean": raw}
    odd = set(parts) - {"mean", "sd", "low", "high"}
    if odd or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in parts.values()):
        problems.append(Problem("E-TRIAL-VALUE", field=where, value=raw, expected="mean, sd, low, high"))
        return None
    spread = Spread(**{key: float(value) * named.factor for key, value in parts.items()})
    spec = named.field
    if "mean" not in parts or spread.sd < 0.0 or not spread.low <= spread.mean <= spread.high:
        problems.append(Problem("E-TRIAL-POPULATION", field=where, value=raw))
    elif not spec.low <= spread.mean <= spec.high:
        expected = f"{spec.low:g} – {spec.high:g} {spec.unit}"
        problems.append(
            Problem("E-RANGE", field=where, value=parts["mean"], unit=named.unit, expected=expected)
        )
    return spread


def _population(
    raw: Mapping[str, Any], problems: list[Problem]
) -> tuple[dict[str, Spread], dict[str, float]]:
    spreads: dict[str, Spread] = {}
    shares: dict[str, float] = {}
    for name, value in raw.items():
        where = f"population.{name}"
        if name in _ABOUT_PEOPLE:
            continue
        if name in SHARES:
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
                problems.append(Problem("E-TRIAL-SHARE", field=where, value=value, expected="0 – 1"))
            else:
                shares[name] = float(value)
        elif name not in accepted_names() or accepted_names()[name].field.is_plan:
            problems.append(
                Problem("E-KEY-UNKNOWN", field=where, value=name, expected=", ".join(person_fields()))
            )
        else:
            spread = _spread(name, value, problems)
            if spread is not None:
                spreads[accepted_names()[name].field.name] = spread
    sbp, dbp = spreads.get("sbp_mmhg"), spreads.get("dbp_mmhg")
    if sbp and dbp and sbp.mean <= dbp.mean + 10.0:
        details = {"sbp": sbp.mean}
        problems.append(Problem("E-PRESSURES", field="population.dbp_mmhg", value=dbp.mean, details=details))
    return spreads, shares


def _setting_faults(arm: str, settings: Mapping[str, Any]) -> Iterator[Problem]:
    for key, value in settings.items():
        where = f"arm.{arm}.{key}"
        if key == "compound":
            if value not in compounds():
                yield Problem("E-CHOICE", field=where, value=value, expected=", ".join(compounds()))
        elif key in ARM_KEYS and not (isinstance(value, int | float) and 0.0 <= value < float("inf")):
            yield Problem("E-NUMBER", field=where, value=value)


def _arms(raw: Any, days: float, problems: list[Problem]) -> tuple[Arm, ...]:
    arms = []
    for index, record in enumerate(raw if isinstance(raw, list) else [], start=1):
        name = str(record.get("name", index))
        phases = record.get("phase")
        settings = [record] if phases is None else phases
        checked = []
        for phase in settings:
            keys = {key: value for key, value in phase.items() if key not in _ABOUT_ARMS}
            faults: list[Problem] = []
            clamps = read_clamps(phase.get("clamp"), faults)
            problems.extend(replace(p, field=f"arm.{name}.{p.field}") for p in faults)
            problems.extend(
                Problem(
                    "E-KEY-UNKNOWN",
                    field=f"arm.{name}.{key}",
                    value=key,
                    expected=", ".join((*ARM_KEYS, "clamp")),
                )
                for key in keys
                if key not in ARM_KEYS
            )
            problems.extend(_setting_faults(name, keys))
            checked.append(Phase(float(phase.get("days", days)), keys, clamps))
        arms.append(Arm(name, tuple(checked)))
    names = [arm.name for arm in arms]
    problems.extend(
        Problem("E-TRIAL-ARM-TWICE", field="arm.name", value=name)
        for name in sorted({name for name in names if names.count(name) > 1})
    )
    return tuple(arms)


def read_trial(path: Path) -> Trial:
    """Read and check one trial file.

    Raises
    ------
    EpsomError
        With every fault found; each names the file and the table and key.
    """
    record = read_toml(path)
    problems: list[Problem] = [
        Problem("E-KEY-UNKNOWN", field=key, value=key, expected=", ".join(_TOP))
        for key in record
        if key not in _TOP
    ]
    days = record.get("duration", {}).get("days")
    if not isinstance(days, int | float) or isinstance(days, bool) or days <= 0:
        problems.append(Problem("E-TRIAL-DURATION", field="duration.days", value=days))
        days = float("nan")
    if record.get("use") not in USES:
        expected = ", ".join(USES)
        problems.append(Problem("E-CHOICE", field="use", value=record.get("use"), expected=expected))
    population = record.get("population", {})
    spreads, shares = _population(population, problems)
    country = population.get("reference")
    if country is not None and country not in COUNTRIES:
        where = "population.reference"
        problems.append(Problem("E-CHOICE", field=where, value=country, expected=", ".join(COUNTRIES)))
    arms = _arms(record.get("arm"), float(days), problems)
    observed = read_observed(record.get("observed"), {arm.name for arm in arms}, float(days), problems)
    used = {name for row in observed for name in (row.arm, row.control)}
    if not problems:
        problems += [
            Problem("E-TRIAL-UNUSED", field="arm.name", value=arm.name)
            for arm in arms
            if arm.name not in used
        ]
        if not observed:
            problems.append(Problem("E-TRIAL-NOTHING", field="observed"))
    require(problems, str(path))
    return Trial(
        id=str(record.get("id", path.stem)),
        title=str(record.get("title", "")),
        source=record.get("source", {}),
        use=record["use"],
        n=int(population.get("n", 0)),
        population=spreads,
        shares=shares,
        arms=arms,
        days=float(days),
        observed=observed,
        file=str(path),
        reference=population.get("reference"),
    )
