"""Rates of change of anything a formula may ask for: SBML's rateOf, and compartments that grow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from epsom.base.errors import problem
from epsom.engine.derivative import Derivatives
from epsom.engine.graph import Graph
from epsom.engine.ops import Op
from epsom.model.sbml.order import in_order

# Rates are known only when the whole model is; until then a leaf with an index from here stands for one.
_FIRST = 1_000_000_000


class PendingRates:
    """Hand out stand-ins for rates, and put the rates in their place once they are known."""

    def __init__(self, graph: Graph, source: str) -> None:
        self._graph = graph
        self._source = source
        self._names: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._names)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names whose rates were asked for."""
        return tuple(self._names)

    def stand_in(self, name: str) -> int:
        """Return the leaf that stands for the rate of ``name`` while the model runs."""
        return self._graph.derived(_FIRST + 2 * self._names.setdefault(name, len(self._names)))

    def at_start(self, name: str) -> int:
        """Return the leaf that stands for the rate of ``name`` at the start."""
        return self._graph.derived(_FIRST + 2 * self._names.setdefault(name, len(self._names)) + 1)

    def asked(self, nodes: Iterable[int]) -> list[str]:
        """Return the names whose rates ``nodes`` still stand in for."""
        found = self._graph.leaves(nodes, Op.DERIVED)
        names = list(self._names)
        return sorted({names[(k - _FIRST) // 2] for k in found if k >= _FIRST})

    def resolve(self, value: Callable[[str], int], rates: Sequence[int]) -> dict[int, int]:
        """Return stand-in -> node of the rate, free of stand-ins.

        Parameters
        ----------
        value
            Node of what a name means.
        rates
            Nodes of the states' time derivatives.

        Raises
        ------
        EpsomError
            ``E-SBML-CYCLE`` when a rate depends on itself; ``E-SBML-UNSUPPORTED`` when it needs the rate
            of a rate.
        """
        graph = self._graph

        def needs(name: str) -> list[str]:
            node = value(name)
            return self.asked([node, *(rates[j] for j in graph.leaves([node], Op.STATE))])

        known: dict[int, int] = {}
        for name in in_order(list(self._names), needs, self._source):
            (node,) = graph.substitute([value(name)], known)
            made = graph.substitute([total_derivative(graph, node, rates)], known)
            if self.asked(made):
                raise problem("E-SBML-UNSUPPORTED", file=self._source, field=name, value="rateOf")
            known[self.stand_in(name)] = made[0]
        return known

    def resolve_at_start(self, known: Mapping[int, int], initial: Sequence[int]) -> dict[int, int]:
        """Return stand-in at the start -> the resolved rate with the states' starting values put in."""
        begin = {self._graph.state(j): node for j, node in enumerate(initial)}
        return {
            self.at_start(name): self._graph.substitute([known[self.stand_in(name)]], begin)[0]
            for name in list(self._names)
        }


def total_derivative(graph: Graph, node: int, rates: Sequence[int]) -> int:
    """Return d node / dt along the path: explicit time, plus each state's slope times its rate."""
    terms = [Derivatives(graph, graph.time())(node)]
    for j in sorted(graph.leaves([node], Op.STATE)):
        slope = Derivatives(graph, graph.state(j)).nonzero(node)
        if slope is not None and graph.constant(rates[j]) != 0.0:
            terms.append(graph.mul(slope, rates[j]))
    return graph.sum(terms)
