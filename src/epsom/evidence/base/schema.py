"""From frozen records to CSV and back, with the types of the records as the only schema."""

from __future__ import annotations

import csv
import io
import types
from collections.abc import Iterable, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from epsom.base.errors import EpsomError, Problem

R = TypeVar("R")
Columns = tuple[tuple[str, Any, bool], ...]


def columns(record: type[Any]) -> Columns:
    """List the columns of a record type: name, type, and whether it may be empty."""
    hints = get_type_hints(record)
    found = []
    for field in fields(record):
        kind = hints[field.name]
        optional = get_origin(kind) in (Union, types.UnionType)
        if optional:
            kind = next(k for k in get_args(kind) if k is not type(None))
        found.append((field.name, kind, optional))
    return tuple(found)


def _value(text: str, kind: Any, optional: bool) -> Any:
    if optional and text == "":
        return None
    if kind is bool:
        return {"0": False, "1": True}[text]
    if get_origin(kind) is tuple:
        return tuple(part for part in text.split(";") if part)
    return kind(text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def write(record: type[Any], rows: Iterable[Any]) -> str:
    """Write records as CSV text with a header and line feeds."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = [name for name, _, _ in columns(record)]
    writer.writerow(names)
    writer.writerows([_text(getattr(row, name)) for name in names] for row in rows)
    return stream.getvalue()


def read(record: type[R], text: str, file: str) -> tuple[R, ...]:
    """Read records from CSV text.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-COLUMNS`` when the header differs from the record type, ``E-EVIDENCE-VALUE``
        for each value of the wrong type; all faults are reported at once.
    """
    rows = csv.reader(io.StringIO(text))
    shape = columns(record)
    wanted = [name for name, _, _ in shape]
    header = next(rows, [])
    if header != wanted:
        raise EpsomError(Problem("E-EVIDENCE-COLUMNS", file=file, expected=", ".join(wanted)))
    problems: list[Problem] = []
    found: list[R] = []
    for number, cells in enumerate(rows, start=1):
        values = _row(shape, cells, file, number, problems)
        if values is not None:
            found.append(record(**values))
    if problems:
        raise EpsomError.of(problems)
    return tuple(found)


def _row(
    shape: Columns, cells: Sequence[str], file: str, number: int, problems: list[Problem]
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    before = len(problems)
    for (name, kind, optional), text in zip(shape, cells, strict=False):
        try:
            values[name] = _value(text, kind, optional)
        except (ValueError, KeyError):
            problems.append(
                Problem(
                    "E-EVIDENCE-VALUE", file=file, row=number, field=name, value=text, expected=_words(kind)
                )
            )
    if len(cells) != len(shape):
        problems.append(Problem("E-EVIDENCE-COLUMNS", file=file, row=number, expected=str(len(shape))))
    return values if len(problems) == before else None


def _words(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(kind)
    return getattr(kind, "__name__", str(kind))


def json_schema(record: type[Any]) -> dict[str, Any]:
    """Describe a record type as JSON Schema, for people who write their own tools."""
    names = {str: "string", float: "number", int: "integer", bool: "boolean"}
    properties: dict[str, Any] = {}
    kind: Any
    for name, kind, optional in columns(record):
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            shape: dict[str, Any] = {"type": "string", "enum": list(kind)}
        elif kind not in names:
            shape = {"type": "array", "items": {"type": "string"}}
        else:
            shape = {"type": [names[kind], "null"] if optional else names[kind]}
        properties[name] = shape
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": record.__name__,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
