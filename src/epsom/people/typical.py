"""What is assumed about a person who leaves a fact blank, and where the assumption comes from."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray
from epsom.people.fields import person_fields
from epsom.people.people import People


@dataclass(frozen=True)
class Complete:
    """Hold complete facts: values (n,) by name, and which of them were assumed.

    ``female`` (0 or 1) stands for the sex. What was assumed on which ground: `typical_records`.
    """

    values: Mapping[str, FloatArray]
    assumed: Mapping[str, BoolArray]


@cache
def _survey_table() -> dict[str, FloatArray]:
    text = files("epsom.people").joinpath("data", "typical.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    columns = {name: np.array([float(r[name]) for r in rows]) for name in rows[0] if name != "sex"}
    columns["female"] = np.array([float(r["sex"] == "female") for r in rows])
    return columns


def _from_survey(name: str, female: FloatArray, age: FloatArray) -> FloatArray:
    """Interpolate the survey's means by age, at the middle of each decade, within a sex."""
    table = _survey_table()
    found = np.empty_like(age)
    for sex in (0.0, 1.0):
        rows = table["female"] == sex
        mine = female == sex
        found[mine] = np.interp(age[mine], table["age_from"][rows] + 5.0, table[name][rows])
    return found


@cache
def typical_records() -> Mapping[str, Mapping[str, Any]]:
    """Return how each fact is assumed when it is not stated, with ``ground`` and ``source``."""
    text = files("epsom.people").joinpath("data", "typical.toml").read_text("utf-8")
    return {name: record for name, record in tomllib.loads(text).items() if name != "schema"}


def _shifts(record: Mapping[str, Any], values: Mapping[str, FloatArray]) -> FloatArray:
    total = np.zeros_like(values["age_years"])
    for flag, shift in record.get("shifts", {}).items():
        total = total + shift * values[flag]
    return total


def _additive(record: Mapping[str, Any], values: Mapping[str, FloatArray]) -> FloatArray:
    above = np.maximum(values["age_years"] - record.get("from_age", 0.0), 0.0)
    powers = enumerate(record.get("age_powers", ()), start=1)
    rise = sum((slope * above**power for power, slope in powers), np.zeros_like(above))
    return np.asarray(record["level"] + rise + _shifts(record, values))


def _multiplicative(record: Mapping[str, Any], values: Mapping[str, FloatArray]) -> FloatArray:
    since = values["age_years"] - record["from_age"]
    if record.get("floor", False):
        since = np.maximum(since, 0.0)
    return np.asarray(record["level"] * np.exp(record["age_rate"] * since + _shifts(record, values)))


def _typical(name: str, record: Mapping[str, Any], values: Mapping[str, FloatArray]) -> FloatArray:
    form = record["form"]
    if form == "survey":
        return _from_survey(name, values["female"], values["age_years"])
    if form == "linked":
        return np.asarray(record["slope"] * values[record["other"]] + record["intercept"])
    if form == "power":
        return np.asarray(record["level"] * (values[record["other"]] / record["at"]) ** record["exponent"])
    compute = {"additive": _additive, "multiplicative": _multiplicative}[form]
    found = compute(record, values)
    for twin, flag in (("women", "female"), ("diabetic", "type2_diabetes")):
        if twin in record:
            theirs = compute({**record, **record[twin]}, values)
            found = np.where(values[flag] == 1.0, theirs, found)
    return found


def _pressures(values: dict[str, FloatArray], people: People) -> None:
    """Where one pressure is stated, assume the other so that the typical pulse pressure is kept."""
    table = {n: _from_survey(n, values["female"], values["age_years"]) for n in ("sbp_mmhg", "dbp_mmhg")}
    pulse = table["sbp_mmhg"] - table["dbp_mmhg"]
    sbp, dbp = people.numbers["sbp_mmhg"], people.numbers["dbp_mmhg"]
    values["dbp_mmhg"] = np.where(np.isnan(dbp) & ~np.isnan(sbp), sbp - pulse, dbp)
    values["sbp_mmhg"] = np.where(np.isnan(sbp) & ~np.isnan(dbp), dbp + pulse, sbp)


def _height_to_bmi(values: dict[str, FloatArray]) -> None:
    metres = values["height_cm"] / 100.0
    from_height = values["weight_kg"] / metres**2
    values["bmi_kg_per_m2"] = np.where(
        np.isnan(values["bmi_kg_per_m2"]), from_height, values["bmi_kg_per_m2"]
    )


def complete(people: People) -> Complete:
    """Fill in what was not stated.

    Parameters
    ----------
    people
        Stated facts; age, sex and intake must be there for good rows.

    Returns
    -------
    Complete
        All facts of `typical_records` and the required ones, for every person (n,).
    """
    values = dict(people.numbers)
    values["female"] = np.where(people.words["sex"] == "female", 1.0, 0.0)
    _pressures(values, people)
    _height_to_bmi(values)
    assumed: dict[str, BoolArray] = {}
    records = typical_records()
    order = sorted(records, key=lambda name: records[name]["form"] in ("linked", "power"))
    order.sort(key=lambda name: not person_fields()[name].is_flag)
    for name in order:
        unknown = np.isnan(values[name])
        values[name] = np.where(unknown, _typical(name, records[name], values), values[name])
        assumed[name] = np.isnan(people.numbers[name]) & unknown
    for name in ("sbp_mmhg", "dbp_mmhg"):
        assumed[name] = np.isnan(people.numbers[name])
    return Complete(values, assumed)
