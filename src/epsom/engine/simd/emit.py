"""Write terms as vector instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from epsom.engine.simd import vector_math
from epsom.engine.simd.ir import Function
from epsom.engine.simd.terms import CONSTANT_LEAVES, Terms

_COMPARISONS = {"lt": "olt", "le": "ole", "eq": "oeq", "ne": "une"}
_TRUTHS = frozenset(_COMPARISONS) | {"and", "or", "not"}


@dataclass(frozen=True)
class Output:
    """Say where a term is stored: ``offset`` vectors after the address in ``base``."""

    term: int
    base: str
    offset: int


class Hoisted:
    """Number the values that depend on a member's parameters alone, in the order of first use.

    They are computed once per member and switch instead of in every stage.
    """

    def __init__(self) -> None:
        self._slots: dict[int, int] = {}

    def slot(self, term: int) -> int:
        """Return the place of a term among the hoisted values."""
        return self._slots.setdefault(term, len(self._slots))

    def items(self) -> list[tuple[int, int]]:
        """List terms with their places."""
        return list(self._slots.items())

    def __len__(self) -> int:
        return len(self._slots)


class Emitter:
    """Write the terms of one function.

    Parameters
    ----------
    function, terms
        Where instructions go and where terms come from.
    sections
        First vector of each section of the work space.
    base
        Register with the address of the work space.
    hoisted
        Where values that depend on parameters alone are kept; None to compute them here.
    """

    def __init__(
        self, function: Function, terms: Terms, sections: Mapping[str, int], base: str,
        hoisted: Hoisted | None = None,
    ) -> None:  # fmt: skip
        self._f = function
        self._terms = terms
        self._sections = sections
        self._base = base
        self._hoisted = hoisted
        self._values: dict[int, str] = {}
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
            self._f.store(self.value(output.term), output.base, output.offset)

    def _order(self, wanted: list[int]) -> list[int]:
        if self._hoisted is None:
            return self._terms.order(wanted)
        moving = [t for t in self._terms.order(wanted) if not self._terms.uniform[t]]
        return moving

    def value(self, term: int) -> str:
        """Return the register or constant that holds a term's value."""
        found = self._values.get(term)
        if found is not None:
            return found
        constant = self._terms.value(term)
        if constant is not None:
            return self._f.const(constant)
        if term in self._masks:
            value = self._f.select(self._masks[term], self._f.const(1.0), self._f.const(0.0))
        elif self._hoisted is not None and self._terms.uniform[term]:
            value = self._f.load(self._base, self._sections["hoisted"] + self._hoisted.slot(term))
        else:
            raise KeyError(f"term {term} is used before it is computed")
        self._values[term] = value
        return value

    def _mask(self, term: int) -> str:
        """Return the mask of a term's truth."""
        found = self._masks.get(term)
        if found is None:
            found = self._f.compare("une", self.value(term), self._f.const(0.0))
            self._masks[term] = found
        return found

    def _write(self, term: int) -> None:
        kind, args = self._terms.kinds[term], self._terms.args[term]
        if kind == "const" or term in self._values:
            return
        if kind in CONSTANT_LEAVES or kind == "memory":
            self._values[term] = self._leaf(term)
        elif kind in _TRUTHS:
            self._masks[term] = self._truth(kind, args)
        elif kind == "select":
            yes, no = self.value(args[1]), self.value(args[2])
            self._values[term] = self._f.select(self._mask(args[0]), yes, no)
        elif kind == "libm":
            self._values[term] = _per_lane(self._f, self._terms.labels[term], self.value(args[0]))
        else:
            self._values[term] = _WRITERS[kind](self._f, *(self.value(a) for a in args))

    def _leaf(self, term: int) -> str:
        kind, label = self._terms.kinds[term], self._terms.labels[term]
        section, _, index = label.partition(":") if kind == "memory" else (kind, "", label)
        return self._f.load(self._base, self._sections[section] + int(index))

    def _truth(self, kind: str, args: tuple[int, ...]) -> str:
        f = self._f
        if kind in _COMPARISONS:
            return f.compare(_COMPARISONS[kind], self.value(args[0]), self.value(args[1]))
        if kind == "not":
            return f.let(f"xor {f.module.mask} {self._mask(args[0])}, {f.all_true()}")
        return f.let(f"{kind} {f.module.mask} {self._mask(args[0])}, {self._mask(args[1])}")


def _per_lane(f: Function, name: str, x: str) -> str:
    """Call the C library's function lane by lane."""
    f.module.declare(name, "double (double)")
    kind = f.module.vector
    result = "undef"
    for lane in range(f.module.lanes):
        one = f.let(f"extractelement {kind} {x}, i32 {lane}")
        value = f.let(f"call double @{name}(double {one})")
        result = f.let(f"insertelement {kind} {result}, double {value}, i32 {lane}")
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
    "div": lambda f, a, b: f.let(f"fdiv {f.module.vector} {a}, {b}"),
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
