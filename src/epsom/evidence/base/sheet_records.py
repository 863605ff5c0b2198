"""A checked sheet as records, so that a user's studies go the same way as those of the base."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from epsom.evidence.base.load import Base
from epsom.evidence.base.records import (
    Confidence,
    Contrast,
    DoseStudy,
    Exposure,
    Grade,
    Level,
    Source,
    Standing,
    Trial,
)
from epsom.evidence.base.sheet import SheetRow
from epsom.evidence.base.values import Z95

# Common unit of each exposure and the factors to it. Magnesium: 24.305 g/mol.
FACTORS = {
    ("mg/day", "mg/day"): 1.0,
    ("mmol/day", "mg/day"): 24.305,
    ("mmol/L", "mmol/L"): 1.0,
    ("mg/dL", "mmol/L"): 0.4114,
    ("mEq/L", "mmol/L"): 0.5,
    ("mmol/day", "mmol/day"): 1.0,
    ("mg/day", "mmol/day"): 1 / 24.305,
}
COMMON = {
    "dietary": "mg/day",
    "total": "mg/day",
    "supplement": "mg/day",
    "serum": "mmol/L",
    "urinary": "mmol/day",
}
GRADES = {
    "trial": Grade.TRIAL,
    "case_control": Grade.CROSS_SECTIONAL,
    "cross_sectional": Grade.CROSS_SECTIONAL,
}


def with_sheet(base: Base, rows: Sequence[SheetRow], file: str, *, only: bool) -> Base:
    """Add a sheet's studies to a base, or put them in its place; the hash covers both.

    Parameters
    ----------
    base
        The packaged base.
    rows
        Rows of an accepted sheet.
    file
        Name of the sheet, which becomes the source.
    only
        Leave the studies of the base out; its sources stay.
    """
    heads: list[DoseStudy] = []
    levels: list[Level] = []
    contrasts: list[Contrast] = []
    trials: list[Trial] = []
    studies: dict[tuple[str, str], list[SheetRow]] = {}
    for row in rows:
        studies.setdefault((row.study, row.outcome), []).append(row)
    for members in studies.values():
        if any(row.reference for row in members):
            head = DoseStudy(**_cohort(members[0], file))
            heads.append(head)
            levels.extend(
                _level(head.id, number, row) for number, row in enumerate(_by_dose(members), start=1)
            )
        else:
            for row in members:
                if row.is_ratio:
                    contrasts.append(_contrast(row, file))
                else:
                    trials.append(_trial(row, file))
    sources = {source.key: source for source in base.sources}
    for row in rows:
        sources.setdefault(_key(row), _source(row, file))
    own: dict[str, Any] = {
        "dose_studies": tuple(heads),
        "levels": tuple(levels),
        "contrasts": tuple(contrasts),
        "trials": tuple(trials),
    }
    if not only:
        own = {name: (*getattr(base, name), *found) for name, found in own.items()}
    else:
        own |= {"published": (), "markers": (), "animals": ()}
    digest = hashlib.sha256(f"{'' if only else base.hash}\n{rows!r}".encode()).hexdigest()
    return replace(base, sources=tuple(sources.values()), hash=digest, **own)


def _key(row: SheetRow) -> str:
    return f"sheet:{row.study}"


def _source(row: SheetRow, file: str) -> Source:
    return Source(
        key=_key(row),
        first_author=row.study,
        year=_whole(row.year),
        title=row.source,
        journal=file,
        volume="",
        pages="",
        doi="",
        pmid="",
        pmcid="",
        kind="sheet",
        url="",
        confidence=Confidence.SINGLE_SOURCE,
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _by_dose(rows: Sequence[SheetRow]) -> list[SheetRow]:
    return sorted(rows, key=lambda row: row.dose or 0.0)


def _exposure(row: SheetRow) -> Exposure:
    return Exposure(row.exposure or ("dietary" if row.is_ratio else "supplement"))


def _record(row: SheetRow, file: str) -> dict[str, Any]:
    return {
        "id": f"{row.study}-{row.outcome}-{row.number}",
        "study": row.study,
        "author": row.study,
        "year": _whole(row.year),
        "outcome": row.outcome,
        "exposure": _exposure(row),
        "standing": Standing.USABLE,
        "reason": "",
        "source": _key(row),
        "locator": f"{file}:{row.number}",
        "doi": "",
        "confidence": Confidence.SINGLE_SOURCE,
        "note": row.source,
    }


def _cohort(row: SheetRow, file: str) -> dict[str, Any]:
    return _record(row, file) | {
        "grade": GRADES.get(row.design, Grade.COHORT),
        "cohort": row.cohort or row.study,
        "groups": (row.cohort or row.study,),
        "part": "all",
        "country": "",
        "sex": "",
        "follow_up_years": None,
        "measure": row.measure,
        "unit": COMMON[_exposure(row)],
        "cases": _whole(row.cases),
        "persons": _whole(row.persons),
        "words": "",
        "adjustments": "",
    }


def _factor(row: SheetRow) -> float:
    wanted = COMMON[_exposure(row)]
    return FACTORS.get((row.unit or wanted, wanted), 1.0)


def _bounds(row: SheetRow) -> tuple[float | None, float | None, float | None]:
    """Return ratio, low and high; from the standard error where no interval was given."""
    if row.estimate is None or row.ci_low is not None:
        return row.estimate, row.ci_low, row.ci_high
    assert row.se is not None
    reach = math.exp(Z95 * row.se)
    return row.estimate, row.estimate / reach, row.estimate * reach


def _level(study_id: str, number: int, row: SheetRow) -> Level:
    ratio, low, high = (1.0, None, None) if row.reference else _bounds(row)
    return Level(
        study_id=study_id,
        category=number,
        dose=None if row.dose is None else row.dose * _factor(row),
        dose_low=None,
        dose_high=None,
        dose_rule="sheet",
        cases=_whole(row.cases),
        persons=_whole(row.persons),
        person_years=row.person_years,
        ratio=ratio,
        low=low,
        high=high,
        reference=row.reference,
    )


def _contrast(row: SheetRow, file: str) -> Contrast:
    ratio, low, high = _bounds(row)
    factor = _factor(row)
    top = None if row.dose is None else row.dose * factor
    bottom = None if row.dose_reference is None else row.dose_reference * factor
    step = top - bottom if top is not None and bottom is not None else None
    if step is not None and step < 0 and ratio and low and high:
        ratio, low, high, step, top, bottom = 1 / ratio, 1 / high, 1 / low, -step, bottom, top
    return Contrast(
        **_cohort(row, file),
        kind="high_vs_low",
        ratio=ratio,
        low=low,
        high=high,
        step=step or None,
        dose_high=top,
        dose_low=bottom,
        label_high="",
        label_low="",
        inverted=False,
    )


def _trial(row: SheetRow, file: str) -> Trial:
    se = row.se
    if row.ci_low is not None and row.ci_high is not None:
        se = (row.ci_high - row.ci_low) / (2 * Z95)
    return Trial(
        **_record(row, file),
        grade=Grade.TRIAL,
        design=row.design or "trial",
        population="",
        country="",
        persons_treated=None,
        persons_control=None,
        dose_mg_per_day=None if row.dose is None else row.dose * _factor(row),
        compound="",
        weeks=None,
        baseline=None,
        unit="",
        estimate=row.estimate,
        se=se,
        low=row.ci_low,
        high=row.ci_high,
        origin="printed",
        words="",
        printed="",
    )
