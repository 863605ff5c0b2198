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
    places = {name: k for k, name in enumerate(symbols.states)}
    made = []
    for name, tree in part.assignments:
        if symbols.roles[name] is not Role.STATE:
            continue
        q = symbols.parts.quantities[name]
        # The new amount is the new concentration times the size before the event, also where the same
        # event changes the size: all assignments of an event happen at once.
        concentration = q.kind is Kind.SPECIES and not q.amount_units
        factor = symbols.now[q.compartment] if concentration else None
        made.append(Assignment(places[name], symbols.convert(tree, part.id), factor))
    return tuple(made)
