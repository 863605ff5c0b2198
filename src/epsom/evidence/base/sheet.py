"""A user's own extraction sheet: read from CSV, one row a dose level, contrast or trial effect."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epsom.base.errors import EpsomError, Problem

REQUIRED = ("study", "outcome", "measure", "estimate")
TEXTS = ("study", "outcome", "measure", "exposure", "unit", "design", "cohort", "source")
MEASURED = ("estimate", "ci_low", "ci_high", "se", "dose", "dose_reference")
NUMBERS = (*MEASURED, "cases", "persons", "person_years", "year")
COLUMNS = (*TEXTS, *NUMBERS, "reference")
RATIOS = ("RR", "HR", "OR")
DIFFERENCES = ("MD", "SMD", "RD")
_YES = {"1", "true", "yes", "ja", "ref", "x"}
_NO = {"", "0", "false", "no", "nee"}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """Hold one row; numbers that were not given are None."""

    number: int
    study: str
    outcome: str
    measure: str
    exposure: str
    unit: str
    design: str
    cohort: str
    source: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    se: float | None
    dose: float | None
    dose_reference: float | None
    cases: float | None
    persons: float | None
    person_years: float | None
    year: float | None
    reference: bool

    @property
    def is_ratio(self) -> bool:
        """Tell whether the estimate is a ratio, analysed on the log scale."""
        return self.measure in RATIOS


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold the rows of a sheet with all its faults and warnings."""

    file: str
    rows: tuple[SheetRow, ...]
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    def accept(self) -> tuple[SheetRow, ...]:
        """Return the rows, or raise all faults at once.

        Raises
        ------
        EpsomError
            With every fault of the sheet.
        """
        if self.errors:
            raise EpsomError.of(self.errors)
        return self.rows


def _number(text: str, comma: bool) -> float | None:
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    if not text:
        return None
    if comma:
        text = text.replace(".", "").replace(",", ".") if "," in text else text
    value = float(text)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def _row(
    cells: Mapping[str, str], number: int, comma: bool, file: str, errors: list[Problem]
) -> SheetRow | None:
    before = len(errors)
    values: dict[str, Any] = {name: (cells.get(name) or "").strip() for name in TEXTS}
    values["measure"] = values["measure"].upper()
    study = values["study"]
    for name in NUMBERS:
        try:
            values[name] = _number(cells.get(name) or "", comma)
        except ValueError:
            errors.append(
                Problem(
                    "E-SHEET-NUMBER",
                    file=file,
                    row=number,
                    field=name,
                    value=cells[name],
                    details={"study": study},
                )
            )
    errors.extend(
        Problem("E-SHEET-EMPTY", file=file, row=number, field=name, details={"study": study})
        for name in ("study", "outcome")
        if not values[name]
    )
    mark = (cells.get("reference") or "").strip().lower()
    if mark not in _YES | _NO:
        errors.append(
            Problem(
                "E-SHEET-REFERENCE",
                file=file,
                row=number,
                field="reference",
                value=mark,
                details={"study": study},
            )
        )
    return SheetRow(number=number, reference=mark in _YES, **values) if len(errors) == before else None


def parse_sheet(text: str, file: str) -> tuple[Sequence[SheetRow], list[Problem]]:
    """Read rows from CSV text with commas, semicolons (then with decimal commas) or tabs.

    Returns
    -------
    tuple
        The rows that could be read, and the faults of those that could not.
    """
    head = text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").partition("\n")[0]
    mark = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")), delimiter=mark)
    names = [name.strip().lower() for name in reader.fieldnames or []]
    reader.fieldnames = names
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    errors = [
        Problem("E-SHEET-COLUMN", file=file, field=name, expected=", ".join(COLUMNS)) for name in missing
    ]
    errors += [
        Problem("E-SHEET-UNKNOWN", file=file, field=name, expected=", ".join(COLUMNS)) for name in unknown
    ]
    if errors:
        return (), errors
    rows = []
    for number, cells in enumerate(reader, start=1):
        if None in cells:
            errors.append(Problem("E-SHEET-WIDTH", file=file, row=number, expected=str(len(names))))
            continue
        row = _row(cells, number, mark == ";", file, errors)
        if row is not None:
            rows.append(row)
    if not rows and not errors:
        errors.append(Problem("E-SHEET-NO-ROWS", file=file))
    return rows, errors


def read_sheet(path: Path) -> Sheet:
    """Read and check a sheet.

    Raises
    ------
    EpsomError
        ``E-FILE`` when it cannot be read; faults of its content are in the result.
    """
    from epsom.evidence.base.sheet_checks import check

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EpsomError(
            Problem("E-FILE", file=str(path), expected="CSV, UTF-8", details={"reason": str(error)})
        ) from error
    rows, errors = parse_sheet(text, path.name)
    more, warnings = check(rows, path.name)
    return Sheet(path.name, tuple(rows), (*errors, *more), tuple(warnings))
