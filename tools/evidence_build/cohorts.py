"""Cohort tables: dose levels under one head, and contrasts oriented as more against less."""

from __future__ import annotations

import re
from typing import Any

from epsom.evidence.base.records import Confidence, Contrast, DoseStudy, Exposure, Grade, Level, Standing

from .common import Decisions, Row, number, slug, unique, whole, words

EXPOSURES = {
    "dietary_mg": Exposure.DIETARY,
    "total_mg": Exposure.TOTAL,
    "serum_mg": Exposure.SERUM,
    "urinary_mg": Exposure.URINARY,
    "supplement_use": Exposure.SUPPLEMENT,
    "ionised_mg": Exposure.IONISED,
    "drinking_water_mg": Exposure.WATER,
    "magnesium_depletion_score": Exposure.SCORE,
    "magnesium_rich_diet_score": Exposure.SCORE,
    "serum_mg_genetic": Exposure.GENETIC,
}
UNITS = {"mg_per_day": "mg/day", "mmol_per_l": "mmol/L", "mmol_per_day": "mmol/day", "score": "points"}
PARTS = {
    "men": "men", "male": "men", "women": "women", "female": "women", "white": "white", "black": "black",
    "BMIgt27": "bmi_over_27", "BMIle27": "bmi_to_27", "nonCKD": "no_ckd", "CKD": "ckd",
    "lowCa": "low_calcium", "highCa": "high_calcium",
}  # fmt: skip
PATIENTS = re.compile(
    r"\bPATIENTS?\b|SURVIVORS|PEOPLE WITH DIABETES|population with hypertension|CKD PATIENTS", re.IGNORECASE
)


def _part(study: str, sex_words: tuple[str, ...]) -> str:
    return next((PARTS[word] for word in sex_words if word in PARTS), "all")


def _head(row: Row, rule: Decisions, seen: dict[str, int]) -> dict[str, Any]:
    exposure = EXPOSURES[row["exposure"]]
    unit = UNITS.get(row["exposure_unit"], row["exposure_unit"])
    if row["exposure_unit"] in (
        "mg_per_1000kcal",
        "mg_per_kg_per_day",
        "mg_per_kg_body_weight",
        "mg_per_100kcal",
    ):
        exposure = Exposure.DENSITY
    cross = "CROSS-SECTIONAL" in row["notes"] or "CASE-CONTROL" in row["notes"]
    study, outcome = row["study_id"], rule.outcomes.get(row["outcome"], row["outcome"])
    return {
        "id": unique(slug(study, outcome, exposure), seen),
        "study": study,
        "author": row["first_author"] or study.split("_")[0],
        "year": whole(row["year"]),
        "outcome": outcome,
        "exposure": exposure,
        "grade": Grade.CROSS_SECTIONAL if cross else Grade.COHORT,
        "source": row["source_key"],
        "locator": row["source_locator"],
        "doi": row["doi"],
        "confidence": Confidence(row["confidence"]),
        "note": row["notes"],
        "cohort": row["cohort"],
        "groups": tuple(rule.cohorts.get(row["cohort"] or study) or [row["cohort"] or study]),
        "part": _part(study, tuple(study.split("_"))),
        "country": row["country"],
        "sex": row["sex"],
        "follow_up_years": number(row["follow_up_years"].split("-")[0]),
        "measure": row["effect_type"],
        "unit": unit,
        "adjustments": row["adjustments"],
    }


def _standing(
    head: dict[str, Any], table: str, rule: Decisions, missing: str, scaled: bool
) -> tuple[Standing, str]:
    decided = rule.doubt(table, head["study"], head["outcome"], head["exposure"])
    note = head["note"]
    if decided:
        return Standing(decided[0]), decided[1]
    if head["exposure"] is Exposure.DENSITY:
        return Standing.OTHER_EXPOSURE, "other_unit"
    if PATIENTS.search(note) or PATIENTS.search(head["cohort"]) or head["part"] == "ckd":
        return Standing.OTHER_PEOPLE, "patients"
    if "SUBGROUP" in note:
        return Standing.OVERLAP, "subgroup"
    if missing:
        return Standing.INCOMPLETE, missing
    if head["confidence"] is Confidence.UNCERTAIN:
        return Standing.CONTESTED, "uncertain_reading"
    if "CASE-CONTROL" in note:
        return Standing.USABLE, "case_control"
    if head["grade"] is Grade.CROSS_SECTIONAL:
        return Standing.USABLE, "cross_sectional"
    return Standing.USABLE, "" if scaled else "no_dose"


def dose_studies(
    rows: list[Row], rule: Decisions, seen: dict[str, int]
) -> tuple[list[DoseStudy], list[Level]]:
    """Split the dose-response table into one head a study and outcome, and its levels."""
    heads: list[DoseStudy] = []
    levels: list[Level] = []
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row["study_id"], row["outcome"]), []).append(row)
    for members in grouped.values():
        head = _head(members[0], rule, seen)
        own = [_level(head["id"], row) for row in members]
        informative = [v for v in own if not v.reference and None not in (v.dose, v.ratio, v.low, v.high)]
        anchored = any(v.reference and v.dose is not None for v in own)
        spread = any(None not in (v.low, v.high) for v in own if not v.reference)
        missing = "" if spread else "no_interval"
        standing, reason = _standing(head, "levels", rule, missing, bool(informative and anchored))
        counts = [(v.cases, v.persons) for v in own]
        heads.append(
            DoseStudy(
                **head,
                standing=standing,
                reason=reason,
                words="",
                cases=_total([c for c, _ in counts]),
                persons=_total([n for _, n in counts]),
            )
        )
        levels.extend(own)
    return heads, levels


def _total(values: list[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return sum(known) if len(known) == len(values) else None


def _level(study_id: str, row: Row) -> Level:
    return Level(
        study_id=study_id,
        category=int(row["category"]),
        dose=number(row["dose"]),
        dose_low=number(row["dose_low"]),
        dose_high=number(row["dose_high"]),
        dose_rule=row["dose_rule"],
        cases=whole(row["cases"]),
        persons=whole(row["n"]),
        person_years=number(row["person_years"]),
        ratio=number(row["rr"]),
        low=number(row["rr_ci_low"]),
        high=number(row["rr_ci_high"]),
        reference=row["is_reference"] == "1",
    )


def _stated(text: str) -> float | None:
    found = re.fullmatch(r"(?:median )?([\d.]+)", text)
    return float(found.group(1)) if found else None


def _step(row: Row) -> float | None:
    found = re.search(r"([\d.]+) (?:mmol/L|mg/d\b)", row["unit_size"])
    return float(found.group(1)) if found else None


def contrasts(rows: list[Row], rule: Decisions, seen: dict[str, int]) -> list[Contrast]:
    """Orient every contrast as more magnesium against less, with its dose step where stated."""
    found: list[Contrast] = []
    for row in rows:
        head = _head(row, rule, seen)
        turned = (
            "INVERTED" in row["notes"] or "DECREASE" in row["unit_size"] or "decrement" in row["unit_size"]
        )
        inverted = turned and head["exposure"] is not Exposure.SCORE
        ratio, low, high = number(row["rr"]), number(row["ci_low"]), number(row["ci_high"])
        if inverted:
            ratio, low, high = (None if v is None else 1 / v for v in (ratio, high, low))
        top, bottom = _stated(row["dose_high_category"]), _stated(row["dose_low_category"])
        step = _step(row) if row["contrast"] == "per_unit" else None
        if top is not None and bottom is not None:
            step = top - bottom
        missing = "no_number" if ratio is None else "no_interval" if low is None else ""
        standing, reason = _standing(head, "contrasts", rule, missing, step is not None)
        found.append(
            Contrast(
                **head,
                standing=standing,
                reason=reason,
                words=words(head["study"], head["outcome"], row["notes"], rule) if ratio is None else "",
                cases=whole(row["cases"]),
                persons=whole(row["n"]),
                kind=row["contrast"],
                ratio=ratio,
                low=low,
                high=high,
                step=step,
                dose_high=top,
                dose_low=bottom,
                label_high=row["dose_high_category"] or row["unit_size"],
                label_low=row["dose_low_category"],
                inverted=inverted,
            )
        )
    return found
