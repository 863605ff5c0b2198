"""Models made of models (the SBML package comp): flattened by libSBML, after a look at how much comes out."""

from __future__ import annotations

from typing import Any

from epsom.base.errors import problem
from epsom.model.sbml.extract import unsupported
from epsom.model.sbml.limits import DEEPEST_SUBMODELS, MOST_FLATTENED, too_large
from epsom.model.sbml.order import in_order

_MAIN = ""


def flatten(document: Any, source: str) -> None:
    """Replace submodels by their contents, in place; a document without the package stays as it is.

    Raises
    ------
    EpsomError
        ``E-SBML-UNSUPPORTED`` for models in other files, which are never opened; ``E-SBML-CYCLE`` when a
        model contains itself; ``E-SBML-TOO-LARGE`` or ``E-SBML-INVALID``.
    """
    import libsbml

    package = document.getPlugin("comp")
    if package is None or document.getModel() is None:
        return
    if package.getNumExternalModelDefinitions():
        raise unsupported(source, "comp:externalModelDefinition")
    _check_size(document, package, source)
    options = libsbml.ConversionProperties()
    for key, value in (("flatten comp", True), ("performValidation", False)):
        options.addOption(key, value)
    options.addOption("abortIfUnflattenable", "none")
    if document.convert(options) != libsbml.LIBSBML_OPERATION_SUCCESS:
        raise problem("E-SBML-INVALID", file=source, details={"reason": "comp"})


def _check_size(document: Any, package: Any, source: str) -> None:
    """Count what the flat model will hold: submodels of submodels can double at every level."""
    models = {_MAIN: document.getModel()}
    for k in range(package.getNumModelDefinitions()):
        definition = package.getModelDefinition(k)
        models[definition.getId()] = definition
    used = {name: [n for n in _submodels(model) if n in models] for name, model in models.items()}
    size: dict[str, int] = {}
    depth: dict[str, int] = {}
    for name in in_order([_MAIN], used.__getitem__, source):
        size[name] = _elements(models[name]) + sum(size[n] for n in used[name])
        depth[name] = 1 + max((depth[n] for n in used[name]), default=0)
    if size[_MAIN] > MOST_FLATTENED:
        raise too_large(source, "comp", size[_MAIN], MOST_FLATTENED)
    if depth[_MAIN] > DEEPEST_SUBMODELS:
        raise too_large(source, "comp", depth[_MAIN], DEEPEST_SUBMODELS)


def _submodels(model: Any) -> list[str]:
    package = model.getPlugin("comp")
    if package is None:
        return []
    return [package.getSubmodel(k).getModelRef() for k in range(package.getNumSubmodels())]


def _elements(model: Any) -> int:
    lists = (
        model.getNumSpecies(), model.getNumParameters(), model.getNumCompartments(), model.getNumRules(),
        model.getNumReactions(), model.getNumEvents(), model.getNumInitialAssignments(),
    )  # fmt: skip
    return 1 + sum(int(n) for n in lists)
