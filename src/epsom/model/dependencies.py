"""Who depends on whom in the equations, read off the SBML: the check on the causal map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import libsbml


def _names(root: Any) -> set[str]:
    found: set[str] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if node.isName() and node.getType() != libsbml.AST_NAME_TIME:
            found.add(node.getName())
        pending.extend(node.getChild(i) for i in range(node.getNumChildren()))
    return found


def direct_dependencies(sbml: str) -> dict[str, set[str]]:
    """Return, for each variable with a rule, the names that its rule mentions.

    A rate rule counts like an assignment rule: what drives the change of a state is its cause.
    """
    model = libsbml.readSBMLFromString(sbml).getModel()
    return {rule.getVariable(): _names(rule.getMath()) for rule in model.getListOfRules()}


def edges_between(
    dependencies: Mapping[str, Iterable[str]], groups: Mapping[str, Iterable[str]]
) -> set[tuple[str, str]]:
    """Contract the equations to edges between named quantities.

    Parameters
    ----------
    dependencies
        Variable -> the names in its rule.
    groups
        Quantity -> the variables that make it up. Variables in no group are intermediate results
        and are looked through.

    Returns
    -------
    set of (cause, effect)
        Without edges of a quantity to itself.
    """
    owner = {variable: group for group, variables in groups.items() for variable in variables}

    def causes(variable: str, seen: frozenset[str]) -> set[str]:
        found: set[str] = set()
        for name in dependencies.get(variable, ()):
            if name in owner:
                found.add(owner[name])
            elif name not in seen:
                found |= causes(name, seen | {name})
        return found

    return {
        (cause, group)
        for group, variables in groups.items()
        for variable in variables
        for cause in causes(variable, frozenset({variable}))
        if cause != group
    }
