"""Strict units: give plain numbers a unit, and turn every doubt of libSBML into a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import libsbml


@dataclass(frozen=True)
class Finding:
    """Report one thing that libSBML cannot accept: its code, severity and words."""

    code: int
    severity: str
    message: str


def _numbers(root: Any) -> Iterator[Any]:
    pending = [root]
    while pending:
        node = pending.pop()
        if node.isNumber():
            yield node
        pending.extend(node.getChild(i) for i in range(node.getNumChildren()))


def with_plain_numbers_dimensionless(sbml: str) -> str:
    """Declare every number without a unit to be dimensionless, so that units can be checked strictly.

    Antimony has no shorter way to say so, and libSBML gives up on an expression that holds a
    number whose unit it does not know.
    """
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    for owner in (
        *model.getListOfFunctionDefinitions(),
        *model.getListOfRules(),
        *model.getListOfInitialAssignments(),
    ):
        root = owner.getMath().deepCopy()
        for number in _numbers(root):
            if not number.hasUnits():
                number.setUnits("dimensionless")
        owner.setMath(root)
    return str(libsbml.writeSBMLToString(document))


def unit_findings(sbml: str) -> tuple[Finding, ...]:
    """Return everything that libSBML has against the document; empty means consistent.

    Warnings count: libSBML reports a wrong unit as a warning only.
    """
    document = libsbml.readSBMLFromString(sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_MODELING_PRACTICE, False)
    document.checkConsistency()
    errors = (document.getError(i) for i in range(document.getNumErrors()))
    return tuple(Finding(e.getErrorId(), e.getSeverityAsString(), e.getMessage().strip()) for e in errors)
