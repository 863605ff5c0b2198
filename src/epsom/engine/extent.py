"""How much work a system makes before it is integrated: differentiating it, and eliminating its matrix.

Both can grow far faster than the formulas themselves: n states that all depend on their sum take n^2
derivatives and n^3/3 multiplications. Whoever takes models from strangers asks here first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from epsom.engine.graph import Graph
from epsom.engine.ops import LEAVES, Op
from epsom.engine.system import System


def derivative_work(graph: Graph, outputs: Sequence[int]) -> int:
    """Count the operations that outputs need, each once for every state that it depends on.

    Examples
    --------
    >>> g = Graph()
    >>> product = g.mul(g.state(0), g.state(1))
    >>> derivative_work(g, [g.node(Op.EXP, product)])
    4
    """
    walk = _states_of(graph, outputs)
    return sum(states.bit_count() for node, states in walk if graph.ops[node] not in LEAVES)


def _states_of(graph: Graph, outputs: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Return each node that outputs need with the states that it depends on, as the bits of a number."""
    order = graph.order(outputs)
    uses = Counter(a for node in order for a in graph.args[node])
    kept: dict[int, int] = {}
    for node in order:
        states = 1 << int(graph.values[node]) if graph.ops[node] is Op.STATE else 0
        for a in graph.args[node]:
            states |= kept[a]
            uses[a] -= 1
            if not uses[a]:  # numbers of thousands of bits are let go of as soon as they can be
                del kept[a]
        kept[node] = states
        yield node, states


def elimination_work(system: System, limit: int) -> int:
    """Count the multiplications that factorise the system's matrix, up to a little over ``limit``.

    The cheapest diagonal pivot goes first (Markowitz); a numerically careful order may take more.
    """
    wanted = set(system.rates)
    states_of = {node: states for node, states in _states_of(system.graph, system.rates) if node in wanted}
    rows = [states_of[rate] | 1 << i for i, rate in enumerate(system.rates)]
    columns = [0] * len(rows)
    for i, row in enumerate(rows):
        for j in _bits(row):
            columns[j] |= 1 << i
    left, work = set(range(len(rows))), 0
    while left and work <= limit:
        pivot = min(left, key=lambda k: (rows[k].bit_count() - 1) * (columns[k].bit_count() - 1))
        left.remove(pivot)
        others = ~(1 << pivot)
        row, column = rows[pivot] & others, columns[pivot] & others
        work += row.bit_count() * column.bit_count()
        for i in _bits(column):
            rows[i] = (rows[i] | row) & others
        for j in _bits(row):
            columns[j] = (columns[j] | column) & others
    return work


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
