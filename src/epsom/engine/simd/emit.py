"""Write terms as vector instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from epsom.engine.simd import vector_math
from epsom.engine.simd.ir import Function
from epsom.engine.simd.layout import Layout
from epsom.engine.simd.terms import CONSTANT_LEAVES, Terms

_COMPARISONS = {"lt": "olt", "le": "ole", "eq": "oeq", "ne": "une"}
_TRUTHS = frozenset(_COMPARISONS) | {"and", "or", "not"}


# What time is kept in: expressions of time and parameters alone are computed in doubles.
_TIMES = frozenset({"time", "stage_time", "observe_time"})


@dataclass(frozen=True)
class Output:
    """Say where a term is stored: ``offset`` vectors of reals after the address in ``base``.

    ``wide`` outputs are stored as doubles.
    """

    term: int
    base: str
    offset: int
    wide: bool = False


class Hoisted:
    """Place the values that depend on a member's parameters alone, in the order of first use.

    They are computed once per member and switch instead of in every stage; as reals, and as doubles
    where those are something else and an expression of time needs them.

    Attributes
    ----------
    size
        Vectors of reals that they take.
    """

    def __init__(self) -> None:
        self.size = 0
        self._places: dict[tuple[int, bool], int] = {}

    def place(self, term: int, *, wide: bool) -> int:
        """Return the place of a term among the hoisted values."""
        found = self._places.get((term, wide))
        if found is None:
            found = self.size + self.size % 2 if wide else self.size
            self.size = found + (2 if wide else 1)
            self._places[term, wide] = found
        return found

    def items(self) -> list[tuple[int, bool, int]]:
        """List terms, whether they are wanted as doubles, and their places."""
        return [(term, wide, place) for (term, wide), place in self._places.items()]


class Emitter:
    """Write the terms of one function.

    In single precision, what depends on time and parameters alone is computed in doubles and rounded
    where it meets a state.

    Parameters
    ----------
    function, terms
        Where instructions go and where terms come from.
    layout
        Places of the sections of the work space.
    base
        Register with the address of the work space.
    hoisted
        Where values that depend on parameters alone are kept; None to compute them here.
    """

    def __init__(
        self, function: Function, terms: Terms, layout: Layout, base: str, hoisted: Hoisted | None = None
    ) -> None:
        self._f = function
        self._terms = terms
        self._layout = layout
        self._base = base
        self._hoisted = hoisted
        self._single = function.module.target.single
        self._wide: dict[int, bool] = {}
        self._values: dict[tuple[int, bool], str] = {}
        self._masks: dict[int, str] = {}

    def compute(self, outputs: Sequence[Output]) -> None:
        """Write all terms that ``outputs`` need, and store each output as soon as it is known."""
        places: dict[int, list[Output]] = {}
        for output in outputs:
            places.setdefault(output.term, []).append(output)
        for term in self._order([output.term for output in outputs]):
            self._write(term)
            self._store(places.pop(term, []))
        for rest in places.values():
            self._store(rest)

    def _store(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            value = self.value(output.term, wide=output.wide and self._single)
            with self._numbers(output.wide):
                self._f.store(value, output.base, output.offset)

    def _order(self, wanted: list[int]) -> list[int]:
        if self._hoisted is None:
            return self._terms.order(wanted)
        moving = [t for t in self._terms.order(wanted) if not self._terms.uniform[t]]
        return moving

    def _numbers(self, wide: bool) -> AbstractContextManager[None]:
        module = self._f.module
        return self._f.numbers(module.wide if wide else module.real)

    def _is_wide(self, term: int) -> bool:
        """Tell whether a term is computed in doubles although states are not."""
        if not self._single:
            return False
        found = self._wide.get(term)
        if found is None:
            args = self._terms.args[term]
            if args:
                found = all(self._is_wide(a) for a in args)
            else:
                section = self._terms.labels[term].partition(":")[0]
                found = self._terms.uniform[term] or section in _TIMES
            self._wide[term] = found
        return found

    def value(self, term: int, *, wide: bool) -> str:
        """Return the register or constant that holds a term's value, as doubles where ``wide``."""
        found = self._values.get((term, wide))
        if found is not None:
            return found
        constant = self._terms.value(term)
        with self._numbers(wide):
            if constant is not None:
                return self._f.const(constant)
            if term in self._masks:
                value = self._f.select(self._masks[term], self._f.const(1.0), self._f.const(0.0))
            elif self._hoisted is not None and self._terms.uniform[term]:
                place = self._hoisted.place(term, wide=wide)
                value = self._f.load(self._base, self._layout["hoisted"] + place)
            else:
                other = self._values[term, not wide]
                value = self._f.widen(other) if wide else self._f.narrow(other)
        self._values[term, wide] = value
        return value

    def _mask(self, term: int) -> str:
        """Return the mask of a term's truth."""
        found = self._masks.get(term)
        if found is None:
            wide = self._is_wide(term)
            with self._numbers(wide):
                found = self._f.compare("une", self.value(term, wide=wide), self._f.const(0.0))
            self._masks[term] = found
        return found

    def _write(self, term: int) -> None:
        kind, args = self._terms.kinds[term], self._terms.args[term]
        wide = self._is_wide(term)
        if kind == "const" or (term, wide) in self._values:
            return
        if kind in _TRUTHS:
            self._masks[term] = self._truth(kind, args)
            return
        with self._numbers(wide):
            if kind in CONSTANT_LEAVES or kind == "memory":
                value = self._leaf(term)
            elif kind == "select":
                yes, no = (self.value(a, wide=wide) for a in args[1:])
                value = self._f.select(self._mask(args[0]), yes, no)
            elif kind == "libm":
                value = _per_lane(self._f, self._terms.labels[term], [self.value(a, wide=wide) for a in args])
            else:
                value = _WRITERS[kind](self._f, *(self.value(a, wide=wide) for a in args))
        self._values[term, wide] = value

    def _leaf(self, term: int) -> str:
        kind, label = self._terms.kinds[term], self._terms.labels[term]
        section, _, index = label.partition(":") if kind == "memory" else (kind, "", label)
        return self._f.load(self._base, self._layout.place(section, int(index)))

    def _truth(self, kind: str, args: tuple[int, ...]) -> str:
        f = self._f
        if kind in _COMPARISONS:
            wide = all(self._is_wide(a) for a in args)
            left, right = (self.value(a, wide=wide) for a in args)
            with self._numbers(wide):
                return f.compare(_COMPARISONS[kind], left, right)
        if kind == "not":
            return f.let(f"xor {f.module.mask} {self._mask(args[0])}, {f.all_true()}")
        return f.let(f"{kind} {f.module.mask} {self._mask(args[0])}, {self._mask(args[1])}")


def _per_lane(f: Function, name: str, arguments: Sequence[str]) -> str:
    """Call the C library's function of doubles lane by lane."""
    f.module.declare(name, f"double ({', '.join(['double'] * len(arguments))})")
    kind, number = f.kind.vector, f.kind.name
    result = "undef"
    for lane in range(f.kind.lanes):
        values = [f.let(f"extractelement {kind} {x}, i32 {lane}") for x in arguments]
        if number != "double":
            values = [f.let(f"fpext {number} {value} to double") for value in values]
        value = f.let(f"call double @{name}({', '.join(f'double {value}' for value in values)})")
        if number != "double":
            value = f.let(f"fptrunc double {value} to {number}")
        result = f.let(f"insertelement {kind} {result}, {number} {value}, i32 {lane}")
    return result


def _least(f: Function, a: str, b: str) -> str:
    return f.select(f.compare("uno", a, a), a, f.select(f.compare("olt", a, b), a, b))


def _greatest(f: Function, a: str, b: str) -> str:
    return f.select(f.compare("uno", a, a), a, f.select(f.compare("ogt", a, b), a, b))


def _parity(f: Function, exponent: str) -> str:
    """Return 1 for an even whole number, -1 for an odd one, NaN for any other."""
    whole = f.compare("oeq", f.intrinsic("floor", exponent), exponent)
    half = f.mul(exponent, f.const(0.5))
    even = f.compare("oeq", f.intrinsic("floor", half), half)
    sign = f.select(even, f.const(1.0), f.const(-1.0))
    return f.select(whole, sign, f.const(float("nan")))


def _signed(f: Function, magnitude: str, base: str, sign: str) -> str:
    """Return a power: its magnitude, times ``sign`` where the base is below zero."""
    below = f.compare("olt", base, f.const(0.0))
    return f.select(below, f.mul(magnitude, sign), magnitude)


_WRITERS: Mapping[str, Callable[..., str]] = {
    "add": Function.add,
    "sub": Function.sub,
    "mul": Function.mul,
    "neg": Function.neg,
    "div": lambda f, a, b: f.let(f"fdiv {f.kind.vector} {a}, {b}"),
    "reciprocal": vector_math.reciprocal,
    "min": _least,
    "max": _greatest,
    "exp": vector_math.exp,
    "log": vector_math.log,
    "log_magnitude": vector_math.log_magnitude,
    "parity": _parity,
    "signed": _signed,
    "sqrt": lambda f, a: f.intrinsic("sqrt", a),
    "abs": lambda f, a: f.intrinsic("fabs", a),
    "floor": lambda f, a: f.intrinsic("floor", a),
    "ceil": lambda f, a: f.intrinsic("ceil", a),
}
