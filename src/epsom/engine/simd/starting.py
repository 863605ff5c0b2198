"""Derived values and states at the start, as machine code that serves a whole batch in one call."""

from __future__ import annotations

from epsom.engine.ops import LEAVES, Op
from epsom.engine.simd.emit import Emitter, Output
from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.lanes import LaneCode
from epsom.engine.simd.layout import Layout
from epsom.engine.simd.lower import Lowering
from epsom.engine.simd.terms import Terms
from epsom.engine.system import System

# Systems whose start takes more operations than this are started by NumPy: compiling would take longer.
LARGEST_START = 2_000


def start_is_small(system: System) -> bool:
    """Tell whether the formulas of the start are worth compiling."""
    nodes = system.graph.order([*system.derived_nodes, *system.initial])
    return sum(system.graph.ops[node] not in LEAVES for node in nodes) <= LARGEST_START


class Starting(LaneCode):
    """Write ``start(parameters, values, count, time, space, out)``.

    It reads a table of parameters (count, n_parameters) and writes derived values and states
    (count, n_derived + n_states). A value is the same in every lane. Sums and products are rounded one by
    one, and powers, exponentials and logarithms are the C library's, so that a whole number stays one.
    """

    def __init__(self, module: Module, layout: Layout, system: System) -> None:
        super().__init__(module, layout)
        self._system = system
        self._nodes = _formulas(system)

    def write(self) -> None:
        """Write the functions."""
        self._write_values()
        lanes = self._module.lanes
        used = sorted(self._system.graph.leaves(self._nodes, Op.PARAMETER))
        arguments = [("ptr", "parameters"), ("ptr", "values"), ("i64", "count"), ("double", "time")]
        arguments += [("ptr", "space"), ("ptr", "out")]
        f = Function(self._module, "start", arguments, exported=True, kind=self._module.wide)
        with f.loop(lanes) as lane:
            self._put(f, "double", "%time", "observe_time", lane)
        blocks = f.whole("sdiv", f.whole("add", "%count", lanes - 1), lanes)
        with f.loop(blocks) as block:
            first = f.whole("mul", block, lanes)
            if used:
                table = self._module.table("started_from", used)
                with f.loop(lanes) as lane:
                    self._take_row(f, f.whole("add", first, lane), lane, table, len(used))
            f.call("start_values", "ptr %space", "ptr %out")
            with f.loop(lanes) as lane:
                self._give_row(f, f.whole("add", first, lane), lane)
        self._end(f)

    def _write_values(self) -> None:
        f = Function(self._module, "start_values", [("ptr noalias", "space"), ("ptr noalias", "out")])
        f.contract = ""
        terms = Terms()
        lowered = Lowering(
            self._system.graph, terms, self._nodes, states="u", time="observe_time", library=True
        )
        ratio = self._layout.ratio
        outputs = [Output(lowered[n], "%out", k * ratio, wide=True) for k, n in enumerate(self._nodes)]
        Emitter(f, terms, self._layout, "%space").compute(outputs)
        self._end(f)

    def _take_row(self, f: Function, member: str, lane: str, table: str, used: int) -> None:
        """Load the parameters of a member, of the last one for lanes that have none."""
        last = f.whole("sub", "%count", 1)
        there = f.let(f"icmp slt i64 {member}, {last}")
        member = f.let(f"select i1 {there}, i64 {member}, i64 {last}")
        row = f.word_at("%parameters", f.whole("mul", member, len(self._system.parameters)))
        with f.loop(used) as k:
            which = f.get("i64", table, k)
            self._put(f, "double", f.get("double", row, which), "parameter", lane, which)

    def _give_row(self, f: Function, member: str, lane: str) -> None:
        """Store the values of a member, if the lane has one."""
        width = len(self._nodes)
        with f.when(f.let(f"icmp slt i64 {member}, %count")):
            row = f.word_at("%values", f.whole("mul", member, width))
            with f.loop(width) as k:
                place = f.whole("add", f.whole("mul", k, self._module.lanes), lane)
                f.put("double", f.get("double", "%out", place), row, k)


def _formulas(system: System) -> list[int]:
    """Return derived values and starting states as formulas of parameters and time alone."""
    graph = system.graph
    known: dict[int, int] = {}
    for index, node in enumerate(system.derived_nodes):
        (known[graph.derived(index)],) = graph.substitute([node], known)
    found = [known[graph.derived(index)] for index in range(len(system.derived_nodes))]
    return found + graph.substitute(system.initial, known)
