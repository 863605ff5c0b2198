"""An append-only expression graph: equal expressions share one node, named by a number."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence

from epsom.engine.numeric import apply
from epsom.engine.ops import COMMUTATIVE, LEAVES, TRUTHS, Op

_Key = tuple[int, ...]


class Graph:
    """Hold expressions as numbered nodes; a node's arguments always have smaller numbers.

    Attributes
    ----------
    ops
        Operation of each node.
    args
        Argument nodes of each node; empty for leaves.
    values
        Value of a constant; index of a parameter, derived value or state; 0 otherwise.

    Examples
    --------
    >>> g = Graph()
    >>> x = g.state(0)
    >>> g.add(x, g.const(0.0)) == x
    True
    """

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.args: list[tuple[int, ...]] = []
        self.values: list[float] = []
        self._known: dict[_Key, int] = {}
        self._constants: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.ops)

    @classmethod
    def of_nodes(cls, nodes: Iterable[tuple[Op, tuple[int, ...], float]]) -> Graph:
        """Rebuild a graph from its nodes in order: operation, arguments, value.

        Raises
        ------
        ValueError
            When a node uses one that comes after it.
        """
        graph = cls()
        for index, (op, args, value) in enumerate(nodes):
            if any(not 0 <= a < index for a in args):
                raise ValueError(f"node {index} uses a node that is not before it")
            graph._append(op, args, value)
            if op is Op.CONST:
                graph._constants[value.hex()] = index
            else:
                leaf = op in LEAVES
                graph._known[(int(op), -1 - int(value)) if leaf else (int(op), *args)] = index
        return graph

    # leaves

    def const(self, value: float) -> int:
        """Return the node of a constant."""
        value = float(value)
        key = value.hex()  # tells -0.0 from 0.0 and finds NaN again
        if key not in self._constants:
            self._constants[key] = self._append(Op.CONST, (), value)
        return self._constants[key]

    def parameter(self, index: int) -> int:
        """Return the node of parameter ``index``."""
        return self._leaf(Op.PARAMETER, index)

    def derived(self, index: int) -> int:
        """Return the node of derived value ``index``: computed once, at the start."""
        return self._leaf(Op.DERIVED, index)

    def state(self, index: int) -> int:
        """Return the node of state ``index``."""
        return self._leaf(Op.STATE, index)

    def time(self) -> int:
        """Return the node of time."""
        return self._leaf(Op.TIME, 0)

    def _leaf(self, op: Op, index: int) -> int:
        key = (int(op), -1 - index)
        if key not in self._known:
            self._known[key] = self._append(op, (), float(index))
        return self._known[key]

    def _append(self, op: Op, args: tuple[int, ...], value: float) -> int:
        self.ops.append(op)
        self.args.append(args)
        self.values.append(value)
        return len(self.ops) - 1

    # operations

    def node(self, op: Op, *args: int) -> int:
        """Return the node of an operation on other nodes, simplified where that is exact."""
        if all(self.ops[a] is Op.CONST for a in args):
            return self.const(float(apply(op, *(self.values[a] for a in args))))
        simpler = self._simplify(op, args)
        if simpler is not None:
            return simpler
        if op in COMMUTATIVE and args[0] > args[1]:
            args = (args[1], args[0])
        key = (int(op), *args)
        if key not in self._known:
            self._known[key] = self._append(op, args, 0.0)
        return self._known[key]

    def _simplify(self, op: Op, args: tuple[int, ...]) -> int | None:
        if op is Op.SELECT:
            return self._simplify_select(*args)
        if op is Op.NEG:
            return self.args[args[0]][0] if self.ops[args[0]] is Op.NEG else None
        if len(args) != 2:
            return None
        a, b = args
        left, right = self.constant(a), self.constant(b)
        if op is Op.ADD:
            return b if left == 0.0 else a if right == 0.0 else None
        if op is Op.SUB:
            return a if right == 0.0 else self.node(Op.NEG, b) if left == 0.0 else None
        if op is Op.MUL:
            return self._simplify_product(a, b, left, right)
        if right == 1.0 and op in (Op.DIV, Op.POW):
            return a
        if op in (Op.MIN, Op.MAX) and a == b:
            return a
        return self.const(1.0) if op is Op.POW and right == 0.0 else None

    def _simplify_product(self, a: int, b: int, left: float | None, right: float | None) -> int | None:
        # 0*x stays: x may be infinite or NaN, and hiding that would hide a fault.
        for factor, other in ((left, b), (right, a)):
            if factor == 1.0:
                return other
            if factor == -1.0:
                return self.node(Op.NEG, other)
        return None

    def _simplify_select(self, condition: int, yes: int, no: int) -> int | None:
        value = self.constant(condition)
        if value is not None:
            return yes if value != 0.0 else no
        return yes if yes == no else None

    def constant(self, node: int) -> float | None:
        """Return the value of a constant node, or None."""
        return self.values[node] if self.ops[node] is Op.CONST else None

    def is_truth(self, node: int) -> bool:
        """Tell whether a node can only be 0.0 or 1.0."""
        return self.ops[node] in TRUTHS or self.constant(node) in (0.0, 1.0)

    def add(self, a: int, b: int) -> int:
        """Return a + b."""
        return self.node(Op.ADD, a, b)

    def sub(self, a: int, b: int) -> int:
        """Return a - b."""
        return self.node(Op.SUB, a, b)

    def mul(self, a: int, b: int) -> int:
        """Return a b."""
        return self.node(Op.MUL, a, b)

    def div(self, a: int, b: int) -> int:
        """Return a / b."""
        return self.node(Op.DIV, a, b)

    def pow(self, a: int, b: int) -> int:
        """Return a to the power b."""
        return self.node(Op.POW, a, b)

    def neg(self, a: int) -> int:
        """Return -a."""
        return self.node(Op.NEG, a)

    def select(self, condition: int, yes: int, no: int) -> int:
        """Return ``yes`` where the condition holds and ``no`` elsewhere."""
        return self.node(Op.SELECT, condition, yes, no)

    def sum(self, terms: Iterable[int]) -> int:
        """Return the sum of nodes; zero when there are none."""
        total = self.const(0.0)
        for term in terms:
            total = self.add(total, term)
        return total

    # walks

    def order(self, outputs: Iterable[int], known: Container[int] = ()) -> list[int]:
        """List the nodes that ``outputs`` need, arguments before users; none that are ``known``."""
        seen: set[int] = set()
        waiting = list(outputs)
        while waiting:
            node = waiting.pop()
            if node not in seen and node not in known:
                seen.add(node)
                waiting.extend(self.args[node])
        return sorted(seen)

    def leaves(self, outputs: Iterable[int], op: Op) -> set[int]:
        """Return the indices of all leaves of one kind that ``outputs`` need."""
        return {int(self.values[n]) for n in self.order(outputs) if self.ops[n] is op}

    def substitute(self, outputs: Sequence[int], replacement: Mapping[int, int]) -> list[int]:
        """Return ``outputs`` with nodes replaced by other nodes, all at once."""
        new: dict[int, int] = {}
        for node in self.order(outputs):
            if node in replacement:
                new[node] = replacement[node]
            elif self.ops[node] in LEAVES:
                new[node] = node
            else:
                args = tuple(new[a] for a in self.args[node])
                new[node] = node if args == self.args[node] else self.node(self.ops[node], *args)
        return [new[node] for node in outputs]

    def is_integer(self, node: int) -> bool:
        """Tell whether a node is a constant whole number."""
        value = self.constant(node)
        return value is not None and math.isfinite(value) and value.is_integer()
