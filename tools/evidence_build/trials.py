"""Trial tables: one record a trial and outcome, printed or derived, in one unit an outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass

from epsom.evidence.base.records import Confidence, Exposure, Grade, Standing, Trial

from .common import Decisions, Row, number, slug, unique, whole, words

Z95 = 1.959963984540054
ORIGINS = {
    "net_change": "derived_change",
    "end_difference": "derived_end",
    "within_treatment_only": "group_only",
}


@dataclass(frozen=True)
class _Number:
    estimate: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    origin: str = "words"

    def scaled(self, factor: float) -> _Number:
        """Convert to the unit of the outcome."""
        values = (None if v is None else v * factor for v in (self.estimate, self.se, self.low, self.high))
        return _Number(*values, origin=self.origin)


def _printed(effect: str, se: str, low: str, high: str) -> _Number:
    value, spread = number(effect), number(se)
    bottom, top = number(low), number(high)
    if value is None:
        return _Number()
    if spread is None and bottom is not None and top is not None:
        spread = (top - bottom) / (2 * Z95)
    return _Number(value, spread, bottom, top, "printed")


def _derived(row: Row | None) -> _Number:
    if row is None:
        return _Number()
    return _Number(
        number(row["derived_effect"]), number(row["derived_se"]) or None, origin=ORIGINS[row["kind"]]
    )


def _convert(raw: str, unit: str, rule: Decisions) -> tuple[str, str, float]:
    outcome = rule.outcomes.get(raw, raw)
    for known, factor, wanted in rule.factors.get(outcome, {}).get("units", []):
        if known == unit:
            return outcome, str(wanted), float(factor)
    return outcome, unit, 1.0


def _standing(row: Row, outcome: str, unit: str, value: _Number, rule: Decisions) -> tuple[Standing, str]:
    decided = rule.doubt("trials", row["study_id"], outcome)
    if decided:
        return Standing(decided[0]), decided[1]
    if value.estimate is None:
        return Standing.INCOMPLETE, "no_number"
    if value.origin == "group_only":
        return Standing.INCOMPLETE, "group_change_only"
    wanted = rule.factors.get(outcome, {}).get("units")
    if wanted and unit not in {str(w) for _, _, w in wanted}:
        return Standing.INCOMPLETE, "other_unit"
    if value.se is None:
        return Standing.INCOMPLETE, "no_spread"
    if row["confidence"] == "uncertain":
        return Standing.CONTESTED, "uncertain_reading"
    return Standing.USABLE, ""


def _grade(row: Row, rule: Decisions) -> Grade:
    decided = rule.standing["designs"].get(row["study_id"])
    return Grade(decided[0]) if decided else Grade.TRIAL


def _trial(
    row: Row,
    raw: str,
    unit: str,
    value: _Number,
    quote: str,
    rule: Decisions,
    seen: dict[str, int],
    base: str,
) -> Trial:
    outcome, wanted, factor = _convert(raw, unit, rule)
    value = value.scaled(factor)
    standing, reason = _standing(row, outcome, wanted, value, rule)
    return Trial(
        id=unique(slug(row["study_id"], outcome), seen),
        study=row["study_id"],
        author=row["first_author"] or row["study_id"],
        year=whole(row["year"]),
        outcome=outcome,
        exposure=Exposure.SUPPLEMENT,
        grade=_grade(row, rule),
        standing=standing,
        reason=reason,
        source=row["source_key"],
        locator=row["source_locator"],
        doi=row["doi"],
        confidence=Confidence(row["confidence"]),
        note=row["notes"],
        design=row["design"] or "not printed",
        population=row["population"],
        country=row["country"],
        persons_treated=whole(row["n_treat"]),
        persons_control=whole(row["n_control"]),
        dose_mg_per_day=number(row["dose_mg_per_day"]),
        compound=row["compound"],
        weeks=number(row["duration_weeks"]),
        baseline=number(base),
        unit=wanted,
        estimate=value.estimate,
        se=value.se,
        low=value.low,
        high=value.high,
        origin=value.origin if value.estimate is not None else "words",
        words="" if value.estimate is not None else words(row["study_id"], outcome, row["notes"], rule),
        printed=quote,
    )


def _pressure(
    row: Row, derived: dict[tuple[str, str], Row], rule: Decisions, seen: dict[str, int]
) -> list[Trial]:
    found = []
    for name in ("sbp", "dbp"):
        raw = f"{name}_mmhg"
        value = _printed(*(row[f"delta_{name}{end}"] for end in ("", "_se", "_ci_low", "_ci_high")))
        ambulatory = derived.pop((row["study_id"], f"{name}_24h_mmhg"), None)
        if value.estimate is None:
            value = _derived(derived.pop((row["study_id"], raw), None))
        found.append(
            _trial(row, raw, "mmHg", value, row["quote_numbers"], rule, seen, row[f"baseline_{name}"])
        )
        if ambulatory:
            raw = f"{name}_24h_mmhg"
            found.append(_trial(row, raw, "mmHg", _derived(ambulatory), row["quote_numbers"], rule, seen, ""))
    return found


def trials(pressure: list[Row], others: list[Row], derived: list[Row], rule: Decisions) -> list[Trial]:
    """Merge the blood-pressure table, the table of other outcomes and the derived net changes."""
    left = {(row["study_id"], row["outcome"]): row for row in derived}
    seen: dict[str, int] = {}
    found: list[Trial] = []
    for row in pressure:
        found.extend(_pressure(row, left, rule, seen))
    for row in others:
        value = _printed(row["effect"], row["effect_se"], row["ci_low"], row["ci_high"])
        if value.estimate is None:
            value = _derived(left.pop((row["study_id"], row["outcome"]), None))
        found.append(_trial(row, row["outcome"], row["unit"], value, row["quote_numbers"], rule, seen, ""))
    if left:
        raise ValueError(f"derived rows without a trial row: {sorted(left)}")
    assert all(math.isfinite(t.estimate) for t in found if t.estimate is not None)
    return found
