"""What does not fit together about a person or a plan: errors stop a forecast, warnings go with it."""

from __future__ import annotations

from collections.abc import Iterator

from epsom.base.errors import Problem
from epsom.engine.members import Members
from epsom.engine.start import initial_values, observe_start
from epsom.engine.system import System
from epsom.people.plan import Plan
from epsom.people.reference_intakes import BODIES, SHORT_NAMES, find_reference
from epsom.people.status.supplement import LIMITS
from epsom.people.typical import Complete

# The range of solved renal thresholds that fits what is known of tubular reabsorption; outside it, intake
# and serum disagree (renal wasting, or intake misreported).
USUAL_THRESHOLD = (0.45, 0.80)  # mmol/L of ultrafilterable magnesium
DIABETIC_GLUCOSE = 7.0  # mmol/L fasting (WHO 2006)
ACUTE_CRP = 10.0  # mg/L; above it acute illness is likely (Pearson 2003, AHA/CDC statement)
REDUCED_EGFR = 60.0  # mL/min/1.73m2: chronic kidney disease stage 3 begins (KDIGO 2012)


def starting_problems(system: System, members: Members) -> list[tuple[Problem, ...]]:
    """Find people whose stated facts contradict each other in the model.

    Parameters
    ----------
    members
        One member per person, with the records' parameter values.

    Returns
    -------
    list
        For each member its problems: ``E-INTAKE-FILTRATION`` when more magnesium must leave in urine than
        the kidneys filter (no rest is possible), ``W-THRESHOLD`` and ``W-GLUCOSE`` when facts are odd.
    """
    start = initial_values(system, members)
    names = ["urine0", "filtered_load0", "threshold0", "glucose0", "diabetes"]
    values = observe_start(system, start, names)
    return [tuple(_of_start(*map(float, row))) for row in values]


def _of_start(
    urine: float, filtered: float, threshold: float, glucose: float, diabetes: float
) -> Iterator[Problem]:
    if not urine < filtered:
        details = {"urine": round(urine, 2), "filtered": round(filtered, 2)}
        yield Problem("E-INTAKE-FILTRATION", field="intake_mg_per_day", details=details)
    elif not USUAL_THRESHOLD[0] <= threshold <= USUAL_THRESHOLD[1]:
        shown = round(threshold, 2)
        yield Problem("W-THRESHOLD", field="serum_mg_mmol_per_l", value=shown, unit="mmol/L")
    if glucose >= DIABETIC_GLUCOSE and diabetes == 0.0:
        yield Problem("W-GLUCOSE", field="glucose_mmol_per_l", value=round(glucose, 1))


def acute_phase(facts: Complete, person: int) -> tuple[Problem, ...]:
    """Warn where a stated CRP looks like an infection: the forecast takes it for the usual level."""
    crp = float(facts.values["crp_mg_per_l"][person])
    if crp <= ACUTE_CRP or facts.assumed["crp_mg_per_l"][person]:
        return ()
    return (Problem("W-CRP-ACUTE", field="crp_mg_per_l", value=round(crp, 1), unit="mg/L"),)


def plan_problems(facts: Complete, plan: Plan, person: int) -> tuple[Problem, ...]:
    """Warn where a planned supplement is above an upper level, or the kidneys ask for care."""
    if plan.supplement[person] <= 0.0:
        return ()
    dose = float(facts.values["current_supplement_mg_per_day"][person] + plan.supplement[person])
    age, egfr = (float(facts.values[name][person]) for name in ("age_years", "egfr_ml_per_min"))
    sex = "female" if facts.values["female"][person] == 1.0 else "male"
    levels = {body: find_reference(body, LIMITS, age, sex) for body in BODIES}
    passed = {body: r.mg_per_day for body, r in levels.items() if r is not None and dose > r.mg_per_day}
    found = []
    if passed:
        bodies = ", ".join(f"{SHORT_NAMES[body]} {limit:g}" for body, limit in passed.items())
        found.append(
            Problem(
                "W-UPPER-LEVEL",
                field="supplement_mg_per_day",
                value=dose,
                unit="mg/day",
                details={"bodies": bodies},
            )
        )
    if egfr < REDUCED_EGFR:
        found.append(Problem("W-KIDNEY", field="egfr_ml_per_min", value=round(egfr), unit="mL/min"))
    return tuple(found)
