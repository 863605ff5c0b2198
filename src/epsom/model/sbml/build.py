"""Assemble the engine's `System` from a model's symbols: rates, events, observables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from epsom.base.errors import problem
from epsom.engine.ops import Op
from epsom.engine.system import Assignment, Event, System
from epsom.model.sbml.events import events
from epsom.model.sbml.order import in_order
from epsom.model.sbml.parts import Kind, Participant, Parts, Quantity
from epsom.model.sbml.symbols import Role, Symbols


def build(parts: Parts) -> System:
    """Return the system of equations of a model.

    Raises
    ------
    EpsomError
        With an ``E-SBML-...`` code when the model cannot be simulated.
    """
    symbols = Symbols(parts)
    terms = _reaction_terms(symbols)
    system = System(
        name=parts.id,
        graph=symbols.graph,
        states=tuple(symbols.states),
        initial=tuple(symbols.amounts_at_start.get(n, symbols.start[n]) for n in symbols.states),
        rates=tuple(_rate(symbols, parts.quantities[n], terms.get(n, [])) for n in symbols.states),
        parameters=tuple(symbols.parameters),
        defaults=np.array(list(symbols.parameters.values()), dtype=np.float64),
        derived=tuple(symbols.derived),
        derived_nodes=tuple(symbols.derived.values()),
        observables=_observables(symbols),
        events=events(symbols),
    )
    return _order_derived(_fill_in_rates(system, symbols), symbols)


def _reaction_terms(symbols: Symbols) -> dict[str, list[int]]:
    """Collect, per species, stoichiometry times rate of each reaction that changes it."""
    graph = symbols.graph
    terms: dict[str, list[int]] = {}
    for reaction in symbols.parts.reactions.values():
        if reaction.law is None:
            continue
        for part in reaction.participants:
            if symbols.roles[part.species] is not Role.STATE:
                continue
            amount = graph.mul(_stoichiometry(symbols, part), symbols.now[reaction.id])
            terms.setdefault(part.species, []).append(graph.neg(amount) if part.sign < 0 else amount)
    return terms


def _stoichiometry(symbols: Symbols, part: Participant) -> int:
    if part.reference:
        return symbols.now[part.reference]
    if part.maths is not None:
        return symbols.convert(part.maths, part.species)
    return symbols.graph.const(part.stoichiometry)


def _rate(symbols: Symbols, q: Quantity, terms: Sequence[int]) -> int:
    graph = symbols.graph
    if q.rate is None:
        total = graph.sum([] if q.boundary or q.constant else terms)
        if q.conversion:
            total = graph.mul(symbols.now[_conversion(symbols, q)], total)
        return total
    slope = symbols.convert(q.rate, q.id)
    if q.kind is not Kind.SPECIES or q.amount_units:
        return slope
    # The rule gives the concentration's rate c'; the state is the amount c V, so its rate is c' V + c V'.
    growth = graph.mul(slope, symbols.now[q.compartment])
    if symbols.roles[q.compartment] is Role.FIXED:
        return growth
    return graph.add(growth, graph.mul(symbols.now[q.id], symbols.pending.stand_in(q.compartment)))


def _conversion(symbols: Symbols, q: Quantity) -> str:
    if q.conversion not in symbols.now:
        raise problem("E-SBML-SYMBOL", file=symbols.parts.source, field=q.id, value=q.conversion)
    return q.conversion


def _observables(symbols: Symbols) -> dict[str, int]:
    """Name what can be asked for: every identifier, and species also in their other unit."""
    found = dict(symbols.now)
    for q in symbols.parts.quantities.values():
        if q.kind is Kind.SPECIES:
            size = symbols.now[q.compartment]
            if q.amount_units:
                found[f"concentration({q.id})"] = symbols.graph.div(symbols.now[q.id], size)
            elif symbols.roles[q.id] is Role.STATE:
                found[f"amount({q.id})"] = symbols.state(q.id)
            else:
                found[f"amount({q.id})"] = symbols.graph.mul(symbols.now[q.id], size)
    return found


def _fill_in_rates(system: System, symbols: Symbols) -> System:
    """Put the rates of change where formulas asked for them."""
    pending = symbols.pending
    if not len(pending):
        return system
    _check_rates_exist(symbols)
    known = pending.resolve(lambda name: symbols.now[name], system.rates)
    system = _substitute(system, known)
    # A starting value may need a rate, and that rate other starting values: as often as there are names.
    for _ in range(len(pending) + 1):
        start = pending.resolve_at_start(known, system.initial)
        initial = system.graph.substitute(system.initial, start)
        derived = system.graph.substitute(system.derived_nodes, start)
        system = replace(system, initial=tuple(initial), derived_nodes=tuple(derived))
        if not pending.asked([*initial, *derived]):
            return system
    raise problem("E-SBML-CYCLE", file=symbols.parts.source, value="rateOf")


def _check_rates_exist(symbols: Symbols) -> None:
    for name in symbols.pending.names:
        if name not in symbols.now:
            raise problem("E-SBML-SYMBOL", file=symbols.parts.source, field="rateOf", value=name)


def _substitute(system: System, new: Mapping[int, int]) -> System:
    """Replace leaves in everything that is evaluated while the system runs."""

    def one(node: int) -> int:
        return system.graph.substitute([node], new)[0]

    def event(e: Event) -> Event:
        return replace(
            e,
            trigger=one(e.trigger),
            delay=None if e.delay is None else one(e.delay),
            priority=None if e.priority is None else one(e.priority),
            assignments=tuple(
                Assignment(a.state, one(a.value), None if a.factor is None else one(a.factor))
                for a in e.assignments
            ),
        )

    return replace(
        system,
        rates=tuple(system.graph.substitute(system.rates, new)),
        observables=dict(
            zip(
                system.observables,
                system.graph.substitute(list(system.observables.values()), new),
                strict=True,
            )
        ),
        events=tuple(event(e) for e in system.events),
    )


def _order_derived(system: System, symbols: Symbols) -> System:
    """Number the derived values so that each needs only earlier ones."""
    graph, nodes = system.graph, dict(zip(system.derived, system.derived_nodes, strict=True))
    place = {symbols.derived_leaf(name): name for name in system.derived}
    by_index = {int(graph.values[leaf]): name for leaf, name in place.items()}

    def needs(name: str) -> list[str]:
        return [by_index[k] for k in graph.leaves([nodes[name]], Op.DERIVED)]

    names = in_order(nodes, needs, symbols.parts.source)
    new = {symbols.derived_leaf(name): graph.derived(k) for k, name in enumerate(names)}
    system = _substitute(system, new)
    return replace(
        system,
        derived=tuple(names),
        derived_nodes=tuple(graph.substitute([nodes[n] for n in names], new)),
        initial=tuple(graph.substitute(system.initial, new)),
    )
