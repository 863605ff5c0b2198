"""A model's events as the engine's events."""

from __future__ import annotations

from epsom.engine.system import Assignment, Event
from epsom.model.sbml.operators import truth
from epsom.model.sbml.parts import EventPart, Kind, Tree
from epsom.model.sbml.symbols import Role, Symbols


def events(symbols: Symbols) -> tuple[Event, ...]:
    """Convert all events; one without a trigger formula never fires and is left out."""
    return tuple(_event(symbols, part) for part in symbols.parts.events if part.trigger is not None)


def _event(symbols: Symbols, part: EventPart) -> Event:
    return Event(
        name=part.id,
        trigger=truth(symbols.graph, symbols.convert(part.trigger, part.id)),
        assignments=_assignments(symbols, part),
        persistent=part.persistent,
        initial_value=part.initial_value,
        delay=_optional(symbols, part.delay, part.id),
        priority=_optional(symbols, part.priority, part.id),
        use_values_from_trigger_time=part.early,
    )


def _optional(symbols: Symbols, tree: Tree | None, place: str) -> int | None:
    return None if tree is None else symbols.convert(tree, place)


def _assignments(symbols: Symbols, part: EventPart) -> tuple[Assignment, ...]:
    values = {
        name: symbols.convert(tree, part.id)
        for name, tree in part.assignments
        if symbols.roles[name] is Role.STATE
    }
    places = {name: k for k, name in enumerate(symbols.states)}
    made = []
    for name, value in values.items():
        q = symbols.parts.quantities[name]
        factor = None
        if q.kind is Kind.SPECIES and not q.amount_units:
            # A new concentration goes with the compartment's new size where the event sets both.
            if q.compartment in values:
                value = symbols.graph.mul(value, values[q.compartment])
            else:
                factor = symbols.now[q.compartment]
        made.append(Assignment(places[name], value, factor))
    return tuple(made)
