"""Results that others pooled, genetic estimates, subclinical markers, animals and sources."""

from __future__ import annotations

import re
from typing import Any

from epsom.evidence.base.records import (
    Animal,
    Confidence,
    Exposure,
    Grade,
    Marker,
    Published,
    Source,
    Standing,
)

from .cohorts import EXPOSURES
from .common import Decisions, Row, number, slug, unique, whole

PRINTED = ("first_author", "title", "journal", "volume", "pages", "doi", "pmid", "pmcid", "kind")
MODULES = {"myocardium": "myocardial_infiltrate", "vsmc_tone": "vessel_tone", "nitric_oxide": "no"}


DIABETES = re.compile(r"^Type 2 diabetes")
ALL_TOGETHER = "totals are for all exposures"


def _missing(estimate: float | None, low: float | None, high: float | None) -> str:
    return "no_number" if estimate is None else "no_interval" if low is None or high is None else ""


def _standing(
    table: str, key: str, outcome: str, missing: str, sure: str, rule: Decisions, exposure: str = ""
) -> tuple[Standing, str]:
    decided = rule.doubt(table, key, outcome, exposure)
    if decided:
        return Standing(decided[0]), decided[1]
    if missing:
        return Standing.INCOMPLETE, missing
    return (Standing.CONTESTED, "uncertain_reading") if sure == "uncertain" else (Standing.USABLE, "")


def _step(contrast: str) -> tuple[float | None, str]:
    """Read the step of a per-unit contrast [mg/day or mmol/L]."""
    in_brackets = re.search(r"\(([\d.]+) mmol/L\)", contrast) or re.search(r"per ([\d.]+) mmol/L", contrast)
    if in_brackets:
        return float(in_brackets.group(1)), "mmol/L"
    by_day = re.search(r"per ([\d.]+) mg/d", contrast)
    return (float(by_day.group(1)), "mg/day") if by_day else (None, "")


def published_trials(rows: list[Row], rule: Decisions, seen: dict[str, int]) -> list[Published]:
    """Read what others pooled from trials; reviews of people with diabetes are kept apart."""
    found = []
    for row in rows:
        outcome = rule.outcomes.get(row["outcome"], row["outcome"])
        if row["effect_type"] == "dose-response slope":
            outcome += "_slope"
        factor, unit = 1.0, row["unit"]
        for known, scale, wanted in rule.factors.get(outcome, {}).get("units", []):
            if known == unit and row["effect_type"] in ("WMD", "ES", "mean change (pre-post)"):
                factor, unit = float(scale), str(wanted)
        estimate, low, high = (
            None if v is None else v * factor
            for v in map(number, (row["effect"], row["ci_low"], row["ci_high"]))
        )
        standing, reason = _standing(
            "published", row["source_key"], outcome, _missing(estimate, low, high), row["confidence"], rule
        )
        if standing is Standing.USABLE and DIABETES.search(row["notes"]):
            standing, reason = Standing.OTHER_PEOPLE, "patients"
        subgroup = row["subgroup"]
        found.append(
            Published(
                id=unique(slug(row["source_key"], outcome, "" if subgroup == "all" else subgroup), seen),
                study=row["source_key"],
                author=row["study"],
                year=whole(row["year"]),
                outcome=outcome,
                exposure=Exposure.SUPPLEMENT,
                grade=Grade.TRIAL,
                standing=standing,
                reason=reason,
                source=row["source_key"],
                locator=row["source_locator"],
                doi=row["doi"],
                confidence=Confidence(row["confidence"]),
                note=row["notes"],
                measure=row["effect_type"],
                unit=unit,
                contrast="magnesium_vs_control",
                step=None,
                studies=whole(row["n_trials"]),
                persons=whole(row["n_participants"]),
                cases=None,
                dose_mg_per_day=number(row["median_dose_mg_d"]),
                weeks=number(row["median_duration_weeks"]),
                estimate=estimate,
                low=low,
                high=high,
                i2=number(row["i2"]),
                p_nonlinear=None,
                shape="",
                subgroup=subgroup,
            )
        )
    return found


def published_cohorts(
    rows: list[Row], rule: Decisions, sure: dict[str, str], seen: dict[str, int]
) -> list[Published]:
    """Read what others pooled from cohorts, and the Mendelian randomisation estimates."""
    found = []
    for row in rows:
        exposure = EXPOSURES[row["exposure"]]
        outcome = rule.outcomes.get(row["outcome"], row["outcome"])
        step, unit = _step(row["contrast"])
        estimate, low, high = map(number, (row["estimate"], row["ci_low"], row["ci_high"]))
        if row["contrast"] == "low_vs_high":
            estimate, low, high = (None if v is None else 1 / v for v in (estimate, high, low))
        standing, reason = _standing(
            "published", row["source_key"], outcome, _missing(estimate, low, high), "", rule, exposure
        )
        confidence = sure.get(row["source_key"], "unknown")
        kind = (
            "per_unit"
            if step is not None
            else "high_vs_low"
            if "high_vs_low" in row["contrast"]
            else row["contrast"]
        )
        together = ALL_TOGETHER in row["notes"]
        found.append(
            Published(
                id=unique(slug(row["source_key"], outcome, exposure, kind), seen),
                study=row["source_key"],
                author=row["review"],
                year=whole(row["year"]),
                outcome=outcome,
                exposure=exposure,
                grade=_grade(row["source_key"], exposure, rule),
                standing=standing,
                reason=reason,
                source=row["source_key"],
                locator="",
                doi=row["doi"],
                confidence=Confidence(confidence),
                note=row["notes"],
                measure="ratio",
                unit=unit,
                contrast="high_vs_low" if row["contrast"] == "low_vs_high" else kind,
                step=step,
                studies=None if together else whole(row["n_studies"]),
                persons=None if together else whole(row["n_participants"]),
                cases=None if together else whole(row["n_cases"]),
                dose_mg_per_day=None,
                weeks=None,
                estimate=estimate,
                low=low,
                high=high,
                i2=number(row["i2"]),
                p_nonlinear=number(row["p_nonlinearity"]),
                shape=row["nonlinear_shape_note"],
                subgroup="all",
            )
        )
    return found


def _grade(key: str, exposure: Exposure, rule: Decisions) -> Grade:
    if exposure is Exposure.GENETIC:
        return Grade.GENETIC
    decided = rule.standing["designs"].get(key)
    return Grade(decided[0]) if decided else Grade.COHORT


def markers(rows: list[Row], rule: Decisions, sure: dict[str, str]) -> list[Marker]:
    """Read the subclinical markers; effects stay as printed, since scales differ."""
    found = []
    seen: dict[str, int] = {}
    for row in rows:
        text = row["outcome"].lower()
        outcome = next((name for pattern, name in rule.marker_words if re.search(pattern, text)), "other")
        missing = "" if row["effect"] else "no_number"
        standing, reason = _standing("markers", row["source_key"], outcome, missing, "", rule)
        if not reason:
            reason = "cross_sectional" if "longitudinal" not in row["design"] else ""
        exposure = (
            Exposure.SCORE
            if "score" in row["exposure"]
            else Exposure.DENSITY
            if "per kg" in row["exposure"]
            else Exposure.SERUM
            if re.search("serum|plasma|status", row["exposure"], re.IGNORECASE)
            else Exposure.TOTAL
            if "total" in row["exposure"]
            else Exposure.DIETARY
        )
        found.append(
            Marker(
                id=unique(slug(row["source_key"], outcome), seen),
                study=row["source_key"],
                author=row["study"],
                year=whole(row["year"]),
                outcome=outcome,
                exposure=exposure,
                grade=Grade.COHORT if "longitudinal" in row["design"] else Grade.CROSS_SECTIONAL,
                standing=standing,
                reason=reason,
                source=row["source_key"],
                locator="",
                doi=row["doi"],
                confidence=Confidence(sure.get(row["source_key"], "unknown")),
                note=row["notes"],
                cohort=row["cohort"],
                country=row["country"],
                contrast=f"{row['outcome']}: {row['contrast']}",
                effect=row["effect"],
                unit=row["unit"],
                low=number(row["ci_low"]),
                high=number(row["ci_high"]),
                p_value=row["p_value"],
                persons=whole(row["n"]),
                design=row["design"],
            )
        )
    return found


def animals(rows: list[Row], kinds: dict[str, str]) -> list[Animal]:
    """Read the results from animals and cells among the parameters."""
    found = []
    seen: dict[str, int] = {}
    for row in rows:
        if kinds.get(row["source_key"]) not in ("animal", "in_vitro"):
            continue
        outcome = MODULES.get(row["module"], row["module"])
        bounds = " to ".join(v for v in (row["low"], row["high"]) if v)
        found.append(
            Animal(
                id=unique(slug(row["source_key"], row["symbol_suggestion"]), seen),
                study=row["source_key"],
                author=row["source_key"].split("_")[0].capitalize(),
                year=whole(row["source_key"].split("_")[1]),
                outcome=outcome,
                exposure=Exposure.DIETARY,
                grade=Grade.ANIMAL,
                standing=Standing.USABLE,
                reason=kinds[row["source_key"]],
                source=row["source_key"],
                locator=row["source_locator"],
                doi=row["doi"],
                confidence=Confidence(row["confidence"]),
                note=row["notes"],
                quantity=row["quantity"],
                value=row["value"] or bounds,
                unit=row["unit"],
                species=row["population_species"],
            )
        )
    return found


def sources(rows: list[Row], used: set[str]) -> list[Source]:
    """Keep the publications that the base uses."""
    known: dict[str, Any] = {row["source_key"]: row for row in rows}
    missing = used - set(known)
    if missing:
        raise ValueError(f"records without a source: {sorted(missing)}")
    return [
        Source(
            key=key,
            year=whole(r["year"]),
            url=r["url_canonical"],
            confidence=Confidence(r["confidence"]),
            **{name: r[name] for name in PRINTED},
        )
        for key, r in sorted(known.items())
        if key in used
    ]  # fmt: skip
