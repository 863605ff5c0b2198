"""Evaluate nodes over arrays of members, one operation after another: the path to trust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.graph import Graph
from epsom.engine.numeric import FUNCTIONS
from epsom.engine.ops import Op


def evaluate(
    graph: Graph,
    outputs: Sequence[int],
    *,
    parameters: FloatArray,
    derived: FloatArray | None = None,
    states: FloatArray | None = None,
    time: FloatArray | float = 0.0,
    order: Sequence[int] | None = None,
    found: dict[int, Any] | None = None,
) -> FloatArray:
    """Compute nodes for all members at once, in IEEE 754 arithmetic.

    Parameters
    ----------
    outputs
        Nodes wanted.
    parameters, derived, states
        Leaf values (n_members, number of leaves of the kind).
    time
        Time of each member (n_members,), or one for all.
    order
        What ``graph.order(outputs)`` returns, where it is known from before.
    found
        Values of nodes for the same members, from an earlier call; those of this call are added.

    Returns
    -------
    FloatArray
        Values (n_members, n_outputs).

    Examples
    --------
    >>> g = Graph()
    >>> evaluate(g, [g.mul(g.parameter(0), g.time())], parameters=np.array([[2.0], [3.0]]), time=5.0).tolist()
    [[10.0], [15.0]]
    """
    n = parameters.shape[0]
    tables = {Op.PARAMETER: parameters, Op.DERIVED: derived, Op.STATE: states}
    found = {} if found is None else found
    with np.errstate(all="ignore"):
        for node in graph.order(outputs, found) if order is None else order:
            op = graph.ops[node]
            if op is Op.CONST:
                found[node] = np.float64(graph.values[node])
            elif op is Op.TIME:
                found[node] = np.asarray(time, dtype=np.float64)
            elif op in tables:
                table = tables[op]
                if table is None:
                    raise ValueError(f"{op.name} values are needed and were not given")
                found[node] = table[:, int(graph.values[node])]
            else:
                found[node] = FUNCTIONS[op](*(found[a] for a in graph.args[node]))
    result = np.empty((n, len(outputs)))
    for column, node in enumerate(outputs):
        result[:, column] = found[node]
    return result
