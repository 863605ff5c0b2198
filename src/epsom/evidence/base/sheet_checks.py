"""What can be wrong with a row or a study of an extraction sheet; each fault names study and row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from epsom.base.errors import Problem
from epsom.evidence.base.sheet import DIFFERENCES, RATIOS, SheetRow
from epsom.evidence.base.values import Z95

UNITS = {
    "dietary": ("mg/day", "mmol/day"),
    "total": ("mg/day", "mmol/day"),
    "supplement": ("mg/day", "mmol/day"),
    "serum": ("mmol/L", "mg/dL", "mEq/L"),
    "urinary": ("mmol/day", "mg/day"),
}
# Doses that people have, in the first unit of the exposure; outside, the unit is probably another one.
USUAL = {"dietary": (40.0, 1500.0), "total": (40.0, 2500.0), "serum": (0.3, 1.6), "urinary": (0.5, 15.0)}
CRUDE = 3.0  # factor between crude and printed ratio that adjustment hardly ever explains
ASYMMETRY = 0.15  # share of the half-width by which the middle of a log interval may miss the estimate
DESIGNS = ("trial", "cohort", "case_control", "cross_sectional", "")


def _at(code: str, row: SheetRow, file: str, field: str, value: Any = None, **details: Any) -> Problem:
    return Problem(
        code, file=file, row=row.number, field=field, value=value, details={"study": row.study, **details}
    )


def check(rows: Sequence[SheetRow], file: str) -> tuple[list[Problem], list[Problem]]:
    """Check all rows and studies; return the faults and the warnings, each in the order of the rows."""
    found: list[Problem] = []
    for row in rows:
        found.extend(_row_faults(row, file))
    studies: dict[tuple[str, str], list[SheetRow]] = {}
    for row in rows:
        studies.setdefault((row.study, row.outcome), []).append(row)
    for members in studies.values():
        found.extend(_study_faults(members, file))
    found.extend(_sheet_faults(rows, file))
    found.sort(key=lambda p: p.row or 0)
    return [p for p in found if p.code.startswith("E-")], [p for p in found if p.code.startswith("W-")]


def _row_faults(row: SheetRow, file: str) -> Iterator[Problem]:
    if row.measure not in RATIOS + DIFFERENCES:
        yield _at("E-SHEET-MEASURE", row, file, "measure", row.measure, known=", ".join(RATIOS + DIFFERENCES))
        return
    if row.design not in DESIGNS:
        yield _at("E-SHEET-DESIGN", row, file, "design", row.design, known=", ".join(d for d in DESIGNS if d))
    yield from _count_faults(row, file)
    yield from _unit_faults(row, file)
    if row.reference:
        yield from _reference_faults(row, file)
        return
    if row.estimate is None:
        yield _at("E-SHEET-EMPTY", row, file, "estimate")
        return
    if row.is_ratio and row.estimate <= 0:
        yield _at("E-SHEET-RATIO", row, file, "estimate", row.estimate)
        return
    yield from _spread_faults(row, file)


def _reference_faults(row: SheetRow, file: str) -> Iterator[Problem]:
    if row.se is not None or row.ci_low is not None or row.ci_high is not None:
        yield _at("E-SHEET-REFERENCE-SE", row, file, "se", row.se if row.se is not None else row.ci_low)
    neutral = 1.0 if row.is_ratio else 0.0
    if row.estimate is not None and row.estimate != neutral:
        yield _at("E-SHEET-REFERENCE-VALUE", row, file, "estimate", row.estimate, neutral=neutral)


def _count_faults(row: SheetRow, file: str) -> Iterator[Problem]:
    for name in ("cases", "persons", "person_years"):
        value = getattr(row, name)
        if value is not None and value < 0:
            yield _at("E-SHEET-NEGATIVE", row, file, name, value)
    if row.cases is not None and row.persons is not None and row.cases > row.persons:
        yield _at("E-SHEET-CASES", row, file, "cases", row.cases, persons=row.persons)
    if row.cases == 0 and row.is_ratio:
        yield _at("W-SHEET-NO-CASES", row, file, "cases", 0)


def _unit_faults(row: SheetRow, file: str) -> Iterator[Problem]:
    if row.exposure and row.exposure not in UNITS:
        yield _at("E-SHEET-EXPOSURE", row, file, "exposure", row.exposure, known=", ".join(UNITS))
        return
    if row.dose is None:
        return
    known = UNITS.get(row.exposure, ())
    if known and row.unit not in known:
        yield _at("E-SHEET-UNIT", row, file, "unit", row.unit, known=", ".join(known))
    elif row.dose < 0:
        yield _at("E-SHEET-NEGATIVE", row, file, "dose", row.dose)
    elif known and row.unit == known[0] and row.exposure in USUAL:
        low, high = USUAL[row.exposure]
        if not low <= row.dose <= high:
            yield _at("W-SHEET-DOSE", row, file, "dose", row.dose, unit=row.unit, low=low, high=high)


def _spread_faults(row: SheetRow, file: str) -> Iterator[Problem]:
    assert row.estimate is not None
    low, high = row.ci_low, row.ci_high
    if row.se is not None and row.se <= 0:
        yield _at("E-SHEET-SE", row, file, "se", row.se)
        return
    if (low is None) != (high is None):
        yield _at("E-SHEET-HALF", row, file, "ci_low" if low is None else "ci_high")
        return
    if low is None or high is None:
        if row.se is None:
            yield _at("E-SHEET-NO-SPREAD", row, file, "se")
        return
    if low >= high or (row.is_ratio and low <= 0):
        yield _at("E-SHEET-BOUNDS", row, file, "ci_low", low, high=high)
        return
    if not low <= row.estimate <= high:
        yield _at("E-SHEET-INTERVAL", row, file, "estimate", row.estimate, low=low, high=high)
        return
    scale = math.log if row.is_ratio else float
    half = (scale(high) - scale(low)) / 2
    off = abs(scale(row.estimate) - (scale(high) + scale(low)) / 2)
    if off > ASYMMETRY * half + _rounding(row):
        middle = (low * high) ** 0.5 if row.is_ratio else (low + high) / 2
        yield _at("W-SHEET-ASYMMETRIC", row, file, "estimate", row.estimate, middle=middle)
    if row.se is not None and abs(half / Z95 - row.se) > 0.1 * row.se + _rounding(row):
        yield _at("W-SHEET-SE-DIFFERS", row, file, "se", row.se, implied=half / Z95)


def _rounding(row: SheetRow) -> float:
    """Return how far two decimals of rounding can move a value on the analysis scale."""
    if not row.is_ratio:
        return 0.0
    return 0.005 / min(row.estimate or 1.0, row.ci_low or 1.0)


def _study_faults(rows: Sequence[SheetRow], file: str) -> Iterator[Problem]:
    references = [row for row in rows if row.reference]
    for extra in references[1:]:
        yield _at("E-SHEET-TWO-REFERENCES", extra, file, "reference", first=references[0].number)
    if references:
        if len(references) == len(rows):
            yield _at("E-SHEET-ONLY-REFERENCE", rows[0], file, "reference")
        yield from _level_faults(rows, references[0], file)
    elif len(rows) > 1 and rows[0].is_ratio and all(row.dose is not None for row in rows):
        yield _at("E-SHEET-NO-REFERENCE", rows[0], file, "reference", levels=len(rows))
    for name in ("measure", "exposure", "unit"):
        values = sorted({getattr(row, name) for row in rows})
        if len(values) > 1:
            yield _at("E-SHEET-MIXED", rows[0], file, name, " / ".join(values))


def _level_faults(rows: Sequence[SheetRow], reference: SheetRow, file: str) -> Iterator[Problem]:
    doses = [row.dose for row in rows]
    for row in rows:
        if row.dose is None:
            yield _at("E-SHEET-NO-DOSE", row, file, "dose")
    known = [d for d in doses if d is not None]
    if len(known) == len(doses) and known not in (sorted(known), sorted(known, reverse=True)):
        yield _at("W-SHEET-ORDER", rows[0], file, "dose", ", ".join(f"{d:g}" for d in known))
    counted = [row for row in rows if row.cases is not None]
    if counted and len(counted) < len(rows):
        lacking = next(row for row in rows if row.cases is None)
        yield _at("W-SHEET-SOME-COUNTS", lacking, file, "cases")
    if len(counted) == len(rows):
        yield from _margin_faults(rows, reference, file)
    yield from _crude_faults(rows, reference, file)


def _crude_faults(rows: Sequence[SheetRow], reference: SheetRow, file: str) -> Iterator[Problem]:
    """Find ratios far from what the counts alone say: counts and estimate may belong to different rows."""
    base = _risk(reference)
    for row in rows:
        risk = _risk(row)
        if row.reference or not row.is_ratio or not (base and risk and row.estimate and row.estimate > 0):
            continue
        crude = risk / base
        if abs(math.log(crude / row.estimate)) > math.log(CRUDE):
            yield _at("W-SHEET-CRUDE", row, file, "estimate", row.estimate, crude=crude)


def _risk(row: SheetRow) -> float | None:
    people = row.person_years or row.persons
    return row.cases / people if row.cases and people else None


def _margin_faults(rows: Sequence[SheetRow], reference: SheetRow, file: str) -> Iterator[Problem]:
    """Find counts from which no covariance can follow: nobody ill, or everybody."""
    total = sum(row.cases or 0.0 for row in rows)
    if total == 0:
        yield _at("E-SHEET-ZERO", reference, file, "cases", 0)
        return
    persons = [row.persons for row in rows]
    if all(p is not None for p in persons) and total >= sum(p or 0.0 for p in persons):
        yield _at("E-SHEET-MARGINS", reference, file, "cases", total, persons=sum(p or 0.0 for p in persons))
    if any(not (row.persons or row.person_years) for row in rows):
        yield _at("W-SHEET-NO-PERSONS", reference, file, "persons")


def _sheet_faults(rows: Sequence[SheetRow], file: str) -> Iterator[Problem]:
    seen: dict[tuple[Any, ...], SheetRow] = {}
    for row in rows:
        key = (row.study.lower(), row.outcome, row.dose, row.reference, row.estimate)
        if key in seen:
            yield _at("E-SHEET-DUPLICATE", row, file, "study", row.study, first=seen[key].number)
        seen.setdefault(key, row)
    for outcome in sorted({row.outcome for row in rows}):
        own = [row for row in rows if row.outcome == outcome]
        if len({row.study for row in own}) == 1:
            yield _at("W-SHEET-ONE-STUDY", own[0], file, "study", own[0].study, outcome=outcome)
        kinds = sorted({"ratio" if row.is_ratio else row.measure for row in own})
        if len(kinds) > 1:
            yield _at("E-SHEET-MEASURES", own[0], file, "measure", " / ".join(kinds), outcome=outcome)
        for exposure in sorted({row.exposure for row in own if row.exposure}):
            units = sorted({row.unit for row in own if row.exposure == exposure and row.dose is not None})
            if len(units) > 1:
                yield _at("W-SHEET-MIXED-UNITS", own[0], file, "unit", " / ".join(units), exposure=exposure)
        yield from _same_numbers(own, file)


def _same_numbers(rows: Sequence[SheetRow], file: str) -> Iterator[Problem]:
    """Find studies under two names with the same numbers: probably one study."""
    seen: dict[tuple[Any, ...], SheetRow] = {}
    for row in rows:
        if row.reference:
            continue
        key = (row.estimate, row.ci_low, row.ci_high, row.se)
        other = seen.setdefault(key, row)
        if other.study != row.study:
            yield _at("W-SHEET-TWIN", row, file, "study", row.study, other=other.study, first=other.number)
