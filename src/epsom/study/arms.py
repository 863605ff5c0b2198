"""From facts and a plan to members of the engine: two arms that share everything but the intervention."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.members import Members, Schedule
from epsom.engine.system import System
from epsom.model.records import input_fields, person_fields
from epsom.people.plan import Plan
from epsom.people.typical import Complete
from epsom.study.parameter_draws import ParameterDraws


def person_parameters(facts: Complete) -> dict[str, FloatArray]:
    """Translate facts into the model's person parameters (n,), by the model's own records."""
    found: dict[str, FloatArray] = {}
    for field in person_fields().values():
        if field.fact is not None:
            found[field.name] = facts.values[field.fact]
        elif field.stated is not None:
            found[field.name] = np.where(facts.assumed[field.stated], 0.0, 1.0)
    return found


def inputs_at_rest(person: Mapping[str, FloatArray], n: int) -> dict[str, FloatArray]:
    """Return every input (n,) as it is before any intervention."""
    fields = person_fields()
    at_rest: dict[str, FloatArray] = {}
    for name, field in input_fields().items():
        if field.at_rest is None:
            at_rest[name] = np.full(n, field.default)
        else:
            at_rest[name] = person.get(field.at_rest, np.full(n, fields[field.at_rest].default))
    return at_rest


def inputs_with_plan(at_rest: Mapping[str, FloatArray], plan: Plan) -> dict[str, FloatArray]:
    """Return every input (n,) from the start of the intervention on.

    A supplement comes on top of what is taken already. Where the plan adds nothing, the inputs stay
    exactly as they were: a supplement of 0 is no supplement.
    """
    found = with_supplement(at_rest, plan.supplement, plan.dissolved, plan.with_meals, plan.doses)
    found["intake"] = np.where(np.isnan(plan.new_intake), at_rest["intake"], plan.new_intake)
    return found


def with_supplement(
    at_rest: Mapping[str, FloatArray],
    supplement: FloatArray,
    dissolved: FloatArray,
    with_meals: FloatArray,
    doses: FloatArray,
) -> dict[str, FloatArray]:
    """Return the inputs (n,) with a supplement on top of the one that is taken already.

    Parameters
    ----------
    supplement
        Extra elemental magnesium [mg/day] (n,); where it is 0 everything stays as it was.
    dissolved, with_meals
        Share that dissolves, and 1 for doses with meals (n,); weighted by dose with what is taken already.
    doses
        Doses a day (n,).
    """
    found = dict(at_rest)
    adds = supplement > 0.0
    total = at_rest["supplement"] + supplement
    share = np.divide(supplement, total, out=np.zeros_like(total), where=adds)
    found["supplement"] = total
    for name, planned in (("dissolved", dissolved), ("with_meals", with_meals)):
        found[name] = np.where(adds, share * planned + (1.0 - share) * at_rest[name], at_rest[name])
    found["doses"] = np.where(adds, doses, at_rest["doses"])
    return found


def members_of(
    system: System,
    person: Mapping[str, FloatArray],
    steps: Mapping[float, Mapping[str, FloatArray]],
    draws: ParameterDraws,
    at_rest: Mapping[str, FloatArray],
) -> Members:
    """Build members: each person once with the central values and once with each parameter draw.

    Parameters
    ----------
    steps
        Day -> all inputs (n,) from that day on, in the order of the days. Every arm switches at day 0,
        also where nothing changes, so that equal inputs give equal bits.

    Returns
    -------
    Members
        ``n_people * (1 + n_draws)`` members, person by person.
    """
    n_people, n_sets = len(next(iter(person.values()))), 1 + len(draws.values)
    values: dict[str, FloatArray] = {}
    for name, column in (*person.items(), *at_rest.items()):
        values[name] = np.repeat(column, n_sets)
    for index, name in enumerate(draws.names):
        sets = np.concatenate([[system.defaults[system.parameter_index(name)]], draws.values[:, index]])
        values[name] = np.tile(sets, n_people)
    names, n = tuple(at_rest), n_people * n_sets
    switched = np.stack(
        [np.stack([np.repeat(inputs[name], n_sets) for name in names], axis=1) for inputs in steps.values()],
        axis=1,
    )
    days = np.tile(np.array(list(steps), dtype=np.float64), (n, 1))
    return Members.of(system, n, values, Schedule(names, days, switched))
