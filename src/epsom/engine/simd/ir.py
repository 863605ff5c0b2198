"""Write LLVM intermediate representation as text: modules, functions, loops and branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from epsom.engine.simd.library import bridge, table
from epsom.engine.simd.target import Target
from epsom.engine.simd.vectors import Numbers

# Bytes of the widest vector of any processor: work space begins at a multiple of them.
WIDEST = 64


class Module:
    """Collect functions and what they declare.

    Attributes
    ----------
    real, wide
        What states are computed in, and what time is kept in: always doubles.
    vector, integers, mask
        Types of a vector of reals, of 64-bit integers and of truths, one per lane.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.lanes = target.lanes
        self.wide = Numbers("double", self.lanes)
        self.real = Numbers("float", self.lanes) if target.single else self.wide
        self.vector = self.real.vector
        self.integers = self.wide.integers
        self.mask = f"<{self.lanes} x i1>"
        self._functions: list[str] = []
        self._declared: dict[str, str] = {}
        self._globals: list[str] = []
        self._bridges: dict[str, str] = {}

    def declare(self, name: str, signature: str) -> None:
        """Declare an outside function once; ``signature`` is like ``double (double)``.

        One that is not LLVM's is the C library's.
        """
        if not name.startswith("llvm."):
            self._bridges[name] = bridge(name, signature.count("double") - 1)
            return
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
        width = self.real.size * 8
        attributes = (
            f'attributes #0 = {{ nounwind "prefer-vector-width"="{width}" '
            f'"min-legal-vector-width"="{width}" }}'
        )
        head = [f'target datalayout = "{self.target.layout}"', f'target triple = "{self.target.triple}"']
        if self._bridges:
            head.append(table())
        parts = (*self._globals, *self._declared.values(), *self._bridges.values(), *self._functions)
        return "\n".join([*head, *parts, attributes, ""])


class Function:
    """Write one function, instruction by instruction.

    Parameters
    ----------
    arguments
        Types and names, such as ``("ptr noalias", "y")``; used as ``%y`` inside.
    kind
        What vectors hold until `numbers` says otherwise; the module's reals when None.

    Attributes
    ----------
    contract
        What allows sums to be fused with products; empty where each is to be rounded by itself.
    """

    def __init__(
        self, module: Module, name: str, arguments: Sequence[tuple[str, str]], result: str = "void",
        *, exported: bool = False, kind: Numbers | None = None,
    ) -> None:  # fmt: skip
        self.module = module
        self.kind = kind or module.real
        self.name = name
        self.contract = "contract "
        received = [module.receive(kind, word) for kind, word in arguments]
        listed = ", ".join(declared for declared, _ in received)
        linkage = "" if exported else "internal "
        self._lines = [f"define {linkage}{result} @{name}({listed}) #0 {{", "entry:"]
        self._lines += [line for _, lines in received for line in lines]
        self._count = 0
        self._block = "entry"

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

    # what vectors hold

    @contextmanager
    def numbers(self, kind: Numbers) -> Iterator[None]:
        """Let vectors hold numbers of this kind in the body."""
        before, self.kind = self.kind, kind
        yield
        self.kind = before

    def widen(self, a: str) -> str:
        """Turn reals into doubles."""
        real, wide = self.module.real, self.module.wide
        return a if real == wide else self.let(f"fpext {real.vector} {a} to {wide.vector}")

    def narrow(self, a: str) -> str:
        """Round doubles to reals."""
        real, wide = self.module.real, self.module.wide
        return a if real == wide else self.let(f"fptrunc {wide.vector} {a} to {real.vector}")

    # constants and arithmetic on vectors

    def const(self, value: float) -> str:
        """Write a vector with the same number in all lanes."""
        return self.kind.splat(value)

    def vector(self, values: Sequence[float]) -> str:
        """Write a vector with a number for each lane."""
        return self.kind.constant(values)

    def integer(self, value: int) -> str:
        """Write a vector with the same integer, as wide as the numbers are, in all lanes."""
        return "<" + ", ".join([f"i{self.kind.bits} {value}"] * self.kind.lanes) + ">"

    def add(self, a: str, b: str) -> str:
        """Return a + b; may be fused with a product."""
        return self.let(f"fadd {self.contract}{self.kind.vector} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        """Return a - b; may be fused with a product."""
        return self.let(f"fsub {self.contract}{self.kind.vector} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        """Return a b; may be fused with a sum."""
        return self.let(f"fmul {self.contract}{self.kind.vector} {a}, {b}")

    def exact_add(self, a: str, b: str) -> str:
        """Return a + b, rounded once."""
        return self.let(f"fadd {self.kind.vector} {a}, {b}")

    def exact_sub(self, a: str, b: str) -> str:
        """Return a - b, rounded once."""
        return self.let(f"fsub {self.kind.vector} {a}, {b}")

    def neg(self, a: str) -> str:
        """Return -a."""
        return self.let(f"fneg {self.kind.vector} {a}")

    def fma(self, a: str, b: str, c: str) -> str:
        """Return a b + c, rounded once where the processor can."""
        return self.intrinsic("fma" if self._fused() else "fmuladd", a, b, c)

    def _fused(self) -> bool:
        features = self.module.target.features
        return "+fma" in features or not self.module.target.triple.startswith("x86_64")

    def intrinsic(self, name: str, *arguments: str) -> str:
        """Call an LLVM intrinsic whose arguments and result are vectors."""
        kind = self.kind.vector
        full = f"llvm.{name}.v{self.kind.lanes}f{self.kind.bits}"
        self.module.declare(full, f"{kind} ({', '.join([kind] * len(arguments))})")
        return self.let(f"call {kind} @{full}({', '.join(f'{kind} {a}' for a in arguments)})")

    def compare(self, how: str, a: str, b: str) -> str:
        """Return the mask of a comparison such as ``olt``."""
        return self.let(f"fcmp {how} {self.kind.vector} {a}, {b}")

    def select(self, mask: str, yes: str, no: str) -> str:
        """Return ``yes`` in lanes where the mask holds and ``no`` elsewhere."""
        kind = self.kind.vector
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
        """Reinterpret numbers as integers of the same width."""
        return self.let(f"bitcast {self.kind.vector} {a} to {self.kind.integers}")

    def as_numbers(self, a: str) -> str:
        """Reinterpret integers as numbers of the same width."""
        return self.let(f"bitcast {self.kind.integers} {a} to {self.kind.vector}")

    def integer_op(self, op: str, a: str, b: str) -> str:
        """Return an integer operation such as ``add`` or ``lshr`` lane by lane."""
        return self.let(f"{op} {self.kind.integers} {a}, {b}")

    # memory: offsets count vectors of reals

    def at(self, base: str, offset: int | str) -> str:
        """Return the address ``offset`` vectors after ``base``."""
        if offset == 0:
            return base
        return self.let(f"getelementptr inbounds {self.module.real.vector}, ptr {base}, i64 {offset}")

    def load(self, base: str, offset: int | str = 0) -> str:
        """Load a vector."""
        place = self.at(base, offset)
        return self.let(f"load {self.kind.vector}, ptr {place}, align {self.alignment}")

    def store(self, value: str, base: str, offset: int | str = 0) -> None:
        """Store a vector."""
        place = self.at(base, offset)
        self.do(f"store {self.kind.vector} {value}, ptr {place}, align {self.alignment}")

    @property
    def alignment(self) -> int:
        """Return the alignment of vectors in bytes."""
        return min(self.kind.size, WIDEST)

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

    def get_real(self, base: str, index: int | str) -> str:
        """Load the real ``index`` after ``base`` as a double."""
        real = self.module.real.name
        place = self.let(f"getelementptr inbounds {real}, ptr {base}, i64 {index}")
        value = self.let(f"load {real}, ptr {place}, align {self.module.real.bytes}")
        return value if real == "double" else self.let(f"fpext float {value} to double")

    def put_real(self, value: str, base: str, index: int | str) -> None:
        """Store a double as the real ``index`` after ``base``."""
        real = self.module.real.name
        place = self.let(f"getelementptr inbounds {real}, ptr {base}, i64 {index}")
        if real != "double":
            value = self.let(f"fptrunc double {value} to float")
        self.do(f"store {real} {value}, ptr {place}, align {self.module.real.bytes}")

    def whole(self, op: str, a: int | str, b: int | str) -> str:
        """Return an operation on two 64-bit integers."""
        return self.let(f"{op} i64 {a}, {b}")

    def load_integers(self, base: str, offset: int) -> str:
        """Load a vector of 64-bit integers."""
        aligned = min(self.module.wide.size, WIDEST)
        return self.let(f"load {self.module.integers}, ptr {self.at(base, offset)}, align {aligned}")

    def store_integers(self, value: str, base: str, offset: int) -> None:
        """Store a vector of 64-bit integers."""
        aligned = min(self.module.wide.size, WIDEST)
        self.do(f"store {self.module.integers} {value}, ptr {self.at(base, offset)}, align {aligned}")

    def nonzero(self, integers: str) -> str:
        """Return the mask of 64-bit integers that are not zero."""
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
