"""Read people for a status: one person from TOML, or many from a table."""

from __future__ import annotations

import csv
import io
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from epsom.base.errors import EpsomError, Problem, problem
from epsom.people.fields import SUFFIXES, Named, PersonField
from epsom.people.food.intake import food_intake
from epsom.people.food.table import food_table
from epsom.people.food.words import plain
from epsom.people.kidney import egfr_ckd_epi_2021
from epsom.people.row import name_problem, read_row
from epsom.people.status.facts import Facts
from epsom.people.status.supplement import caution_words
from epsom.people.values import flag, is_unknown, number

SCHEMA = "epsom/person/1"
TABLES = ("person", "intervention", "recall", "loading_test")
_LISTS = ("medicines", "conditions")
_RECALL = re.compile(r"recall_\d+_mg_per_day")
_FLAGS = ("thiazide", "loop_diuretic", "ppi", "k_sparing_diuretic", "pregnant")
_ALLOWED = ("E-UNSUITABLE-KIDNEY", "E-UNSUITABLE-PREGNANT")  # no forecast for them, but a status
_ADULT = 18  # the creatinine equation is for adults


@dataclass(frozen=True)
class Read:
    """Hold one person's facts, or None with the problems, and words that nothing is known about."""

    name: str
    facts: Facts | None
    problems: tuple[Problem, ...]
    unknown: tuple[str, ...] = ()


@cache
def status_names() -> Mapping[str, Named]:
    """Return the names of facts that only a status reads, in canonical and other units."""
    text = files("epsom.people").joinpath("data", "status_fields.toml").read_text(encoding="utf-8")
    found: dict[str, Named] = {}
    for name, record in tomllib.loads(text).items():
        spec = PersonField(name=name, **record)
        found[name] = Named(spec, spec.unit, 1.0)
        for alias, factor in spec.also.items():
            unit = next(SUFFIXES[s] for s in SUFFIXES if alias.endswith(f"_{s}"))
            found[alias] = Named(spec, unit, factor)
    return found


def read_person(path: Path) -> Read:
    """Read a TOML file about one person.

    Facts stand in ``[person]``, a planned supplement in ``[intervention]``, recall days in ``[recall]``
    as ``days_mg_per_day`` or, as lists of foods, ``days``, a loading test in ``[loading_test]``.

    Raises
    ------
    EpsomError
        ``E-FILE``, ``E-SCHEMA``, ``E-KEY`` and all faults of the facts.
    """
    try:
        record = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise problem("E-FILE", file=str(path), expected="TOML", details={"reason": str(fault)}) from fault
    schema = record.pop("schema", SCHEMA)
    if schema != SCHEMA:
        raise problem("E-SCHEMA", file=str(path), field="schema", value=schema, expected=SCHEMA)
    parts = {name: record.pop(name, {}) for name in TABLES}
    if record or not all(isinstance(part, dict) for part in parts.values()):
        odd = next(iter(record), "person")
        expected = ", ".join(f"[{name}]" for name in TABLES)
        raise problem("E-KEY", file=str(path), field=odd, value=odd, expected=expected)
    facts = {**parts["person"], **parts["intervention"], **parts["loading_test"]}
    days = [
        *_as_list(parts["recall"].pop("days_mg_per_day", [])),
        *_food_days(parts["recall"].pop("days", [])),
    ]
    facts |= {f"recall_{index}_mg_per_day": day for index, day in enumerate(days, start=1)} | parts["recall"]
    found = read_record(facts, str(facts.pop("name", path.stem)))
    if found.problems:
        raise EpsomError.of(p.at(file=str(path)) for p in found.problems)
    return found


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _food_days(days: Any) -> list[float]:
    """Return the magnesium [mg] of days that were written as lists of foods.

    Raises
    ------
    EpsomError
        ``E-FOODS-UNSURE`` for each item that cannot be counted: half a day is not a day.
    """
    found, problems = [], []
    for place, day in enumerate(_as_list(days), start=1):
        intake = food_intake(str(day), food_table())
        found.append(intake.mg)
        problems += [
            Problem("E-FOODS-UNSURE", row=place, field="days", value=item.text)
            for item in intake.items
            if item.status != "ok"
        ]
    if problems:
        raise EpsomError.of(problems)
    return found


def read_people_table(path: Path) -> list[Read]:
    """Read a CSV table with one row a person; a faulty row gets its problems and loses no other.

    Raises
    ------
    EpsomError
        For the table as a whole: ``E-FILE``, ``E-EMPTY``, ``E-KEY`` for an unknown column, ``E-TWICE``
        for one that occurs twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        header = text.partition("\n")[0]
        # Spreadsheets in Dutch write semicolons, since the comma is their decimal sign.
        separator = ";" if header.count(";") > header.count(",") else ","
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
        names = list(reader.fieldnames or ())
        rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise problem("E-FILE", file=str(path), expected="CSV", details={"reason": str(fault)}) from fault
    if not rows:
        raise problem("E-EMPTY", file=str(path))
    wrong = list(_wrong_names(names))
    if wrong:
        raise EpsomError.of(p.at(file=str(path)) for p in wrong)
    return [_row(row, number, path) for number, row in enumerate(rows, start=1)]


def _wrong_names(names: Sequence[str]) -> Iterator[Problem]:
    """Say which columns are unknown or occur twice."""
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield Problem("E-TWICE", field=name, value=name, expected=name)
        own = name in ("id", "name", *_LISTS) or name in status_names() or _RECALL.fullmatch(name)
        if not own and (wrong := name_problem(name)) is not None:
            yield wrong


def _row(row: dict[str, Any], number: int, path: Path) -> Read:
    extra = row.pop(None, None)  # type: ignore[call-overload]  # cells beyond the header
    name = str(row.pop("id", None) or row.pop("name", None) or number)
    found = read_record(row, name)
    problems = [*found.problems, *([Problem("E-CELLS", value=len(extra))] if extra else [])]
    placed = tuple(p.at(file=str(path), row=number) for p in problems)
    return Read(name, None if placed else found.facts, placed, found.unknown)


def read_record(record: Mapping[str, Any], name: str) -> Read:
    """Check one record of facts; what makes a forecast impossible (pregnancy, kidneys) is allowed here."""
    own, shared, lists, days, problems = _sort(record)
    row = read_row(shared, require=False)
    problems += [p for p in row.problems if p.code not in _ALLOWED]
    for wanted in ("age_years", "sex"):
        if wanted not in row.values and all(p.field != wanted for p in problems):
            problems.append(Problem("E-MISSING", field=wanted))
    if problems:
        return Read(name, None, tuple(problems))
    listed, unknown = _listed(lists)
    values = {**row.values, **own}
    return Read(name, _facts(name, values, days, listed), (), tuple(unknown))


def _sort(
    record: Mapping[str, Any],
) -> tuple[dict[str, float], dict[str, Any], list[str], list[float], list[Problem]]:
    own: dict[str, float] = {}
    shared: dict[str, Any] = {}
    lists: list[str] = []
    days: list[float] = []
    problems: list[Problem] = []
    for key, raw in record.items():
        if key in _LISTS:
            lists += [str(x) for x in raw] if isinstance(raw, list) else re.split(r"[;,]", str(raw or ""))
        elif key in status_names() or _RECALL.fullmatch(key):
            try:
                value = _own(key, raw)
            except EpsomError as error:
                problems.extend(error.problems)
                continue
            if value is None:
                continue
            if key.startswith("recall_"):
                days.append(value)
            else:
                own[status_names()[key].field.name] = value
        else:
            shared[key] = raw
    return own, shared, lists, days, problems


def _own(key: str, raw: Any) -> float | None:
    if is_unknown(raw):
        return None
    named = status_names()["recall_mg_per_day" if _RECALL.fullmatch(key) else key]
    return flag(key, raw) if named.field.is_flag else number(key, named, raw)


def _listed(words: Iterable[str]) -> tuple[frozenset[str], list[str]]:
    """Return the cautions that words for medicines and conditions call for, and the unknown words."""
    found: set[str] = set()
    unknown: list[str] = []
    for word in filter(None, (w.strip() for w in words)):
        known = list(_cautions(plain(word)))
        found.update(known)
        if not known:
            unknown.append(word)
    return frozenset(found), unknown


def _cautions(word: str) -> Iterator[str]:
    for known, caution in caution_words().items():
        if re.search(rf"\b{re.escape(plain(known))}\b", word):
            yield caution


def _facts(name: str, values: Mapping[str, float | str], days: list[float], listed: frozenset[str]) -> Facts:
    def of(key: str) -> float:
        return float(values.get(key, math.nan))

    age, sex = of("age_years"), str(values["sex"])
    egfr = of("egfr_ml_per_min")
    if math.isnan(egfr) and age >= _ADULT:
        egfr = float(egfr_ckd_epi_2021(of("creatinine_mg_per_dl"), age, sex == "female"))
    flags = {key: of(key) for key in _FLAGS}
    for key, caution in (
        ("ppi", "ppi"),
        ("k_sparing_diuretic", "k_sparing"),
        ("thiazide", "thiazide_or_loop"),
    ):
        if caution in listed:
            flags[key] = 1.0
    states = {"pregnancy": of("pregnant"), "lactation": of("lactating")}
    return Facts(
        name=name,
        sex=sex,
        age=age,
        state=next((state for state, yes in states.items() if yes == 1.0), "any"),
        usual=of("intake_mg_per_day"),
        days=tuple(days),
        supplement=of("current_supplement_mg_per_day"),
        planned=of("supplement_mg_per_day"),
        serum=of("serum_mg_mmol_per_l"),
        egfr=egfr,
        drinks=of("drinks_per_day"),
        flags=flags,
        listed=listed,
        dose=of("loading_dose_mmol"),
        urine_before=of("urine_mg_before_mmol"),
        urine_after=of("urine_mg_after_mmol"),
    )
