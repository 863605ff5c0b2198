"""One record of facts, from a file, a table row or flags: names and values checked, all faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from epsom.base.errors import EpsomError, Problem
from epsom.people.fields import accepted_names, nearest_name, person_fields
from epsom.people.values import choice, flag, is_unknown, number

# A person with this little kidney function, or a pregnant one, is outside what the model was made for.
KIDNEY_FAILURE_EGFR = 15.0
SMALLEST_PULSE_PRESSURE = 10.0


@dataclass(frozen=True)
class Row:
    """Hold the facts that were stated, by canonical name, in canonical units; unknown ones are absent."""

    values: Mapping[str, float | str]
    problems: tuple[Problem, ...] = ()


def name_problem(name: str) -> Problem | None:
    """Return what is wrong with a name, if anything: unknown, or in a unit that is not accepted."""
    if name in accepted_names():
        return None
    original = name.rpartition("_duplicated_")[0]  # how a second column of one name is read
    if original in accepted_names():
        return Problem("E-TWICE", field=original, value=original, expected=original)
    near = nearest_name(name)
    if near is None:
        return Problem("E-KEY-UNKNOWN", field=name, value=name, expected=", ".join(person_fields()))
    return Problem("E-KEY", field=name, value=name, expected=near)


def _value(name: str, raw: Any) -> float | str:
    named = accepted_names()[name]
    if named.field.choices:
        return choice(named.field, raw)
    if named.field.is_flag:
        return flag(name, raw)
    return number(name, named, raw)


def _contradictions(values: Mapping[str, Any]) -> Iterator[Problem]:
    sbp, dbp = values.get("sbp_mmhg"), values.get("dbp_mmhg")
    if sbp is not None and dbp is not None and sbp <= dbp + SMALLEST_PULSE_PRESSURE:
        yield Problem("E-PRESSURES", field="dbp_mmhg", value=dbp, unit="mmHg", details={"sbp": sbp})
    if values.get("egfr_ml_per_min", KIDNEY_FAILURE_EGFR) < KIDNEY_FAILURE_EGFR:
        yield Problem("E-UNSUITABLE-KIDNEY", field="egfr_ml_per_min", value=values["egfr_ml_per_min"])
    if values.get("pregnant", 0.0) == 1.0:
        yield Problem("E-UNSUITABLE-PREGNANT", field="pregnant", value="yes")


def read_row(record: Mapping[str, Any], *, require: bool = True) -> Row:
    """Check one record.

    Parameters
    ----------
    record
        Accepted name -> raw value (text or number). Values that say "unknown" count as absent.
    require
        Whether the facts that cannot be assumed (age, sex, intake) must be there.

    Returns
    -------
    Row
        Stated values, and every problem found; a row with problems is not to be used.

    Examples
    --------
    >>> read_row({"age_years": 61, "sex": "man", "intake_mmol_per_day": "9,9"}).values["intake_mg_per_day"]
    240.6195
    """
    values: dict[str, float | str] = {}
    problems: list[Problem] = []
    for name, raw in record.items():
        wrong = name_problem(name)
        if wrong is not None:
            problems.append(wrong)
            continue
        if is_unknown(raw):
            continue
        canonical = accepted_names()[name].field.name
        if canonical in values:
            problems.append(Problem("E-TWICE", field=name, value=raw, expected=canonical))
            continue
        try:
            values[canonical] = _value(name, raw)
        except EpsomError as error:
            problems.extend(error.problems)
    if require:
        faulty = {p.field for p in problems}
        problems.extend(
            Problem("E-MISSING", field=spec.name, unit=spec.unit)
            for spec in person_fields().values()
            if spec.group == "required" and spec.name not in values and not faulty & {spec.name, *spec.also}
        )
    if not problems:
        problems.extend(_contradictions(values))
    return Row(values, tuple(problems))
