"""Evaluate nodes over arrays of members, one operation after another: the path to trust."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.graph import Graph
from epsom.engine.numeric import FUNCTIONS
from epsom.engine.ops import Op

_TABLES = (Op.PARAMETER, Op.DERIVED, Op.STATE)
# Members that go through all operations together, so that their numbers stay in the processor's cache.
_TOGETHER = 2048
# Node, function, nodes of its arguments.
_Step = tuple[int, Callable[..., Any], tuple[int, ...]]


class Sweep:
    """Compute nodes for all members at once, in IEEE 754 arithmetic; made once, used for any members.

    Parameters
    ----------
    outputs
        Nodes wanted.
    derived_nodes
        Nodes of the derived values, where these are to be computed on the way, each from earlier ones;
        without them they are given.

    Examples
    --------
    >>> g = Graph()
    >>> product = Sweep(g, [g.mul(g.parameter(0), g.time())])
    >>> product(parameters=np.array([[2.0], [3.0]]), time=5.0).tolist()
    [[10.0], [15.0]]
    """

    def __init__(self, graph: Graph, outputs: Sequence[int], derived_nodes: Sequence[int] = ()) -> None:
        self._constants: dict[int, FloatArray] = {}
        self._times: list[int] = []
        self._leaves: dict[Op, dict[int, int]] = {op: {} for op in _TABLES}  # node -> column
        steps: list[_Step] = []
        at: dict[int, int] = {}  # node -> the node that holds its value: for a derived value its formula
        for node in _in_turn(graph, [*derived_nodes, *outputs], at):
            op, value = graph.ops[node], graph.values[node]
            at[node] = node
            if op is Op.CONST:
                self._constants[node] = np.array([value])  # NumPy is slower with a number than with this
            elif op is Op.TIME:
                self._times.append(node)
            elif op is Op.DERIVED and derived_nodes:
                at[node] = at[derived_nodes[int(value)]]
            elif op in self._leaves:
                self._leaves[op][node] = int(value)
            else:
                steps.append((node, FUNCTIONS[op], tuple(at[a] for a in graph.args[node])))
        self._outputs = [at[node] for node in outputs]
        self._steps = _with_last_uses(steps, {*self._outputs, *self._constants})

    def __call__(
        self,
        *,
        parameters: FloatArray,
        derived: FloatArray | None = None,
        states: FloatArray | None = None,
        time: FloatArray | float = 0.0,
    ) -> FloatArray:
        """Compute the values (n_members, n_outputs).

        Parameters
        ----------
        parameters, derived, states
            Leaf values (n_members, number of leaves of the kind).
        time
            Time of each member (n_members,), or one for all.
        """
        n = parameters.shape[0]
        times = np.atleast_1d(np.asarray(time, dtype=np.float64))
        tables = {Op.PARAMETER: parameters, Op.DERIVED: derived, Op.STATE: states}
        result = np.empty((n, len(self._outputs)))
        with np.errstate(all="ignore"):
            for first in range(0, n, _TOGETHER):
                part = slice(first, first + _TOGETHER)
                now = times[part] if times.size == n else times
                values = self._values({op: None if t is None else t[part] for op, t in tables.items()}, now)
                for column, node in enumerate(self._outputs):
                    result[part, column] = values[node]
        return result

    def _values(self, tables: Mapping[Op, FloatArray | None], time: FloatArray) -> dict[int, Any]:
        values = dict(self._constants)
        values.update(dict.fromkeys(self._times, time))
        for op, columns in self._leaves.items():
            table = tables[op]
            if table is None and columns:
                raise ValueError(f"{op.name} values are needed and were not given")
            if table is not None and columns:
                values.update(zip(columns, np.ascontiguousarray(table.T[[*columns.values()]]), strict=True))
        for node, function, args, spent in self._steps:
            values[node] = function(*[values[a] for a in args])
            for past in spent:
                del values[past]
        return values


def _with_last_uses(
    steps: Sequence[_Step], kept: Collection[int]
) -> list[tuple[int, Callable[..., Any], tuple[int, ...], tuple[int, ...]]]:
    """Say for each step which values nothing needs any more after it: their memory serves the next steps."""
    seen = set(kept)
    found = []
    for node, function, args in reversed(steps):
        spent = tuple({a for a in args if a not in seen})
        seen.update(spent)
        found.append((node, function, args, spent))
    return found[::-1]


def _in_turn(graph: Graph, roots: Sequence[int], known: Mapping[int, int]) -> Iterator[int]:
    """List the nodes that roots need: all of the first root, then what the second one needs besides."""
    for root in roots:
        yield from graph.order([root], known)


def evaluate(
    graph: Graph,
    outputs: Sequence[int],
    *,
    parameters: FloatArray,
    derived: FloatArray | None = None,
    states: FloatArray | None = None,
    time: FloatArray | float = 0.0,
) -> FloatArray:
    """Compute nodes (n_members, n_outputs) once; see `Sweep`."""
    return Sweep(graph, outputs)(parameters=parameters, derived=derived, states=states, time=time)
