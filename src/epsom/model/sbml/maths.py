"""From libSBML's formula trees to nodes: without recursion, without text, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import libsbml

from epsom.base.errors import EpsomError, problem
from epsom.engine.graph import Graph
from epsom.model.sbml.extract import unsupported
from epsom.model.sbml.limits import MOST_STEPS_IN_FUNCTIONS, too_large
from epsom.model.sbml.operators import CONSTANTS, OPERATORS, ArgumentsError
from epsom.model.sbml.parts import Tree

Lookup = Callable[[str], "int | None"]
_NUMBERS = frozenset({libsbml.AST_REAL, libsbml.AST_REAL_E, libsbml.AST_RATIONAL})
# What a rate is taken of is a name, not a value to compute.
_CHILDLESS = _NUMBERS | {libsbml.AST_INTEGER, libsbml.AST_NAME, libsbml.AST_FUNCTION_RATE_OF}
# What stands under these is no value at the same moment, so it makes no circle.
_OTHER_MOMENTS = frozenset({libsbml.AST_FUNCTION_RATE_OF, libsbml.AST_FUNCTION_DELAY})


@dataclass
class _Frame:
    """Hold one tree node under way: its children still to do and the nodes already made."""

    tree: Tree
    kind: int
    children: list[Tree]
    bound: Mapping[str, int]
    done: list[int] = field(default_factory=list)
    called: str = ""  # name of the user function whose body this frame waits for
    key: tuple[Any, ...] = ()


class Maths:
    """Convert the formulas of one model; functions are put in place of their calls."""

    def __init__(self, graph: Graph, functions: Mapping[str, Tree], source: str) -> None:
        self._graph = graph
        self._functions = functions
        self._source = source
        self._steps = 0
        self._calls: dict[tuple[Any, ...], int] = {}

    def node(self, tree: Tree, lookup: Lookup, rate_of: Callable[[str], int], place: str = "") -> int:
        """Return the node of a formula.

        Parameters
        ----------
        lookup
            Node of an identifier, or None when the model has none of that name.
        rate_of
            Node of the time derivative of an identifier.
        place
            Where the formula stands, for error messages.

        Raises
        ------
        EpsomError
            ``E-SBML-SYMBOL``, ``E-SBML-UNSUPPORTED``, ``E-SBML-INVALID``, ``E-SBML-CYCLE`` or
            ``E-SBML-TOO-LARGE``.
        """
        self._calls.clear()
        stack = [self._open(tree, {})]
        running: set[str] = set()
        while True:
            frame = stack[-1]
            if len(frame.done) < len(frame.children):
                child = frame.children[len(frame.done)]
                stack.append(self._open(child, frame.bound, inside=bool(running)))
                continue
            if frame.kind == libsbml.AST_FUNCTION and not frame.called:
                known = self._enter(frame, running, place)
                if known is None:
                    continue
                made = known
            elif frame.called:
                made = self._calls[frame.key] = frame.done[-1]
                running.discard(frame.called)
            else:
                made = self._close(frame, lookup, rate_of, place)
            stack.pop()
            if not stack:
                return made
            stack[-1].done.append(made)

    def _open(self, tree: Tree, bound: Mapping[str, int], *, inside: bool = False) -> _Frame:
        # The text bounds what stands in it; only calls of functions can multiply beyond that.
        self._steps += inside
        if self._steps > MOST_STEPS_IN_FUNCTIONS:
            raise too_large(self._source, "functions", self._steps, MOST_STEPS_IN_FUNCTIONS)
        kind = tree.getType()
        if kind == libsbml.AST_FUNCTION_DELAY:
            raise unsupported(self._source, "delay")
        if kind in _CHILDLESS:
            return _Frame(tree, kind, [], bound)
        return _Frame(tree, kind, [tree.getChild(k) for k in range(tree.getNumChildren())], bound)

    def _enter(self, frame: _Frame, running: set[str], place: str) -> int | None:
        """Begin the body of a called function; return its node at once where it is known already."""
        name = frame.tree.getName()
        body = self._functions.get(name)
        if body is None or body.getType() != libsbml.AST_LAMBDA or not body.getNumChildren():
            if name in self._functions:
                return self._graph.const(float("nan"))  # a function without a formula has no value
            raise problem("E-SBML-SYMBOL", file=self._source, field=place, value=name)
        key = (name, *frame.done)
        if key in self._calls:
            return self._calls[key]
        if name in running:
            raise problem("E-SBML-CYCLE", file=self._source, field=place, value=name)
        names = [body.getChild(k).getName() for k in range(body.getNumChildren() - 1)]
        if len(names) != len(frame.done):
            raise self._invalid(place, f"{name}: {len(frame.done)} / {len(names)} arguments")
        running.add(name)
        frame.called, frame.key = name, key
        frame.bound = dict(zip(names, frame.done, strict=True))
        frame.children = [*frame.children, body.getChild(body.getNumChildren() - 1)]
        return None

    def _close(self, frame: _Frame, lookup: Lookup, rate_of: Callable[[str], int], place: str) -> int:
        kind, tree, graph = frame.kind, frame.tree, self._graph
        if kind == libsbml.AST_INTEGER:
            return graph.const(float(tree.getInteger()))
        if kind in _NUMBERS:
            return graph.const(tree.getReal())
        if kind in CONSTANTS:
            return graph.const(CONSTANTS[kind])
        if kind == libsbml.AST_NAME_TIME:
            return graph.time()
        if kind == libsbml.AST_NAME:
            return self._name(tree.getName(), frame.bound, lookup, place)
        if kind == libsbml.AST_FUNCTION_RATE_OF:
            return self._rate_of(tree, rate_of, place)
        if kind not in OPERATORS:
            raise unsupported(self._source, tree.getName() or f"MathML {kind}", place)
        try:
            return OPERATORS[kind](graph, frame.done)
        except (ArgumentsError, IndexError):
            raise self._invalid(place, f"{tree.getName()}: {len(frame.done)} arguments") from None

    def _name(self, name: str, bound: Mapping[str, int], lookup: Lookup, place: str) -> int:
        found = bound[name] if name in bound else lookup(name)
        if found is None:
            raise problem("E-SBML-SYMBOL", file=self._source, field=place, value=name)
        return found

    def _rate_of(self, tree: Tree, rate_of: Callable[[str], int], place: str) -> int:
        if tree.getNumChildren() != 1 or tree.getChild(0).getType() != libsbml.AST_NAME:
            raise self._invalid(place, "rateOf")
        return rate_of(tree.getChild(0).getName())

    def _invalid(self, place: str, reason: str) -> EpsomError:
        return problem("E-SBML-INVALID", file=self._source, field=place, details={"reason": reason})


def names_in(tree: Tree) -> set[str]:
    """Return the identifiers that a formula reads, without those whose rate it asks for."""
    found: set[str] = set()
    waiting = [tree]
    while waiting:
        current = waiting.pop()
        kind = current.getType()
        if kind == libsbml.AST_NAME:
            found.add(current.getName())
        elif kind not in _OTHER_MOMENTS and kind not in _CHILDLESS:
            waiting.extend(current.getChild(k) for k in range(current.getNumChildren()))
    return found
