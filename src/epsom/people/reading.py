"""Read people: a TOML file about one person, or a table with one row a person."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epsom.base.errors import EpsomError, Problem, problem
from epsom.people.fields import person_fields
from epsom.people.people import People, people_from_rows
from epsom.people.row import Row, name_problem, read_row

if TYPE_CHECKING:
    import polars as pl

PERSON_SCHEMA = "epsom/person/1"
LARGEST_TABLE = 512 * 1024**2  # bytes; beyond that `epsom population` streams synthetic people instead
LARGEST_PERSON_FILE = 1024**2
TABLE_ENDINGS = (".csv", ".parquet")


def is_table(path: Path) -> bool:
    """Tell whether a file name means a table of people rather than one person."""
    return path.suffix.lower() in TABLE_ENDINGS


def _check_file(path: Path, largest: int, expected: str) -> None:
    if not path.is_file():
        raise problem("E-FILE", file=str(path), expected=expected, details={"reason": "not found"})
    if path.stat().st_size > largest:
        size = {"size_mb": round(path.stat().st_size / 1024**2), "limit_mb": largest // 1024**2}
        raise problem("E-SIZE", file=str(path), details=size)


def read_person_file(path: Path) -> dict[str, Any]:
    """Read a TOML file about one person: facts in ``[person]``, the plan in ``[intervention]``.

    Returns
    -------
    dict
        Name -> raw value of both tables; pass it to `read_row`.

    Raises
    ------
    EpsomError
        ``E-FILE`` when unreadable, ``E-SCHEMA`` for another schema, ``E-KEY`` for an unknown table.
    """
    _check_file(path, LARGEST_PERSON_FILE, "person.toml")
    try:
        record = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise problem("E-FILE", file=str(path), expected="TOML", details={"reason": str(error)}) from None
    schema = record.pop("schema", PERSON_SCHEMA)
    if schema != PERSON_SCHEMA:
        raise problem("E-SCHEMA", file=str(path), field="schema", value=schema, expected=PERSON_SCHEMA)
    tables = {name: record.pop(name, {}) for name in ("person", "intervention")}
    if record or not all(isinstance(table, dict) for table in tables.values()):
        odd = next(iter(record), "person")
        raise problem(
            "E-KEY-UNKNOWN", file=str(path), field=odd, value=odd, expected="[person], [intervention]"
        )
    return {**tables["person"], **tables["intervention"]}


def _separator(path: Path) -> str:
    """Return what stands between the columns: a comma, or the semicolon of Dutch spreadsheets."""
    with path.open("rb") as stream:
        header = stream.readline()
    return ";" if header.count(b";") > header.count(b",") else ","


def load_table(path: Path) -> pl.DataFrame:
    """Load a CSV (all cells as text) or Parquet table.

    Raises
    ------
    EpsomError
        ``E-FILE`` when it cannot be read, ``E-SIZE`` when it is too large.
    """
    import polars as pl

    _check_file(path, LARGEST_TABLE, "CSV, Parquet")
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False, separator=_separator(path))
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise problem("E-FILE", file=str(path), expected="CSV, Parquet", details={"reason": reason}) from None


def read_people(path: Path, defaults: dict[str, Any] | None = None) -> People:
    """Read a table with one row a person; a faulty row gets its problems and loses no other.

    Parameters
    ----------
    path
        CSV or Parquet; columns are accepted names, and optionally ``id``.
    defaults
        Values for columns that the table lacks, such as a plan that holds for everybody.

    Raises
    ------
    EpsomError
        For faults of the table as a whole: unreadable, empty, too large, unknown or missing columns.
    """
    return people_of_table(load_table(path), str(path), defaults)


def people_of_table(table: pl.DataFrame, source: str, defaults: dict[str, Any] | None = None) -> People:
    """Check a table that is already in memory; ``source`` names it in problems. See `read_people`."""
    if table.is_empty():
        raise problem("E-EMPTY", file=source)
    names = [name for name in table.columns if name != "id"]
    wrong = [p for p in map(name_problem, names) if p is not None]
    fixed = {name: value for name, value in (defaults or {}).items() if name not in names}
    missing = [] if wrong else _missing_columns([*names, *fixed])
    if wrong or missing:
        raise EpsomError.of(p.at(file=source) for p in (*wrong, *missing))
    ids = table["id"].cast(str).to_list() if "id" in table.columns else range(1, len(table) + 1)
    rows = []
    for number, record in enumerate(table.select(names).iter_rows(named=True), start=1):
        row = read_row({**fixed, **record})
        rows.append(Row(row.values, tuple(p.at(file=source, row=number) for p in row.problems)))
    return people_from_rows(rows, [str(i) for i in ids])


def _missing_columns(names: list[str]) -> list[Problem]:
    return [
        Problem("E-MISSING", field=spec.name, unit=spec.unit)
        for spec in person_fields().values()
        if spec.group == "required" and not {spec.name, *spec.also} & set(names)
    ]
