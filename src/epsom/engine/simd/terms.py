"""The expressions that machine code is written from: like the graph, but with the processor's operations."""

from __future__ import annotations

from collections.abc import Iterable

Key = tuple[str, tuple[int, ...], str]

# Operations that take long enough to be started early, so that independent ones overlap.
SLOW = frozenset({"exp", "log", "log_magnitude", "reciprocal", "div", "sqrt", "parity", "libm"})
# Leaves that have one value per member between switches.
CONSTANT_LEAVES = frozenset({"const", "parameter", "derived"})
LEAVES = CONSTANT_LEAVES | {"memory", "hoisted"}


class Terms:
    """Hold terms as numbered nodes, each once; a term's arguments have smaller numbers.

    Attributes
    ----------
    kinds, args, labels
        Operation, arguments, and for leaves which one: a constant's value in hexadecimal, an index,
        or ``section:index`` for a vector in memory.
    uniform
        Whether the term depends on constants and a member's parameters alone.
    depths
        Longest chain of slow operations below and including the term.
    """

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.args: list[tuple[int, ...]] = []
        self.labels: list[str] = []
        self.uniform: list[bool] = []
        self.depths: list[int] = []
        self._known: dict[Key, int] = {}

    def term(self, kind: str, *args: int, label: str = "") -> int:
        """Return the term of an operation."""
        key = (kind, args, label)
        found = self._known.get(key)
        if found is not None:
            return found
        self.kinds.append(kind)
        self.args.append(args)
        self.labels.append(label)
        self.uniform.append(all(self.uniform[a] for a in args) if args else kind in CONSTANT_LEAVES)
        self.depths.append(max((self.depths[a] for a in args), default=0) + (kind in SLOW))
        self._known[key] = len(self.kinds) - 1
        return len(self.kinds) - 1

    def const(self, value: float) -> int:
        """Return a constant."""
        return self.term("const", label=float(value).hex())

    def value(self, term: int) -> float | None:
        """Return the value of a constant, or None."""
        return float.fromhex(self.labels[term]) if self.kinds[term] == "const" else None

    def memory(self, section: str, index: int) -> int:
        """Return the vector ``index`` of a section of the work space."""
        return self.term("memory", label=f"{section}:{index}")

    def add(self, a: int, b: int) -> int:
        """Return a + b."""
        return self._commuting("add", a, b)

    def mul(self, a: int, b: int) -> int:
        """Return a b, or the other factor where one is 1 or -1."""
        left, right = self.value(a), self.value(b)
        if left is not None and right is not None:
            return self.const(left * right)
        for factor, other in ((a, b), (b, a)):
            if self.value(factor) == 1.0:
                return other
            if self.value(factor) == -1.0:
                return self.neg(other)
        return self._commuting("mul", a, b)

    def _commuting(self, kind: str, a: int, b: int) -> int:
        return self.term(kind, min(a, b), max(a, b))

    def sub(self, a: int, b: int) -> int:
        """Return a - b."""
        return self.term("sub", a, b)

    def neg(self, a: int) -> int:
        """Return -a."""
        if self.kinds[a] == "neg":
            return self.args[a][0]
        value = self.value(a)
        return self.term("neg", a) if value is None else self.const(-value)

    def div(self, a: int, b: int) -> int:
        """Return a / b."""
        return a if self.value(b) == 1.0 else self.term("div", a, b)

    def reciprocal(self, a: int) -> int:
        """Return 1/a."""
        if self.uniform[a]:
            return self.div(self.const(1.0), a)
        return self.term("reciprocal", a)

    def product(self, factors: Iterable[int]) -> int:
        """Multiply terms in the order given; 1 when there are none."""
        total = self.const(1.0)
        for factor in factors:
            total = self.mul(total, factor)
        return total

    def order(self, outputs: Iterable[int]) -> list[int]:
        """List the terms that ``outputs`` need in the order in which to compute them.

        Slow operations come as early as their arguments allow, those with the shortest chains first,
        so that the processor works on several at a time; all else comes when it is needed.
        """
        wanted = list(outputs)
        needed: set[int] = set()
        waiting = list(wanted)
        while waiting:
            term = waiting.pop()
            if term not in needed:
                needed.add(term)
                waiting.extend(self.args[term])
        slow = [t for t in sorted(needed) if self.kinds[t] in SLOW]
        slow.sort(key=lambda t: self.depths[t])
        placed: dict[int, None] = {}
        for root in [*slow, *wanted]:
            self._place(root, placed)
        return list(placed)

    def _place(self, root: int, placed: dict[int, None]) -> None:
        waiting = [root]
        while waiting:
            term = waiting[-1]
            missing = [a for a in reversed(self.args[term]) if a not in placed]
            if missing:
                waiting.extend(missing)
            else:
                placed[term] = None
                waiting.pop()
