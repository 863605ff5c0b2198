"""Read the packaged evidence base, and name it by a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.base import schema
from epsom.evidence.base.records import (
    Animal,
    CohortRecord,
    Contrast,
    DoseStudy,
    Level,
    Marker,
    Published,
    Record,
    Source,
    Trial,
)

VERSION = "epsom/evidence/1"
TABLES: Mapping[str, type[Any]] = {
    "sources": Source,
    "dose_studies": DoseStudy,
    "levels": Level,
    "contrasts": Contrast,
    "trials": Trial,
    "published": Published,
    "markers": Marker,
    "animals": Animal,
}


@dataclass(frozen=True)
class Base:
    """Hold every record of the evidence base, and the hash of the text that it was read from."""

    sources: tuple[Source, ...]
    dose_studies: tuple[DoseStudy, ...]
    levels: tuple[Level, ...]
    contrasts: tuple[Contrast, ...]
    trials: tuple[Trial, ...]
    published: tuple[Published, ...]
    markers: tuple[Marker, ...]
    animals: tuple[Animal, ...]
    hash: str

    @cached_property
    def source_of(self) -> Mapping[str, Source]:
        """Map each source key to its publication."""
        return {source.key: source for source in self.sources}

    @cached_property
    def levels_of(self) -> Mapping[str, tuple[Level, ...]]:
        """Map each dose study to its levels, in the order of their categories."""
        found: dict[str, list[Level]] = {}
        for level in self.levels:
            found.setdefault(level.study_id, []).append(level)
        return {key: tuple(sorted(own, key=lambda v: v.category)) for key, own in found.items()}

    @property
    def cohorts(self) -> tuple[CohortRecord, ...]:
        """List all cohort records: dose studies, then contrasts."""
        return (*self.dose_studies, *self.contrasts)

    @property
    def records(self) -> tuple[Record, ...]:
        """List all records with an identity of their own."""
        return (*self.cohorts, *self.trials, *self.published, *self.markers, *self.animals)


@cache
def base() -> Base:
    """Return the packaged evidence base.

    Raises
    ------
    EpsomError
        When a packaged table does not fit the schema, or its keys do not meet.

    Examples
    --------
    >>> len(base().sources) > 200
    True
    """
    digest = hashlib.sha256(VERSION.encode())
    found: dict[str, Any] = {}
    folder = files("epsom.evidence").joinpath("data")
    for name, record in TABLES.items():
        text = folder.joinpath(f"{name}.csv").read_text(encoding="utf-8")
        digest.update(f"\n{name}\n{text}".encode())
        found[name] = schema.read(record, text, f"{name}.csv")
    built = Base(**found, hash=digest.hexdigest())
    problems = broken_keys(built)
    if problems:
        raise EpsomError.of(problems)
    return built


def broken_keys(built: Base) -> list[Problem]:
    """Find records without a source, levels without a study, and ids that occur twice."""
    problems = [
        Problem("E-EVIDENCE-KEY", field="source", value=record.source, details={"record": record.id})
        for record in built.records
        if record.source not in built.source_of
    ]
    heads = {study.id for study in built.dose_studies}
    problems += [
        Problem("E-EVIDENCE-KEY", field="study_id", value=level.study_id, details={"record": level.study_id})
        for level in built.levels
        if level.study_id not in heads
    ]
    for name in ("dose_studies", "contrasts", "trials", "published", "markers", "animals"):
        ids = [record.id for record in getattr(built, name)]
        problems += [
            Problem("E-EVIDENCE-KEY", field="id", value=i, details={"record": i})
            for i in ids
            if ids.count(i) > 1
        ]
    return problems
