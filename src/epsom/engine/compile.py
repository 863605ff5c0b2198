"""Turn nodes into straight-line Python functions, for the reference stepper.

Every identifier in the generated text is made here from numbers, and every number is written by
`float.__repr__`: no text of a model reaches the compiler.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.evaluate import Sweep
from epsom.engine.graph import Graph
from epsom.engine.ops import LEAVES, Op

_TEMPLATES: Mapping[Op, str] = {
    Op.ADD: "{0} + {1}",
    Op.SUB: "{0} - {1}",
    Op.MUL: "{0} * {1}",
    Op.DIV: "{0} / {1}",
    Op.POW: "power({0}, {1})",
    Op.NEG: "-{0}",
    Op.MIN: "({0} if {0} < {1} or {0} != {0} else {1})",
    Op.MAX: "({0} if {0} > {1} or {0} != {0} else {1})",
    Op.EXP: "exp({0})",
    Op.LOG: "log({0})",
    Op.SQRT: "sqrt({0})",
    Op.ABS: "fabs({0})",
    Op.FLOOR: "float(floor({0}))",
    Op.CEIL: "float(ceil({0}))",
    Op.SIN: "sin({0})",
    Op.COS: "cos({0})",
    Op.TAN: "tan({0})",
    Op.ASIN: "asin({0})",
    Op.ACOS: "acos({0})",
    Op.ATAN: "atan({0})",
    Op.SINH: "sinh({0})",
    Op.COSH: "cosh({0})",
    Op.TANH: "tanh({0})",
    Op.ASINH: "asinh({0})",
    Op.ACOSH: "acosh({0})",
    Op.ATANH: "atanh({0})",
    Op.LT: "(1.0 if {0} < {1} else 0.0)",
    Op.LE: "(1.0 if {0} <= {1} else 0.0)",
    Op.EQ: "(1.0 if {0} == {1} else 0.0)",
    Op.NE: "(1.0 if {0} != {1} else 0.0)",
    Op.AND: "(1.0 if {0} and {1} else 0.0)",
    Op.OR: "(1.0 if {0} or {1} else 0.0)",
    Op.NOT: "(0.0 if {0} else 1.0)",
    Op.SELECT: "({1} if {0} else {2})",
}
_NAMES = {name: getattr(math, name) for name in (
    "exp", "log", "sqrt", "fabs", "floor", "ceil", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "inf", "nan",
)} | {"power": math.pow, "float": float}  # fmt: skip
# Above this many nodes the text would take Python's compiler seconds and much memory.
LARGEST_FUNCTION = 40_000
_Compiled = Callable[[float, Sequence[float], Sequence[float]], tuple[float, ...]]


@dataclass(frozen=True)
class Leaves:
    """Hold the values (n_parameters,), (n_derived,) of one member between two restarts."""

    parameters: FloatArray
    derived: FloatArray


class Function:
    """Compute nodes for one member, fast; what depends on the member alone is computed once.

    Where Python's scalar arithmetic raises (overflow, division by zero, a root of a negative number),
    the array evaluator computes the same nodes in IEEE 754 arithmetic.

    Examples
    --------
    >>> g = Graph()
    >>> double = Function(g, [g.mul(g.parameter(0), g.state(0))])
    >>> double.bind(Leaves(np.array([2.0]), np.empty(0)))(0.0, np.array([21.0])).tolist()
    [42.0]
    """

    def __init__(self, graph: Graph, outputs: Sequence[int]) -> None:
        self._graph = graph
        self._outputs = list(outputs)
        order = graph.order(outputs)
        varying: set[int] = set()
        for node in order:
            if graph.ops[node] in (Op.STATE, Op.TIME) or any(a in varying for a in graph.args[node]):
                varying.add(node)
        used = {a for n in varying for a in graph.args[n]} | set(outputs)
        self._fixed = [n for n in order if n not in varying and n in used and graph.ops[n] is not Op.CONST]
        self._fixed_values = Sweep(graph, self._fixed)
        small = len(varying) <= LARGEST_FUNCTION
        self._compiled = self._compile([n for n in order if n in varying]) if small else None

    def __len__(self) -> int:
        return len(self._outputs)

    def _compile(self, varying: list[int]) -> _Compiled:
        place = {node: k for k, node in enumerate(self._fixed)}
        graph = self._graph

        def word(node: int) -> str:
            if graph.ops[node] is Op.CONST:
                number = repr(graph.values[node])
                return f"({number})" if number.startswith("-") else number
            return f"h[{place[node]}]" if node in place else f"v{node}"

        lines = ["def function(t, y, h):"]
        for node in varying:
            op = graph.ops[node]
            if op in LEAVES:
                text = "t" if op is Op.TIME else f"y[{int(graph.values[node])}]"
            else:
                text = _TEMPLATES[op].format(*(word(a) for a in graph.args[node]))
            lines.append(f" v{node} = {text}")
        lines.append(f" return ({''.join(word(n) + ', ' for n in self._outputs)})")
        scope: dict[str, object] = {"__builtins__": {}, **_NAMES}
        exec(compile("\n".join(lines), "<graph>", "exec"), scope)
        made = scope["function"]
        assert callable(made)
        return made

    @cached_property
    def _all_values(self) -> Sweep:
        return Sweep(self._graph, self._outputs)

    def bind(self, leaves: Leaves) -> Callable[[float, FloatArray], FloatArray]:
        """Return the function of time and states (n_states,) for one member's parameters."""
        parameters, derived = leaves.parameters[None, :], leaves.derived[None, :]
        fixed: list[float] = self._fixed_values(parameters=parameters, derived=derived)[0].tolist()
        compiled = self._compiled

        def slow(t: float, y: FloatArray) -> FloatArray:
            found = self._all_values(parameters=parameters, derived=derived, states=y[None, :], time=t)
            return np.asarray(found[0])

        def fast(t: float, y: FloatArray) -> FloatArray:
            try:
                return np.array(compiled(t, y.tolist(), fixed))  # type: ignore[misc]
            except (ArithmeticError, ValueError):
                return slow(t, y)

        return slow if compiled is None else fast
