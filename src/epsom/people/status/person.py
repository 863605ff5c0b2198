"""The whole status of one person."""

from __future__ import annotations

from dataclasses import dataclass

from epsom.people.reference_intakes import find_reference
from epsom.people.status.blood_and_urine import Reading, loading_readings, serum_readings
from epsom.people.status.depletion import Depletion, depletion_of
from epsom.people.status.facts import Facts
from epsom.people.status.intake import Adequacy, UsualIntake, adequacy_of, probability_of_inadequacy, usual_of
from epsom.people.status.supplement import Caution, Limit, cautions_of, limits_of


@dataclass(frozen=True)
class Status:
    """Hold what can be said of a person; parts are empty or None where nothing was stated.

    Parameters
    ----------
    facts
        What it rests on.
    intake
        Usual intake from food and drink.
    inadequate_food, inadequate_total
        How likely intake falls short of the own requirement, by food alone and with the supplement;
        None without an average requirement for this person.
    adequacy, serum, limits, cautions
        Comparisons and readings.
    loading
        Retained share [%] and its readings.
    depletion
        Magnesium Depletion Score.
    """

    facts: Facts
    intake: UsualIntake | None
    inadequate_food: float | None
    inadequate_total: float | None
    adequacy: tuple[Adequacy, ...]
    serum: tuple[Reading, ...]
    loading: tuple[float, list[Reading]] | None
    depletion: Depletion | None
    limits: tuple[Limit, ...]
    cautions: tuple[Caution, ...]


def status_of(facts: Facts) -> Status:
    """Return the status of a person.

    Examples
    --------
    >>> s = status_of(Facts("a", "male", 45.0, usual=350.0))
    >>> round(s.inadequate_food or 0.0, 2)
    0.5
    """
    intake = usual_of(facts)
    food = total = None
    ear = find_reference("iom", ["EAR"], facts.age, facts.sex) if facts.state == "any" else None
    if intake is not None and ear is not None:
        food = probability_of_inadequacy(intake, 0.0, ear.mg_per_day)
        added = facts.supplement if facts.supplement > 0 else 0.0
        total = probability_of_inadequacy(intake, added, ear.mg_per_day)
    return Status(
        facts=facts,
        intake=intake,
        inadequate_food=food,
        inadequate_total=total,
        adequacy=tuple(adequacy_of(facts, intake)) if intake is not None else (),
        serum=tuple(serum_readings(facts)),
        loading=loading_readings(facts),
        depletion=depletion_of(facts),
        limits=tuple(limits_of(facts)),
        cautions=tuple(cautions_of(facts)),
    )
