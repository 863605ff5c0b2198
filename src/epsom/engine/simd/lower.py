"""From the graph of a model to terms that run fast: products gathered, powers taken apart.

The rewriting changes rounding, never meaning: a product's factors that depend on parameters alone
become one number per member; divisors are multiplied before one reciprocal is taken; exponentials and
powers that are multiplied become one exponential of a sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from epsom.engine.graph import Graph
from epsom.engine.ops import LEAVES, Op
from epsom.engine.simd.terms import Terms

_PRODUCTS = frozenset({Op.MUL, Op.DIV, Op.NEG})
_LARGEST_UNROLLED_POWER = 16
_LIBM = {
    Op.SIN: "sin", Op.COS: "cos", Op.TAN: "tan", Op.ASIN: "asin", Op.ACOS: "acos", Op.ATAN: "atan",
    Op.SINH: "sinh", Op.COSH: "cosh", Op.TANH: "tanh", Op.ASINH: "asinh", Op.ACOSH: "acosh",
    Op.ATANH: "atanh",
}  # fmt: skip
_LIBRARY = {Op.EXP: "exp", Op.LOG: "log", Op.POW: "pow"}
_PLAIN = {
    Op.ADD: "add", Op.SUB: "sub", Op.MUL: "mul", Op.DIV: "div", Op.NEG: "neg", Op.MIN: "min",
    Op.MAX: "max", Op.EXP: "exp", Op.LOG: "log", Op.SQRT: "sqrt", Op.ABS: "abs", Op.FLOOR: "floor",
    Op.CEIL: "ceil", Op.LT: "lt", Op.LE: "le", Op.EQ: "eq", Op.NE: "ne", Op.AND: "and", Op.OR: "or",
    Op.NOT: "not", Op.SELECT: "select",
}  # fmt: skip


@dataclass
class _Product:
    """Gather the factors of a product: upper and lower ones, and arguments of exponentials."""

    upper: list[int] = field(default_factory=list)
    lower: list[int] = field(default_factory=list)
    negative: bool = False


class Lowering:
    """Rewrite the nodes that a set of outputs needs.

    Parameters
    ----------
    graph, terms
        Where nodes come from and where terms go.
    outputs
        Nodes that will be asked for; how often each node is used among them decides what may be
        merged with its only user.
    states, time
        Names of the work-space sections that hold states and time.
    library
        Take nothing apart, and leave exponentials, logarithms and powers to the C library.
    """

    def __init__(
        self, graph: Graph, terms: Terms, outputs: Sequence[int], *, states: str, time: str,
        library: bool = False,
    ) -> None:  # fmt: skip
        self._library = library
        self._graph = graph
        self._terms = terms
        self._leaves: Mapping[Op, Callable[[int], int]] = {
            Op.PARAMETER: lambda i: terms.term("parameter", label=str(i)),
            Op.DERIVED: lambda i: terms.term("derived", label=str(i)),
            Op.STATE: lambda i: terms.memory(states, i),
            Op.TIME: lambda i: terms.memory(time, 0),
        }
        order = graph.order(outputs)
        self._fixed = self._find_fixed(order)
        self._uses = Counter(outputs)
        users: dict[int, int] = {}
        for node in order:
            for a in graph.args[node]:
                self._uses[a] += 1
                users[a] = node
        self._merged = set() if library else {n for n in order if self._merges(n, users)}
        self._found: dict[int, int] = {}
        for node in order:
            if node not in self._merged:
                self._found[node] = self._lower(node)

    def __getitem__(self, node: int) -> int:
        return self._found[node]

    def _find_fixed(self, order: list[int]) -> set[int]:
        fixed: set[int] = set()
        for node in order:
            if self._graph.ops[node] not in (Op.STATE, Op.TIME) and all(
                a in fixed for a in self._graph.args[node]
            ):
                fixed.add(node)
        return fixed

    def _merges(self, node: int, users: Mapping[int, int]) -> bool:
        """Tell whether a node lives only inside one product, so that it is rewritten with it."""
        if node in self._fixed or self._uses[node] != 1 or node not in users:
            return False
        inside = self._graph.ops[users[node]] in _PRODUCTS
        return inside and self._graph.ops[node] in _PRODUCTS | {Op.EXP, Op.POW}

    def _lower(self, node: int) -> int:
        op = self._graph.ops[node]
        if op is Op.CONST:
            return self._terms.const(self._graph.values[node])
        if op in LEAVES:
            return self._leaves[op](int(self._graph.values[node]))
        if op in _PRODUCTS and node not in self._fixed and not self._library:
            return self._product(node)
        return self._plain(node)

    def _plain(self, node: int) -> int:
        op = self._graph.ops[node]
        args = [self._found[a] for a in self._graph.args[node]]
        if self._library and op in _LIBRARY:
            return self._terms.term("libm", *args, label=_LIBRARY[op])
        if op is Op.POW:
            return self._power(*args)
        if op is Op.LOG:
            return self._log(*args)
        if op in _LIBM:
            return self._terms.term("libm", *args, label=_LIBM[op])
        return self._terms.term(_PLAIN[op], *args)

    # powers

    def _power(self, base: int, exponent: int) -> int:
        simple = self._simple_power(base, exponent)
        if simple is not None:
            return simple
        argument, sign = self._exponential_form(base, exponent)
        return self._signed(self._terms.term("exp", argument), sign)

    def _signed(self, magnitude: int, sign: tuple[int, int] | None) -> int:
        """Return a power: its magnitude, times a factor where its base is negative."""
        t = self._terms
        if sign is None:
            return magnitude
        if t.uniform[sign[0]] and t.uniform[sign[1]]:
            return t.mul(t.term("signed", t.const(1.0), *sign), magnitude)
        return t.term("signed", magnitude, *sign)

    def _simple_power(self, base: int, exponent: int) -> int | None:
        """Return a power with a small whole or half exponent from products and roots, else None."""
        t = self._terms
        value = t.value(exponent)
        if value is None or abs(value) > _LARGEST_UNROLLED_POWER or not (2 * value).is_integer():
            return None
        whole = int(abs(value))
        result = self._whole_power(base, whole)
        if abs(value) != whole:
            result = t.mul(result, t.term("sqrt", base))
        return result if value > 0 else t.reciprocal(result)

    def _whole_power(self, base: int, exponent: int) -> int:
        result, square = self._terms.const(1.0), base
        while exponent:
            if exponent & 1:
                result = self._terms.mul(result, square)
            exponent >>= 1
            if exponent:
                square = self._terms.mul(square, square)
        return result

    def _exponential_form(self, base: int, exponent: int) -> tuple[int, tuple[int, int] | None]:
        """Return the argument of exp that gives |base|^exponent, and (base, factor where it is negative)."""
        t = self._terms
        argument = t.mul(exponent, self._log_magnitude(base))
        signs = self._sign_carriers(base)
        if not signs:
            return argument, None
        return argument, (t.product(signs), t.term("parity", exponent))

    def _log_magnitude(self, base: int) -> int:
        """Return log |base|, taken apart where that saves work: log exp(a) = a, log p x = log p + log x."""
        t = self._terms
        kind, args = t.kinds[base], t.args[base]
        if t.uniform[base]:
            return t.term("log_magnitude", base)
        if kind == "exp":
            return args[0]
        if kind == "neg":
            return self._log_magnitude(args[0])
        if kind == "reciprocal":
            return t.neg(self._log_magnitude(args[0]))
        if kind == "mul" and any(t.uniform[a] or t.kinds[a] in ("exp", "reciprocal") for a in args):
            return t.add(self._log_magnitude(args[0]), self._log_magnitude(args[1]))
        return t.term("log_magnitude", base)

    def _sign_carriers(self, base: int) -> list[int]:
        """Return factors whose product has the sign of ``base``: exponentials are left out."""
        t = self._terms
        kind, args = t.kinds[base], t.args[base]
        value = t.value(base)
        if kind == "exp" or (value is not None and value >= 0.0):
            return []
        if kind == "reciprocal":
            return self._sign_carriers(args[0])
        if kind == "mul":
            parts = [self._sign_carriers(a) for a in args]
            if any(not part for part in parts):
                return parts[0] + parts[1]
        return [base]

    def _log(self, base: int) -> int:
        """Return log(base), where log p exp(a) is log p + a."""
        t = self._terms
        kind, args = t.kinds[base], t.args[base]
        if kind == "exp" and not t.uniform[base]:
            return args[0]
        if kind == "mul":
            for one, other in (args, args[::-1]):
                if t.uniform[one] and t.kinds[other] == "exp":
                    return t.add(t.term("log", one), t.args[other][0])
        return t.term("log", base)

    # products

    def _product(self, node: int) -> int:
        product = _Product()
        waiting = [(node, True)]
        while waiting:
            current, above = waiting.pop()
            op, args = self._graph.ops[current], self._graph.args[current]
            if current != node and (current not in self._merged or op not in _PRODUCTS):
                (product.upper if above else product.lower).append(current)
            elif op is Op.NEG:
                product.negative = not product.negative
                waiting.append((args[0], above))
            else:
                waiting.append((args[1], above if op is Op.MUL else not above))
                waiting.append((args[0], above))
        return self._assemble(product)

    def _assemble(self, product: _Product) -> int:
        t = self._terms
        arguments: list[int] = []
        signs: list[tuple[int, int]] = []
        upper = self._moving(product.upper, arguments, signs, negate=False)
        lower = self._moving(product.lower, arguments, signs, negate=True)
        factors = [self._coefficient(product)]
        factors += [self._found[n] for n in upper]
        if arguments:
            total = arguments[0]
            for a in arguments[1:]:
                total = t.add(total, a)
            factors.append(t.term("exp", total))
        factors += self._divisors(lower)
        result = t.product(factors)
        for sign in signs:
            result = self._signed(result, sign)
        return result

    def _coefficient(self, product: _Product) -> int:
        t = self._terms
        up = t.product(sorted(self._found[n] for n in product.upper if n in self._fixed))
        low = sorted(self._found[n] for n in product.lower if n in self._fixed)
        if low:
            up = t.div(up, t.product(low))
        return t.neg(up) if product.negative else up

    def _moving(
        self, nodes: Sequence[int], arguments: list[int], signs: list[tuple[int, int]], *, negate: bool
    ) -> list[int]:
        """Return the changing factors that are not merged exponentials; collect those apart."""
        left = []
        for node in nodes:
            if node in self._fixed:
                continue
            if node not in self._merged:
                left.append(node)
                continue
            form = self._merged_exponential(node, signs)
            if form is None:
                self._found[node] = self._plain(node)
                left.append(node)
            else:
                arguments.append(self._terms.neg(form) if negate else form)
        return left

    def _merged_exponential(self, node: int, signs: list[tuple[int, int]]) -> int | None:
        args = [self._found[a] for a in self._graph.args[node]]
        if self._graph.ops[node] is Op.EXP:
            return args[0]
        if self._simple_power(*args) is not None:
            return None
        argument, sign = self._exponential_form(*args)
        if sign is not None:
            signs.append(sign)
        return argument

    def _divisors(self, nodes: Sequence[int]) -> list[int]:
        """Return reciprocals: one for all divisors used here alone, one for each that others share."""
        t = self._terms
        own = [self._found[n] for n in nodes if self._uses[n] == 1]
        shared = [self._found[n] for n in nodes if self._uses[n] != 1]
        return [t.reciprocal(d) for d in ([t.product(own)] if own else []) + shared]
