"""A model as plain data, read out of an SBML document; formulas stay libSBML trees."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Tree = Any  # a libSBML ASTNode; its document must stay alive


class Kind(Enum):
    """Say what an identifier names."""

    COMPARTMENT = "compartment"
    SPECIES = "species"
    PARAMETER = "parameter"
    REFERENCE = "speciesReference"


@dataclass
class Quantity:
    """Hold one thing with a value: its plain value, its rule, its initial assignment.

    ``value`` is NaN when the model leaves it open. A species' value is an amount when ``amount_units``,
    else a concentration; ``given_amount`` tells which of the two the plain value is.
    """

    id: str
    kind: Kind
    value: float
    constant: bool = True
    assignment: Tree | None = None
    rate: Tree | None = None
    initial: Tree | None = None
    in_event: bool = False
    compartment: str = ""
    amount_units: bool = False
    given_amount: bool = False
    boundary: bool = False
    conversion: str = ""
    dimensions: float = 3.0

    @property
    def ruled(self) -> bool:
        """Tell whether a rule determines the quantity."""
        return self.assignment is not None or self.rate is not None


@dataclass(frozen=True)
class Participant:
    """Hold a species' part in a reaction; ``sign`` is -1 for reactants."""

    species: str
    sign: float
    stoichiometry: float
    reference: str = ""  # identifier of the species reference, when its value can vary
    maths: Tree | None = None  # Level 2 stoichiometryMath


@dataclass(frozen=True)
class Reaction:
    """Hold a reaction; without a kinetic law it does not run."""

    id: str
    law: Tree | None
    participants: tuple[Participant, ...]
    local: dict[str, float]


@dataclass(frozen=True)
class EventPart:
    """Hold an event as the model states it."""

    id: str
    trigger: Tree | None
    assignments: tuple[tuple[str, Tree], ...]
    delay: Tree | None
    priority: Tree | None
    persistent: bool
    initial_value: bool
    early: bool


@dataclass
class Parts:
    """Hold a whole model."""

    id: str
    source: str
    document: Any
    quantities: dict[str, Quantity] = field(default_factory=dict)
    reactions: dict[str, Reaction] = field(default_factory=dict)
    events: list[EventPart] = field(default_factory=list)
    functions: dict[str, Tree] = field(default_factory=dict)
