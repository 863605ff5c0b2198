"""The ``[population]`` of a trial file: numbers with their spread, and shares of people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from epsom.base.errors import Problem
from epsom.people.fields import Named, accepted_names, person_fields
from epsom.people.reference.tables import COUNTRIES
from epsom.study.trial.file import Spread

SHARES = (
    "female", "type2_diabetes", "antihypertensive", "thiazide", "ppi", "loop_diuretic", "smoker",
    "heart_failure",
)  # fmt: skip
_ABOUT = ("n", "note", "reference")
_PARTS = ("mean", "sd", "low", "high")


def read_population(
    raw: Mapping[str, Any], problems: list[Problem]
) -> tuple[dict[str, Spread], dict[str, float]]:
    """Check a population; faults are added to ``problems``.

    Returns
    -------
    spreads, shares
        What is described of the people, in canonical units.
    """
    spreads: dict[str, Spread] = {}
    shares: dict[str, float] = {}
    problems.extend(_about_faults(raw))
    for name, value in raw.items():
        where = f"population.{name}"
        named = accepted_names().get(name)
        if name in _ABOUT:
            continue
        if name in SHARES:
            if is_number(value) and 0.0 <= value <= 1.0:
                shares[name] = float(value)
            else:
                problems.append(Problem("E-TRIAL-SHARE", field=where, value=value, expected="0 – 1"))
        elif named is None or named.field.is_plan or named.field.choices or named.field.is_flag:
            expected = ", ".join(name for name, spec in person_fields().items() if not spec.is_plan)
            problems.append(Problem("E-KEY-UNKNOWN", field=where, value=name, expected=expected))
        elif named.field.name in spreads:
            problems.append(Problem("E-TRIAL-TWICE", field=where, value=named.field.name))
        else:
            spread = _spread(where, named, value, problems)
            if spread is not None:
                spreads[named.field.name] = spread
    problems.extend(_contradictions(spreads, shares))
    return spreads, shares


def is_number(value: Any) -> bool:
    """Tell whether a value is a finite number (yes and no are none)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _about_faults(raw: Mapping[str, Any]) -> Iterator[Problem]:
    n = raw.get("n", 0)
    if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= 10_000_000:
        yield Problem("E-RANGE", field="population.n", value=n, expected="1 – 10000000")
    country = raw.get("reference")
    if country is not None and country not in COUNTRIES:
        where = "population.reference"
        yield Problem("E-CHOICE", field=where, value=country, expected=", ".join(COUNTRIES))


def _spread(where: str, named: Named, raw: Any, problems: list[Problem]) -> Spread | None:
    parts = raw if isinstance(raw, Mapping) else {"mean": raw}
    if set(parts) - set(_PARTS) or not all(is_number(value) for value in parts.values()):
        problems.append(Problem("E-TRIAL-VALUE", field=where, value=raw, expected=", ".join(_PARTS)))
        return None
    if "mean" not in parts:
        problems.append(Problem("E-TRIAL-POPULATION", field=where, value=raw))
        return None
    spread = Spread(**{key: float(value) * named.factor for key, value in parts.items()})
    spec = named.field
    if spread.sd < 0.0 or not spread.low <= spread.mean <= spread.high:
        problems.append(Problem("E-TRIAL-POPULATION", field=where, value=raw))
    elif not spec.low <= spread.mean <= spec.high:
        expected = f"{spec.low / named.factor:.4g} – {spec.high / named.factor:.4g} {named.unit}"
        value = parts["mean"]
        problems.append(Problem("E-RANGE", field=where, value=value, unit=named.unit, expected=expected))
    elif spread.sd > (spec.high - spec.low) / 2.0:
        problems.append(Problem("E-TRIAL-POPULATION", field=where, value=raw))
    return spread


def _contradictions(spreads: Mapping[str, Spread], shares: Mapping[str, float]) -> Iterator[Problem]:
    """Name what cannot be true of the same people."""
    sbp, dbp = spreads.get("sbp_mmhg"), spreads.get("dbp_mmhg")
    if sbp and dbp and sbp.mean <= dbp.mean + 10.0:
        details = {"sbp": sbp.mean}
        yield Problem("E-PRESSURES", field="population.dbp_mmhg", value=dbp.mean, details=details)
    treated = shares.get("antihypertensive")
    if treated is not None and shares.get("thiazide", 0.0) > treated:
        yield Problem(
            "E-TRIAL-CONTRADICTION",
            field="population.antihypertensive",
            value=treated,
            expected=f">= thiazide = {shares['thiazide']:g}",
        )
    body = [spreads.get(name) for name in ("weight_kg", "height_cm", "bmi_kg_per_m2")]
    weight, height, bmi = body
    if weight and height and bmi:
        computed = weight.mean / (height.mean / 100.0) ** 2
        if abs(computed - bmi.mean) > 0.15 * bmi.mean:
            expected = f"weight_kg / height_m^2 = {computed:.1f}"
            where = "population.bmi_kg_per_m2"
            yield Problem("E-TRIAL-CONTRADICTION", field=where, value=bmi.mean, expected=expected)
    yield from _diabetes(spreads, shares)


def _diabetes(spreads: Mapping[str, Spread], shares: Mapping[str, float]) -> Iterator[Problem]:
    """Name a mean HbA1c or fasting glucose that decides otherwise about diabetes than its share does."""
    share = shares.get("type2_diabetes")
    for name, diabetic in (("hba1c_percent", 6.5), ("glucose_mmol_per_l", 7.0)):  # WHO 2006, 2011
        spread = spreads.get(name)
        if share == 0.0 and spread and spread.mean >= diabetic:
            where = "population.type2_diabetes"
            yield Problem("E-TRIAL-CONTRADICTION", field=where, value=share, expected=f"> 0 ({name})")
            return
