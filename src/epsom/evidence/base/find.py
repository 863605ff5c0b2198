"""Find records: by outcome, exposure, grade and standing, or by name."""

from __future__ import annotations

from collections.abc import Sequence

from epsom.base.errors import problem
from epsom.evidence.base.load import Base
from epsom.evidence.base.outcomes import FAMILIES, questions
from epsom.evidence.base.records import Exposure, Grade, Record, Standing


def _one_of(kind: type[Grade] | type[Standing], value: str | None, field: str) -> str | None:
    if value is not None and value not in list(kind):
        raise problem("E-EVIDENCE-CHOICE", field=field, value=value, expected=", ".join(kind))
    return value


def grade_of(value: str | None) -> Grade | None:
    """Read a grade, or nothing.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-CHOICE`` for an unknown grade.
    """
    found = _one_of(Grade, value, "--grade")
    return None if found is None else Grade(found)


def find(
    base: Base,
    *,
    outcome: str | None = None,
    exposure: str | None = None,
    grade: str | None = None,
    standing: str | None = None,
) -> Sequence[Record]:
    """Select records; an outcome may also be the name of a question.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-CHOICE`` or ``E-EVIDENCE-OUTCOME`` for a value that the base does not know.
    """
    _one_of(Grade, grade, "--grade")
    _one_of(Standing, standing, "--standing")
    wanted = None
    if exposure is not None:
        wanted = FAMILIES.get(exposure) or tuple(e for e in Exposure if e == exposure)
        if not wanted:
            raise problem(
                "E-EVIDENCE-CHOICE", field="--exposure", value=exposure, expected=", ".join(Exposure)
            )
    names = None if outcome is None else _outcomes(base, outcome)
    return [
        record
        for record in base.records
        if (names is None or record.outcome in names)
        and (wanted is None or record.exposure in wanted)
        and (grade is None or record.grade == grade)
        and (standing is None or record.standing == standing)
    ]


def _outcomes(base: Base, text: str) -> set[str]:
    wanted = text.strip().lower().replace("-", "_").replace(" ", "_")
    known = {record.outcome for record in base.records}
    if wanted in known:
        return {wanted}
    for question in questions().values():
        if wanted == question.key or wanted in question.aliases:
            return {*question.events, *question.trials, *question.markers, *question.animals}
    raise problem("E-EVIDENCE-OUTCOME", field="--outcome", value=text, expected=", ".join(sorted(known)))


def by_name(base: Base, name: str) -> Sequence[Record]:
    """Find the records of one id, study, source key or DOI.

    Raises
    ------
    EpsomError
        ``E-EVIDENCE-RECORD`` when nothing has that name; near names are listed.
    """
    wanted = name.strip().lower()
    found = [
        record
        for record in base.records
        if wanted in (record.id.lower(), record.study.lower(), record.source.lower(), record.doi.lower())
    ]
    if not found:
        near = sorted({r.study for r in base.records if wanted.split("_")[0] in r.study.lower()})[:6]
        raise problem("E-EVIDENCE-RECORD", value=name, expected=", ".join(near) or "epsom evidence list")
    return found
