"""Read a libSBML model into plain parts, and refuse by name what Epsom cannot simulate."""

from __future__ import annotations

import math
from typing import Any

from epsom.base.errors import EpsomError, problem
from epsom.model.sbml.parts import EventPart, Kind, Participant, Parts, Quantity, Reaction

# Packages that only describe a model or are read: models of models are made flat before this.
_KNOWN_PACKAGES = frozenset({"comp", "layout", "render", "groups", "annot", "l3v2extendedmath"})


def unsupported(source: str, feature: str, place: str = "") -> EpsomError:
    """Build the error for a feature of SBML that Epsom names but does not simulate."""
    return problem("E-SBML-UNSUPPORTED", file=source, field=place or None, value=feature)


def extract(document: Any, source: str) -> Parts:
    """Collect quantities, reactions, events and functions.

    Raises
    ------
    EpsomError
        ``E-SBML-UNSUPPORTED``, ``E-SBML-SYMBOL`` or ``E-SBML-INVALID``.
    """
    model = document.getModel()
    if model is None:
        raise problem("E-SBML-INVALID", file=source, details={"reason": "no model"})
    parts = Parts(model.getId() or "model", source, document)
    _compartments(model, parts)
    _species(model, parts)
    for item in _all(model.getListOfParameters()):
        value = item.getValue() if item.isSetValue() else math.nan
        _add(parts, Quantity(item.getId(), Kind.PARAMETER, value, item.getConstant()))
    _reactions(model, parts)
    _rules(model, parts)
    _initial_assignments(model, parts)
    _events(model, parts)
    for item in _all(model.getListOfFunctionDefinitions()):
        parts.functions[item.getId()] = item.getMath()
    return parts


def _all(items: Any) -> list[Any]:
    return [items.get(k) for k in range(items.size())]


def check_packages(document: Any, source: str) -> None:
    """Refuse documents whose meaning depends on a package that Epsom does not read.

    Raises
    ------
    EpsomError
        ``E-SBML-UNSUPPORTED`` with the name of the package.
    """
    for k in range(document.getNumPlugins()):
        name = document.getPlugin(k).getPackageName()
        if name not in _KNOWN_PACKAGES and document.getPackageRequired(name):
            raise unsupported(source, name)
    for k in range(document.getNumUnknownPackages()):
        name = document.getUnknownPackagePrefix(k)
        if document.getPackageRequired(name):
            raise unsupported(source, name)


def _add(parts: Parts, quantity: Quantity) -> None:
    if quantity.id in parts.quantities:
        raise problem(
            "E-SBML-INVALID", file=parts.source, field=quantity.id, details={"reason": "duplicate identifier"}
        )
    parts.quantities[quantity.id] = quantity


def _compartments(model: Any, parts: Parts) -> None:
    for item in _all(model.getListOfCompartments()):
        value = item.getSize() if item.isSetSize() else math.nan
        if model.getLevel() == 1 and not item.isSetVolume():
            value = 1.0  # the default of Level 1
        dimensions = item.getSpatialDimensionsAsDouble()
        quantity = Quantity(item.getId(), Kind.COMPARTMENT, value, item.getConstant())
        quantity.dimensions = 3.0 if math.isnan(dimensions) else dimensions
        _add(parts, quantity)


def _species(model: Any, parts: Parts) -> None:
    default = model.getConversionFactor() if model.getLevel() > 2 and model.isSetConversionFactor() else ""
    for item in _all(model.getListOfSpecies()):
        amount = item.isSetInitialAmount()
        concentration = item.isSetInitialConcentration()
        value = item.getInitialAmount() if amount else math.nan
        if concentration and not amount:
            value = item.getInitialConcentration()
        compartment = parts.quantities.get(item.getCompartment())
        if compartment is None or compartment.kind is not Kind.COMPARTMENT:
            raise problem("E-SBML-SYMBOL", file=parts.source, field=item.getId(), value=item.getCompartment())
        quantity = Quantity(item.getId(), Kind.SPECIES, value, item.getConstant())
        quantity.compartment = item.getCompartment()
        quantity.amount_units = item.getHasOnlySubstanceUnits() or compartment.dimensions == 0.0
        quantity.given_amount = amount or (not concentration and quantity.amount_units)
        quantity.boundary = item.getBoundaryCondition()
        if model.getLevel() > 2:
            quantity.conversion = item.getConversionFactor() if item.isSetConversionFactor() else default
        _add(parts, quantity)


def _reactions(model: Any, parts: Parts) -> None:
    for item in _all(model.getListOfReactions()):
        if item.isSetFast() and item.getFast():
            raise unsupported(parts.source, "fast", item.getId())
        law = item.getKineticLaw() if item.isSetKineticLaw() else None
        local = _local_parameters(law, model.getLevel()) if law else {}
        participants = [
            _participant(reference, sign, model.getLevel(), parts)
            for sign, references in ((-1.0, item.getListOfReactants()), (1.0, item.getListOfProducts()))
            for reference in _all(references)
        ]
        maths = law.getMath() if law and law.isSetMath() else None
        parts.reactions[item.getId()] = Reaction(item.getId(), maths, tuple(participants), local)


def _local_parameters(law: Any, level: int) -> dict[str, float]:
    items = law.getListOfLocalParameters() if level > 2 else law.getListOfParameters()
    return {item.getId(): item.getValue() if item.isSetValue() else math.nan for item in _all(items)}


def _participant(reference: Any, sign: float, level: int, parts: Parts) -> Participant:
    species = reference.getSpecies()
    if species not in parts.quantities or parts.quantities[species].kind is not Kind.SPECIES:
        raise problem("E-SBML-SYMBOL", file=parts.source, field="speciesReference", value=species)
    maths = None
    if level == 2 and reference.isSetStoichiometryMath():
        maths = reference.getStoichiometryMath().getMath()
    value = float(reference.getStoichiometry())
    if level == 1:
        value /= reference.getDenominator() or 1
    elif level > 2 and not reference.isSetStoichiometry():
        value = math.nan
    if reference.isSetId() and level > 2:
        _add(parts, Quantity(reference.getId(), Kind.REFERENCE, value, reference.getConstant()))
    elif reference.isSetId():  # Level 2: the name may be read in formulas, but not assigned
        quantity = Quantity(reference.getId(), Kind.REFERENCE, value)
        quantity.assignment = maths
        _add(parts, quantity)
    return Participant(species, sign, value, reference.getId() if reference.isSetId() else "", maths)


def _target(parts: Parts, name: str, what: str) -> Quantity:
    if name not in parts.quantities:
        raise problem("E-SBML-SYMBOL", file=parts.source, field=what, value=name)
    return parts.quantities[name]


def _rules(model: Any, parts: Parts) -> None:
    for item in _all(model.getListOfRules()):
        if item.isAlgebraic():
            raise unsupported(parts.source, "algebraicRule")
        quantity = _target(parts, item.getVariable(), "rule")
        if not item.isSetMath():
            continue
        if quantity.ruled and quantity.kind is not Kind.REFERENCE:
            reason = "two rules for one variable"
            raise problem("E-SBML-INVALID", file=parts.source, field=quantity.id, details={"reason": reason})
        if item.isRate():
            quantity.rate = item.getMath()
        else:
            quantity.assignment = item.getMath()


def _initial_assignments(model: Any, parts: Parts) -> None:
    for item in _all(model.getListOfInitialAssignments()):
        quantity = _target(parts, item.getSymbol(), "initialAssignment")
        if item.isSetMath():
            quantity.initial = item.getMath()


def _events(model: Any, parts: Parts) -> None:
    for number, item in enumerate(_all(model.getListOfEvents())):
        name = item.getId() or f"event_{number + 1}"
        assignments = []
        for assigned in _all(item.getListOfEventAssignments()):
            quantity = _target(parts, assigned.getVariable(), name)
            quantity.in_event = True
            if assigned.isSetMath():
                assignments.append((quantity.id, assigned.getMath()))
        trigger = item.getTrigger()
        later = model.getLevel() > 2 and trigger is not None
        delay, priority = item.getDelay(), item.getPriority() if model.getLevel() > 2 else None
        parts.events.append(
            EventPart(
                name,
                trigger.getMath() if trigger is not None and trigger.isSetMath() else None,
                tuple(assignments),
                delay.getMath() if delay is not None and delay.isSetMath() else None,
                priority.getMath() if priority is not None and priority.isSetMath() else None,
                persistent=trigger.getPersistent() if later else True,
                initial_value=trigger.getInitialValue() if later else True,
                early=item.getUseValuesFromTriggerTime(),
            )
        )
