"""The records of the evidence base: what one printed result is, and where it was printed.

Each record names its source, the place in it, how sure the reading is, the grade of the evidence and
whether it may count. A row that is doubted or cannot be used is kept, with the reason, never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """Kind of evidence. Grades are shown side by side and never pooled with each other."""

    TRIAL = "trial"
    UNCONTROLLED = "uncontrolled"
    GENETIC = "genetic"
    COHORT = "cohort"
    CROSS_SECTIONAL = "cross_sectional"
    ANIMAL = "animal"


class Standing(StrEnum):
    """Whether a record may count in a pooled answer."""

    USABLE = "usable"
    CONTESTED = "contested"
    INCOMPLETE = "incomplete"
    OVERLAP = "overlap"
    OTHER_PEOPLE = "other_people"
    OTHER_EXPOSURE = "other_exposure"


class Exposure(StrEnum):
    """What was eaten, measured or given, on one scale each."""

    DIETARY = "dietary"
    TOTAL = "total"
    SERUM = "serum"
    URINARY = "urinary"
    SUPPLEMENT = "supplement"
    GENETIC = "genetic"
    IONISED = "ionised"
    WATER = "water"
    SCORE = "score"
    DENSITY = "density"


class Confidence(StrEnum):
    """How sure the reading of a number is."""

    VERIFIED = "verified"
    SINGLE_SOURCE = "single_source"
    UNCERTAIN = "uncertain"
    MEMORY = "memory"
    DERIVED = "derived"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Source:
    """Describe one publication."""

    key: str
    first_author: str
    year: int | None
    title: str
    journal: str
    volume: str
    pages: str
    doi: str
    pmid: str
    pmcid: str
    kind: str
    url: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Hold what every record has: identity, outcome, standing and provenance.

    ``reason`` is a code that the catalogue words (``evidence.reason.<code>``); ``note`` is the
    extractor's own remark, in English.
    """

    id: str
    study: str
    author: str
    year: int | None
    outcome: str
    exposure: Exposure
    grade: Grade
    standing: Standing
    reason: str
    source: str
    locator: str
    doi: str
    confidence: Confidence
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRecord(Record):
    """Add what observational records share.

    ``groups`` are the cohorts whose people are in the analysis: two analyses that share a group do
    not both count. ``part`` names a disjoint part of the cohort (men, women, a stratum) or is ``all``.
    ``words`` is the stated direction when no number was printed: none, lower, higher or empty.
    """

    cohort: str
    groups: tuple[str, ...]
    part: str
    country: str
    sex: str
    follow_up_years: float | None
    measure: str
    unit: str
    cases: int | None
    persons: int | None
    words: str
    adjustments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseStudy(CohortRecord):
    """Head a set of dose levels (`Level`) that share one reference."""


@dataclass(frozen=True, slots=True)
class Level:
    """Hold one dose category: dose [unit of the study] and ratio against the reference level."""

    study_id: str
    category: int
    dose: float | None
    dose_low: float | None
    dose_high: float | None
    dose_rule: str
    cases: int | None
    persons: int | None
    person_years: float | None
    ratio: float | None
    low: float | None
    high: float | None
    reference: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast(CohortRecord):
    """Hold one ratio between two exposures, always oriented as more magnesium against less.

    ``step`` is the difference in dose [unit] that the ratio stands for, where it was stated;
    ``inverted`` tells that the paper printed the reciprocal.
    """

    kind: str
    ratio: float | None
    low: float | None
    high: float | None
    step: float | None
    dose_high: float | None
    dose_low: float | None
    label_high: str
    label_low: str
    inverted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial(Record):
    """Hold one outcome of one trial: the net difference, magnesium less control [unit].

    ``origin`` says where the number comes from: printed, derived_change, derived_end (from the
    group means), group_only (no control in the number), words (no number printed).
    ``words`` is the printed direction when there is no number: none, lower, higher or empty.
    """

    design: str
    population: str
    country: str
    persons_treated: int | None
    persons_control: int | None
    dose_mg_per_day: float | None
    compound: str
    weeks: float | None
    baseline: float | None
    unit: str
    estimate: float | None
    se: float | None
    low: float | None
    high: float | None
    origin: str
    words: str
    printed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(Record):
    """Hold a result that somebody else pooled, or a genetic estimate."""

    measure: str
    unit: str
    contrast: str
    step: float | None
    studies: int | None
    persons: int | None
    cases: int | None
    dose_mg_per_day: float | None
    weeks: float | None
    estimate: float | None
    low: float | None
    high: float | None
    i2: float | None
    p_nonlinear: float | None
    shape: str
    subgroup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker(Record):
    """Hold one subclinical marker in people: vessel wall, stiffness, endothelium, inflammation."""

    cohort: str
    country: str
    contrast: str
    effect: str
    unit: str
    low: float | None
    high: float | None
    p_value: str
    persons: int | None
    design: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Animal(Record):
    """Hold one result from animals or cells, which never stands for people."""

    quantity: str
    value: str
    unit: str
    species: str
