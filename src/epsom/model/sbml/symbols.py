"""What each identifier of a model means: a node while the model runs, and a node at the start."""

from __future__ import annotations

from enum import Enum, auto

from epsom.engine.graph import Graph
from epsom.model.sbml.limits import MOST_STATES, too_large
from epsom.model.sbml.maths import Maths, names_in
from epsom.model.sbml.order import in_order
from epsom.model.sbml.parts import Kind, Parts, Quantity, Reaction, Tree
from epsom.model.sbml.rates import PendingRates


class Role(Enum):
    """Say how a quantity gets its value."""

    RULED = auto()
    STATE = auto()
    FIXED = auto()


class Symbols:
    """Give meaning to a model's identifiers.

    A species that changes is held as an amount, whatever its own unit, so that a compartment may change
    too; its value is that amount, or the amount over the compartment's size.

    Attributes
    ----------
    parameters
        Parameter names with default values. The plain starting value of a state ``x`` is the parameter
        ``init(x)``, in the unit in which the model gives it.
    derived
        Values that are fixed at the start: name -> node.
    states
        Names of the states, in order.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.graph = Graph()
        self.maths = Maths(self.graph, parts.functions, parts.source)
        self.pending = PendingRates(self.graph, parts.source)
        self.parameters: dict[str, float] = {}
        self._places: dict[str, int] = {}
        moved = {p.species for r in parts.reactions.values() if r.law is not None for p in r.participants}
        self.roles = {q.id: _role(q, q.id in moved) for q in parts.quantities.values()}
        self.states = [name for name, role in self.roles.items() if role is Role.STATE]
        if len(self.states) > MOST_STATES:
            raise too_large(parts.source, "states", len(self.states), MOST_STATES)
        self._state = {name: self.graph.state(k) for k, name in enumerate(self.states)}
        # derived values: constants with an initial assignment, and amounts that follow from them
        self._derived_place: dict[str, int] = {}
        self.derived: dict[str, int] = {}
        self.amounts_at_start: dict[str, int] = {}
        self.now: dict[str, int] = {}
        self.start: dict[str, int] = {}
        for name in in_order([*parts.quantities, *parts.reactions], self._needs_now, parts.source):
            self.now[name] = self._meaning(name)
        begin = [q.id for q in parts.quantities.values() if self._begins(q)]
        for name in in_order(begin, self._needs_at_start, parts.source):
            self.start[name] = self._beginning(name)

    # leaves

    def parameter(self, name: str, value: float) -> int:
        """Return the node of a parameter, made on first use."""
        place = self._places.setdefault(name, len(self._places))
        self.parameters.setdefault(name, value)
        return self.graph.parameter(place)

    def state(self, name: str) -> int:
        """Return the node of a state."""
        return self._state[name]

    def derived_leaf(self, name: str) -> int:
        """Return the leaf of a derived value, numbered on first use."""
        return self.graph.derived(self._derived_place.setdefault(name, len(self._derived_place)))

    # while the model runs

    def _needs_now(self, name: str) -> set[str]:
        if name in self.parts.quantities:
            q = self.parts.quantities[name]
            if self.roles[name] is Role.RULED:
                return self._known(q.assignment)
            return {q.compartment} if q.kind is Kind.SPECIES and not q.amount_units else set()
        reaction = self.parts.reactions[name]
        return self._known(reaction.law) - set(reaction.local) if reaction.law is not None else set()

    def _known(self, tree: Tree) -> set[str]:
        return {n for n in names_in(tree) if n in self.parts.quantities or n in self.parts.reactions}

    def convert(self, tree: Tree, place: str, local: dict[str, int] | None = None) -> int:
        """Return the node of a formula while the model runs."""
        local = local or {}
        return self.maths.node(
            tree,
            lambda n: local[n] if n in local else self.now.get(n),
            lambda n: self.graph.const(0.0) if n in local else self.pending.stand_in(n),
            place,
        )

    def _meaning(self, name: str) -> int:
        if name in self.parts.reactions:
            return self._law(self.parts.reactions[name])
        q, role = self.parts.quantities[name], self.roles[name]
        if role is Role.RULED:
            return self.convert(q.assignment, name)
        if q.kind is Kind.SPECIES:
            return self._species(q)
        if role is Role.STATE:
            return self._state[name]
        if q.initial is not None:
            return self.derived_leaf(name)
        # a stoichiometry is part of the structure, not something to vary between members
        return self.graph.const(q.value) if q.kind is Kind.REFERENCE else self.parameter(name, q.value)

    def _law(self, reaction: Reaction) -> int:
        if reaction.law is None:
            return self.graph.const(0.0)
        local = {n: self.parameter(f"{reaction.id}.{n}", v) for n, v in reaction.local.items()}
        return self.convert(reaction.law, reaction.id, local)

    def _species(self, q: Quantity) -> int:
        if self.roles[q.id] is Role.STATE:
            amount = self._state[q.id]
        elif self._plainly_fixed(q):
            return self.parameter(f"init({q.id})", q.value)
        else:
            amount = self.derived_leaf(f"amount({q.id})")
        return amount if q.amount_units else self.graph.div(amount, self.now[q.compartment])

    def _plainly_fixed(self, q: Quantity) -> bool:
        """Tell whether a species keeps its plain value because neither it nor its compartment changes."""
        still = q.amount_units or self.roles[q.compartment] is Role.FIXED
        return (
            still
            and self.roles[q.id] is Role.FIXED
            and q.initial is None
            and q.given_amount == q.amount_units
        )

    # at the start

    def _begins(self, q: Quantity) -> bool:
        """Tell whether something must be computed at the start: a state, or a value fixed from then on."""
        if self.roles[q.id] is Role.FIXED:
            return q.initial is not None or (q.kind is Kind.SPECIES and not self._plainly_fixed(q))
        return self.roles[q.id] is Role.STATE

    def _needs_at_start(self, name: str) -> set[str]:
        if name not in self.parts.quantities:
            reaction = self.parts.reactions[name]
            return self._known(reaction.law) - set(reaction.local) if reaction.law is not None else set()
        q = self.parts.quantities[name]
        as_amount = q.amount_units and (q.initial is not None or q.given_amount)
        needed: set[str] = {q.compartment} if q.kind is Kind.SPECIES and not as_amount else set()
        if self.roles[name] is Role.RULED:
            return needed | self._known(q.assignment)
        return needed | self._known(q.initial) if q.initial is not None else needed

    def at_start(self, tree: Tree, place: str, local: dict[str, int] | None = None) -> int:
        """Return the node of a formula at the start: over parameters, derived values and time."""
        local = local or {}
        return self.maths.node(
            tree,
            lambda n: local[n] if n in local else self.start.get(n),
            lambda n: self.graph.const(0.0) if n in local else self.pending.at_start(n),
            place,
        )

    def _beginning(self, name: str) -> int:
        if name in self.parts.reactions:
            reaction = self.parts.reactions[name]
            local = {n: self.parameter(f"{name}.{n}", v) for n, v in reaction.local.items()}
            return self.graph.const(0.0) if reaction.law is None else self.at_start(reaction.law, name, local)
        q, role = self.parts.quantities[name], self.roles[name]
        if role is Role.RULED:
            return self.at_start(q.assignment, name)
        if q.kind is Kind.SPECIES:
            return self._species_at_start(q)
        if role is Role.STATE:
            plain = f"init({name})"
            return self.parameter(plain, q.value) if q.initial is None else self.at_start(q.initial, name)
        if q.initial is not None:
            self.derived[name] = self.at_start(q.initial, name)
        return self.now[name]

    def _species_at_start(self, q: Quantity) -> int:
        """Return the starting value; the starting amount is the value, or value times size."""
        if self._plainly_fixed(q):
            return self.now[q.id]
        if q.initial is not None:
            given, given_amount = self.at_start(q.initial, q.id), q.amount_units
        else:
            given, given_amount = self.parameter(f"init({q.id})", q.value), q.given_amount
        amount = given if given_amount else self.graph.mul(given, self.start[q.compartment])
        if self.roles[q.id] is Role.FIXED:
            self.derived[f"amount({q.id})"] = amount
            amount = self.now[q.id] if q.amount_units else self.derived_leaf(f"amount({q.id})")
        self.amounts_at_start[q.id] = amount
        if given_amount == q.amount_units:
            return given
        return amount if q.amount_units else self.graph.div(amount, self.start[q.compartment])


def _role(q: Quantity, moved: bool) -> Role:
    if q.assignment is not None:
        return Role.RULED
    by_reactions = moved and not q.boundary and not q.constant
    return Role.STATE if q.rate is not None or q.in_event or by_reactions else Role.FIXED
