"""What goes into one pooling: estimates on one scale, and what was set aside with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from epsom.evidence.base.outcomes import FAMILIES
from epsom.evidence.base.records import CohortRecord, Confidence, Exposure, Record, Trial


@dataclass(frozen=True, slots=True)
class Estimate:
    """Hold one study's contribution.

    ``value`` and ``se`` are on the analysis scale: log ratio per step, or the unit of the outcome.
    ``how`` says where the number comes from: levels, per_unit, extremes, printed, derived_change or
    derived_end; ``covariance`` is gl, assumed or empty.
    """

    id: str
    label: str
    value: float
    se: float
    how: str
    source: str
    exposure: Exposure
    groups: tuple[str, ...]
    part: str
    confidence: Confidence
    cases: int | None
    persons: int | None
    points: int
    year: int | None
    measure: str
    covariance: str = ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Name a record that does not count here, and why (a reason code)."""

    id: str
    label: str
    reason: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Hold the studies of one outcome, one exposure and one grade.

    ``contrast`` is slope (per ``step`` [unit]), extremes (highest against lowest) or net (magnesium
    less control); ``scale`` is ratio or difference.
    """

    outcome: str
    family: str
    contrast: str
    scale: str
    step: float | None
    unit: str
    estimates: tuple[Estimate, ...]
    set_aside: tuple[SetAside, ...]

    @property
    def k(self) -> int:
        """Return the number of studies."""
        return len(self.estimates)


def label(record: Record) -> str:
    """Name a study for a table: author, year, cohort and part."""
    year = "" if record.year is None else f" {record.year}"
    if isinstance(record, CohortRecord):
        where = "+".join(record.groups) or record.cohort
        part = "" if record.part == "all" else f", {record.part.replace('_', ' ')}"
        return f"{record.author}{year}" + (f" ({where}{part})" if where != record.study else "")
    return f"{record.author}{year}"


def persons(trial: Trial) -> int | None:
    """Return the people in both arms, where both were printed; a crossover counts its people once."""
    arms = (trial.persons_treated, trial.persons_control)
    if arms[0] is None or arms[1] is None:
        return None
    return arms[0] if trial.design.startswith("crossover") else arms[0] + arms[1]


def _rank(members: Sequence[Estimate], family: str) -> tuple[object, ...]:
    order = FAMILIES.get(family, ())
    first = members[0]
    return (
        order.index(first.exposure) if first.exposure in order else len(order),
        first.confidence is not Confidence.VERIFIED,
        -sum(e.points for e in members) / len(members),
        -sum(e.cases or 0 for e in members),
        -(first.year or 0),
        first.id,
    )


def one_per_cohort(found: Iterable[Estimate], family: str) -> tuple[list[Estimate], list[SetAside]]:
    """Let each cohort count once.

    Analyses of one publication and cohort form a bundle: the whole cohort if it was analysed, else its
    disjoint parts. Bundles are taken in order (exposure as asked, verified reading, more dose levels,
    more cases, later year) as long as they share no cohort with one already taken.
    """
    bundles: dict[tuple[str, tuple[str, ...]], list[Estimate]] = {}
    for estimate in found:
        bundles.setdefault((estimate.source, estimate.groups), []).append(estimate)
    ranked = sorted(
        (_best_parts(members, family) for members in bundles.values()), key=lambda m: _rank(m, family)
    )
    kept: list[Estimate] = []
    taken: set[str] = set()
    for members in ranked:
        groups = {group for e in members for group in e.groups}
        if not groups & taken:
            kept.extend(members)
            taken |= groups
    names = {e.id for e in kept}
    every = [e for members in bundles.values() for e in members]
    return kept, [SetAside(e.id, e.label, "cohort_counts_once") for e in every if e.id not in names]


def _best_parts(members: Sequence[Estimate], family: str) -> list[Estimate]:
    parts: dict[str, list[Estimate]] = {}
    for estimate in members:
        parts.setdefault(estimate.part, []).append(estimate)
    best = {part: min(own, key=lambda e: _rank([e], family)) for part, own in parts.items()}
    return [best["all"]] if "all" in best else [best[part] for part in sorted(best)]
