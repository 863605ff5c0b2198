"""Write LLVM intermediate representation as text: modules, functions, loops and branches."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from epsom.engine.simd.target import Target

DOUBLE_BYTES = 8


def literal(value: float) -> str:
    """Write a double exactly."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Module:
    """Collect functions and what they declare.

    Attributes
    ----------
    vector, mask, integers
        Types of a vector of doubles, of truths and of 64-bit integers, one per lane.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.lanes = target.lanes
        self.vector = f"<{self.lanes} x double>"
        self.mask = f"<{self.lanes} x i1>"
        self.integers = f"<{self.lanes} x i64>"
        self._functions: list[str] = []
        self._declared: dict[str, str] = {}
        self._globals: list[str] = []

    def declare(self, name: str, signature: str) -> None:
        """Declare an outside function once; ``signature`` is like ``double (double)``."""
        result, _, rest = signature.partition(" (")
        self._declared[name] = f"declare {result} @{name}({rest}"

    def table(self, name: str, values: Sequence[int]) -> str:
        """Define a constant array of integers and return its name."""
        body = ", ".join(f"i64 {v}" for v in values)
        self._globals.append(f"@{name} = internal constant [{len(values)} x i64] [{body}]")
        return f"@{name}"

    def receive(self, kind: str, word: str) -> tuple[str, list[str]]:
        """Return how a function declares an argument, and instructions that make ``%word`` of it."""
        return f"{kind} %{word}", []

    def add(self, function: Function) -> None:
        """Add a finished function."""
        self._functions.append(function.text())

    def text(self) -> str:
        """Return the whole module."""
        width = self.lanes * 64
        attributes = (
            f'attributes #0 = {{ nounwind "prefer-vector-width"="{width}" '
            f'"min-legal-vector-width"="{width}" }}'
        )
        head = [f'target datalayout = "{self.target.layout}"', f'target triple = "{self.target.triple}"']
        return "\n".join([*head, *self._globals, *self._declared.values(), *self._functions, attributes, ""])


class Function:
    """Write one function, instruction by instruction.

    Parameters
    ----------
    arguments
        Types and names, such as ``("ptr noalias", "y")``; used as ``%y`` inside.
    """

    def __init__(
        self, module: Module, name: str, arguments: Sequence[tuple[str, str]], result: str = "void",
        *, exported: bool = False,
    ) -> None:  # fmt: skip
        self.module = module
        self.name = name
        received = [module.receive(kind, word) for kind, word in arguments]
        listed = ", ".join(declared for declared, _ in received)
        linkage = "" if exported else "internal "
        self._lines = [f"define {linkage}{result} @{name}({listed}) #0 {{", "entry:"]
        self._lines += [line for _, lines in received for line in lines]
        self._count = 0
        self._block = "entry"
        self._splats: dict[str, str] = {}

    # plain text

    def let(self, expression: str) -> str:
        """Append an instruction and return the name of its result."""
        self._count += 1
        name = f"%v{self._count}"
        self._lines.append(f"  {name} = {expression}")
        return name

    def do(self, instruction: str) -> None:
        """Append an instruction without a result."""
        self._lines.append(f"  {instruction}")

    def text(self) -> str:
        """Return the finished function."""
        return "\n".join([*self._lines, "}"])

    # constants and arithmetic on vectors

    def const(self, value: float) -> str:
        """Write a vector with the same double in all lanes."""
        key = literal(value)
        if key not in self._splats:
            self._splats[key] = "<" + ", ".join([f"double {key}"] * self.module.lanes) + ">"
        return self._splats[key]

    def vector(self, values: Sequence[float]) -> str:
        """Write a vector with a double for each lane."""
        return "<" + ", ".join(f"double {literal(v)}" for v in values) + ">"

    def integer(self, value: int) -> str:
        """Write a vector with the same 64-bit integer in all lanes."""
        return "<" + ", ".join([f"i64 {value}"] * self.module.lanes) + ">"

    def add(self, a: str, b: str) -> str:
        """Return a + b; may be fused with a product."""
        return self.let(f"fadd contract {self.module.vector} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        """Return a - b; may be fused with a product."""
        return self.let(f"fsub contract {self.module.vector} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        """Return a b; may be fused with a sum."""
        return self.let(f"fmul contract {self.module.vector} {a}, {b}")

    def exact_sub(self, a: str, b: str) -> str:
        """Return a - b, rounded once."""
        return self.let(f"fsub {self.module.vector} {a}, {b}")

    def neg(self, a: str) -> str:
        """Return -a."""
        return self.let(f"fneg {self.module.vector} {a}")

    def fma(self, a: str, b: str, c: str) -> str:
        """Return a b + c, rounded once where the processor can."""
        return self.intrinsic("fma" if self._fused() else "fmuladd", a, b, c)

    def _fused(self) -> bool:
        features = self.module.target.features
        return "+fma" in features or not self.module.target.triple.startswith("x86_64")

    def intrinsic(self, name: str, *arguments: str) -> str:
        """Call an LLVM intrinsic whose arguments and result are vectors of doubles."""
        kind = self.module.vector
        full = f"llvm.{name}.v{self.module.lanes}f64"
        self.module.declare(full, f"{kind} ({', '.join([kind] * len(arguments))})")
        return self.let(f"call {kind} @{full}({', '.join(f'{kind} {a}' for a in arguments)})")

    def compare(self, how: str, a: str, b: str) -> str:
        """Return the mask of a comparison such as ``olt``."""
        return self.let(f"fcmp {how} {self.module.vector} {a}, {b}")

    def select(self, mask: str, yes: str, no: str) -> str:
        """Return ``yes`` in lanes where the mask holds and ``no`` elsewhere."""
        kind = self.module.vector
        return self.let(f"select {self.module.mask} {mask}, {kind} {yes}, {kind} {no}")

    def all_true(self) -> str:
        """Write a mask that holds in all lanes."""
        return "<" + ", ".join(["i1 true"] * self.module.lanes) + ">"

    def any_true(self, mask: str) -> str:
        """Return whether a mask holds in at least one lane."""
        bits = self.let(f"bitcast {self.module.mask} {mask} to i{self.module.lanes}")
        return self.let(f"icmp ne i{self.module.lanes} {bits}, 0")

    def both(self, a: str, b: str) -> str:
        """Return the conjunction of two masks."""
        return self.let(f"and {self.module.mask} {a}, {b}")

    def as_integers(self, a: str) -> str:
        """Reinterpret doubles as 64-bit integers."""
        return self.let(f"bitcast {self.module.vector} {a} to {self.module.integers}")

    def as_doubles(self, a: str) -> str:
        """Reinterpret 64-bit integers as doubles."""
        return self.let(f"bitcast {self.module.integers} {a} to {self.module.vector}")

    def integer_op(self, op: str, a: str, b: str) -> str:
        """Return an integer operation such as ``add`` or ``lshr`` lane by lane."""
        return self.let(f"{op} {self.module.integers} {a}, {b}")

    # memory: offsets count vectors

    def at(self, base: str, offset: int | str) -> str:
        """Return the address ``offset`` vectors after ``base``."""
        if offset == 0:
            return base
        return self.let(f"getelementptr inbounds {self.module.vector}, ptr {base}, i64 {offset}")

    def load(self, base: str, offset: int | str = 0) -> str:
        """Load a vector."""
        place = self.at(base, offset)
        return self.let(f"load {self.module.vector}, ptr {place}, align {self.alignment}")

    def store(self, value: str, base: str, offset: int | str = 0) -> None:
        """Store a vector."""
        place = self.at(base, offset)
        self.do(f"store {self.module.vector} {value}, ptr {place}, align {self.alignment}")

    @property
    def alignment(self) -> int:
        """Return the alignment of vectors in bytes."""
        return self.module.lanes * DOUBLE_BYTES

    # memory: single numbers and integers of 8 bytes

    def word_at(self, base: str, index: int | str) -> str:
        """Return the address of the 8-byte word ``index`` after ``base``."""
        return self.let(f"getelementptr inbounds i64, ptr {base}, i64 {index}")

    def get(self, kind: str, base: str, index: int | str = 0) -> str:
        """Load one word as ``double``, ``i64`` or ``ptr``."""
        return self.let(f"load {kind}, ptr {self.word_at(base, index)}, align 8")

    def put(self, kind: str, value: int | str, base: str, index: int | str = 0) -> None:
        """Store one word."""
        self.do(f"store {kind} {value}, ptr {self.word_at(base, index)}, align 8")

    def whole(self, op: str, a: int | str, b: int | str) -> str:
        """Return an operation on two 64-bit integers."""
        return self.let(f"{op} i64 {a}, {b}")

    def load_integers(self, base: str, offset: int) -> str:
        """Load a vector of integers."""
        return self.let(f"load {self.module.integers}, ptr {self.at(base, offset)}, align {self.alignment}")

    def store_integers(self, value: str, base: str, offset: int) -> None:
        """Store a vector of integers."""
        self.do(f"store {self.module.integers} {value}, ptr {self.at(base, offset)}, align {self.alignment}")

    def nonzero(self, integers: str) -> str:
        """Return the mask of integers that are not zero."""
        return self.let(f"icmp ne {self.module.integers} {integers}, zeroinitializer")

    def scalar(self, op: str, a: str, b: str) -> str:
        """Return an operation on two doubles."""
        return self.let(f"{op} double {a}, {b}")

    def magnitude(self, a: str) -> str:
        """Return the absolute value of a double."""
        self.module.declare("llvm.fabs.f64", "double (double)")
        return self.let(f"call double @llvm.fabs.f64(double {a})")

    def call(self, name: str, *arguments: str) -> None:
        """Call a function of this module with pointers and 64-bit integers, such as ``ptr %x``."""
        self.do(f"call void @{name}({', '.join(arguments)})")

    # control

    def label(self, name: str) -> str:
        """Return a new block name."""
        self._count += 1
        return f"{name}{self._count}"

    def start(self, block: str) -> None:
        """Begin a block."""
        self._lines.append(f"{block}:")
        self._block = block

    def jump(self, block: str) -> None:
        """End the block by going to another."""
        self.do(f"br label %{block}")

    def branch(self, condition: str, yes: str, no: str) -> None:
        """End the block by going to one of two others."""
        self.do(f"br i1 {condition}, label %{yes}, label %{no}")

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """Run the body only where a scalar condition holds."""
        then, after = self.label("then"), self.label("after")
        self.branch(condition, then, after)
        self.start(then)
        yield
        self.jump(after)
        self.start(after)

    @contextmanager
    def repeat(self) -> Iterator[tuple[str, str]]:
        """Run the body again and again; it gets the names of its own block and of the one after."""
        body, after = self.label("again"), self.label("after")
        self.jump(body)
        self.start(body)
        yield body, after
        self.jump(body)
        self.start(after)

    @contextmanager
    def loop(self, count: int | str, first: int | str = 0) -> Iterator[str]:
        """Run the body for an index from ``first`` below ``count``; at least once."""
        before, body, after = self._block, self.label("loop"), self.label("done")
        self._count += 1
        index, following = f"%i{self._count}", f"%n{self._count}"
        self.jump(body)
        self._lines.append(f"{body}:")
        place = len(self._lines)
        self._lines.append("")
        self._block = body
        yield index
        self._lines[place] = f"  {index} = phi i64 [ {first}, %{before} ], [ {following}, %{self._block} ]"
        self.do(f"{following} = add i64 {index}, 1")
        again = self.let(f"icmp slt i64 {following}, {count}")
        self.branch(again, body, after)
        self.start(after)
