"""The model-dependent machine code: rates, factorised matrix and stages, as straight lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epsom.engine.graph import Graph
from epsom.engine.ops import Op
from epsom.engine.simd.emit import Emitter, Hoisted, Output
from epsom.engine.simd.event_tables import EventTables
from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.layout import WIDE, Layout
from epsom.engine.simd.lower import Lowering
from epsom.engine.simd.ordering import Elimination, pivot_order, symbolic
from epsom.engine.simd.sampling import sample_matrices
from epsom.engine.simd.tableau import Tableau
from epsom.engine.simd.terms import Terms
from epsom.engine.system import Sparse, System, jacobian, time_derivative

# The factorisation is sound when it solves for a known vector to this relative accuracy; otherwise the
# lane is solved again with row exchanges. Single precision loses more to rounding in the best of orders.
SOUND, SOUND_SINGLE = 1e-6, 1e-3


@dataclass(frozen=True)
class Plan:
    """Hold what is decided about a system before code is written.

    Attributes
    ----------
    slopes
        Time derivatives of the rates, one node per state; empty when time does not occur in them.
    """

    system: System
    entries: Sparse
    slopes: tuple[int, ...]
    elimination: Elimination
    slots: dict[tuple[int, int], int]
    events: EventTables

    @classmethod
    def of(cls, system: System) -> Plan:
        """Differentiate the system and choose the order of elimination."""
        entries = jacobian(system)
        slopes = time_derivative(system)
        moving = any(system.graph.constant(node) != 0.0 for node in slopes)
        n = len(system.states)
        structure = np.eye(n, dtype=bool)
        structure[list(entries.rows), list(entries.columns)] = True
        with np.errstate(all="ignore"):
            order = pivot_order(structure, sample_matrices(system, entries))
        places = zip(entries.rows, entries.columns, strict=True)
        elimination = symbolic(places, order)
        slots = {place: k for k, place in enumerate(sorted(elimination.entries))}
        return cls(system, entries, slopes if moving else (), elimination, slots, EventTables.of(system))

    @property
    def timed(self) -> bool:
        """Tell whether time occurs in the rates, if only in a comparison."""
        graph = self.system.graph
        return any(graph.ops[node] is Op.TIME for node in graph.order(self.system.rates))

    def matrix_places(self) -> list[tuple[int, int]]:
        """List the places (row, column) of the matrix itself, before elimination."""
        n = len(self.system.states)
        return sorted(
            {*zip(self.entries.rows, self.entries.columns, strict=True), *((i, i) for i in range(n))}
        )

    def layout(self, stages: int, hoisted: int = 0, *, rescue: bool = True, single: bool = False) -> Layout:
        """Place the work space."""
        system = self.system
        return Layout.of(
            states=len(system.states), parameters=len(system.parameters), derived=len(system.derived),
            stages=stages, factors=len(self.slots), entries=len(self.matrix_places()),
            events=len(self.events), effects=len(self.events.effects), hoisted=hoisted,
            rescue=rescue, single=single,
        )  # fmt: skip


class Kernel:
    """Write the functions ``factor``, ``stage`` and ``hoist`` of one system.

    The linear systems are written as (J - I/(h gamma)) k = -(f + ...), which has the same solution as
    the usual form and saves a change of sign per entry of J.

    Parameters
    ----------
    rescue
        Whether matrix and right-hand sides are kept for solving a lane again with row exchanges.
    """

    def __init__(self, module: Module, plan: Plan, tableau: Tableau, *, rescue: bool = True) -> None:
        self._module = module
        self._plan = plan
        self._tableau = tableau
        self._terms = Terms()
        self._hoisted = Hoisted()
        self._rescue = rescue
        self._layout = self._place()

    def write(self) -> Layout:
        """Write all functions; return the layout with room for the hoisted values."""
        self._write_factor()
        self._write_stage()
        if self._plan.events:
            self._write_triggers()
            self._write_effects()
        self._write_hoist()
        return self._place()

    def _place(self) -> Layout:
        """Place the work space with room for the values hoisted up to now."""
        kept, single = self._hoisted.size, self._module.target.single
        return self._plan.layout(self._tableau.stages, kept, rescue=self._rescue, single=single)

    def _emitter(self, function: Function) -> Emitter:
        return Emitter(function, self._terms, self._layout, "%space", self._hoisted)

    def _finish(self, function: Function) -> None:
        function.do("ret void")
        self._module.add(function)

    # matrix, factors and first stage

    def _write_factor(self) -> None:
        """Write: matrix at (time, y), its factors, the first increment and the check of the factors."""
        plan, t = self._plan, self._terms
        system, n = plan.system, len(plan.system.states)
        nodes = [*system.rates, *plan.entries.nodes, *plan.slopes]
        lowered = Lowering(system.graph, t, nodes, states="y", time="time")
        share = t.memory("inverse_step_gamma", 0)
        matrix = {(i, i): t.neg(share) for i in range(n)}
        for i, j, node in zip(plan.entries.rows, plan.entries.columns, plan.entries.nodes, strict=True):
            matrix[i, j] = t.sub(lowered[node], share) if i == j else lowered[node]
        right = [t.neg(lowered[node]) for node in system.rates]
        for i, node in enumerate(plan.slopes):
            right[i] = self._minus_slope(right[i], lowered[node])
        factors = self._factorise(matrix)
        increments = self._solve(factors, right)
        sound = self._check(matrix, factors)
        kept = plan.matrix_places() if self._rescue else []
        outputs = [self._output("w", k, matrix[p]) for k, p in enumerate(kept)]
        outputs += [self._output("slope", i, lowered[node]) for i, node in enumerate(plan.slopes)]
        outputs += [self._output("lu", slot, factors[p]) for p, slot in plan.slots.items()]
        outputs += [self._output("b", i, term) for i, term in enumerate(right)]
        stages = self._tableau.stages
        outputs += [self._output("k", i * stages, term) for i, term in enumerate(increments)]
        outputs.append(self._output("sound", 0, sound))
        function = Function(self._module, "factor", [("ptr noalias", "space")])
        self._emitter(function).compute(outputs)
        self._finish(function)

    def _minus_slope(self, right: int, slope: int) -> int:
        t = self._terms
        if t.value(slope) == 0.0:
            return right
        return t.sub(right, t.mul(t.memory("time_weight", 0), slope))

    def _output(self, section: str, index: int, term: int) -> Output:
        return Output(term, "%space", self._layout.place(section, index), section in WIDE)

    def _factorise(self, matrix: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
        """Return the factors: multipliers below the pivots, reciprocals of the pivots, rest above."""
        t = self._terms
        work: dict[tuple[int, int], int] = dict(matrix)
        for pivot, (rows, columns) in zip(
            self._plan.elimination.order, self._plan.elimination.updates, strict=True
        ):
            work[pivot, pivot] = t.reciprocal(work[pivot, pivot])
            for i in rows:
                work[i, pivot] = t.mul(work[i, pivot], work[pivot, pivot])
                for j in columns:
                    change = t.mul(work[i, pivot], work[pivot, j])
                    work[i, j] = t.sub(work[i, j], change) if (i, j) in work else t.neg(change)
        return work

    def _solve(self, factors: dict[tuple[int, int], int], right: Sequence[int]) -> list[int]:
        t = self._terms
        x = list(right)
        steps = list(zip(self._plan.elimination.order, self._plan.elimination.updates, strict=True))
        for pivot, (rows, _) in steps:
            for i in rows:
                x[i] = t.sub(x[i], t.mul(factors[i, pivot], x[pivot]))
        for pivot, (_, columns) in reversed(steps):
            for j in columns:
                x[pivot] = t.sub(x[pivot], t.mul(factors[pivot, j], x[j]))
            x[pivot] = t.mul(x[pivot], factors[pivot, pivot])
        return x

    def _check(self, matrix: dict[tuple[int, int], int], factors: dict[tuple[int, int], int]) -> int:
        """Return whether the factors solve for a known vector: the states' own sizes."""
        t = self._terms
        n = len(self._plan.system.states)
        limit = SOUND_SINGLE if self._module.target.single else SOUND
        known = [
            t.add(t.term("abs", t.memory("y", i)), t.mul(t.memory("inverse_atol", 0), t.memory("atol", i)))
            for i in range(n)
        ]
        right: list[int | None] = [None] * n
        for i, j in self._plan.matrix_places():
            part = t.mul(matrix[i, j], known[j])
            before = right[i]
            right[i] = part if before is None else t.add(before, part)
        found = self._solve(factors, [r for r in right if r is not None])
        sound = t.const(1.0)
        for i in range(n):
            close = t.term("le", t.term("abs", t.sub(found[i], known[i])), t.mul(known[i], t.const(limit)))
            sound = close if i == 0 else t.term("and", sound, close)
        return sound

    # later stages

    def _write_stage(self) -> None:
        """Write: increment of a stage from its argument ``u`` and the sum of earlier increments."""
        plan, t = self._plan, self._terms
        system = plan.system
        lowered = Lowering(system.graph, t, system.rates, states="u", time="stage_time")
        right = [t.sub(t.memory("sum", i), lowered[node]) for i, node in enumerate(system.rates)]
        for i, node in enumerate(plan.slopes):
            if system.graph.constant(node) != 0.0:
                right[i] = self._minus_slope(right[i], t.memory("slope", i))
        factors = {place: t.memory("lu", slot) for place, slot in plan.slots.items()}
        increments = self._solve(factors, right)
        outputs = [self._output("b", i, term) for i, term in enumerate(right)] if self._rescue else []
        stages = self._tableau.stages
        outputs += [Output(term, "%k", i * stages) for i, term in enumerate(increments)]
        function = Function(self._module, "stage", [("ptr", "space"), ("ptr", "k")])
        self._emitter(function).compute(outputs)
        self._finish(function)

    # events

    def _write_triggers(self) -> None:
        """Write: which triggers hold, 1 or 0, at (observe_time, u); one without a value does not."""
        t, nodes = self._terms, self._plan.events.triggers
        graph = self._plan.system.graph
        lowered = Lowering(graph, t, nodes, states="u", time="observe_time")
        truths = []
        for node in nodes:
            truth = lowered[node]
            if not graph.is_truth(node):
                truth = t.term("and", t.term("eq", truth, truth), t.term("ne", truth, t.const(0.0)))
            truths.append(truth)
        self._write_event_values("triggers", "truth", truths)

    def _write_effects(self) -> None:
        """Write: all that events compute, at (observe_time, u)."""
        nodes = self._plan.events.effects
        lowered = Lowering(self._plan.system.graph, self._terms, nodes, states="u", time="observe_time")
        self._write_event_values("effects", "effect", [lowered[node] for node in nodes])

    def _write_event_values(self, name: str, section: str, terms: Sequence[int]) -> None:
        function = Function(self._module, name, [("ptr noalias", "space")])
        self._emitter(function).compute([self._output(section, k, term) for k, term in enumerate(terms)])
        self._finish(function)

    def _write_hoist(self) -> None:
        """Write: the values that depend on a member's parameters alone. Comes last, when they are known."""
        function = Function(self._module, "hoist", [("ptr noalias", "space")])
        first = self._layout["hoisted"]
        outputs = [Output(term, "%space", first + place, wide) for term, wide, place in self._hoisted.items()]
        Emitter(function, self._terms, self._layout, "%space").compute(outputs)
        self._finish(function)


def write_observer(module: Module, graph: Graph, nodes: Sequence[int], layout: Layout) -> None:
    """Write ``observe(space, out)``: nodes at (observe_time, u) into consecutive vectors."""
    terms = Terms()
    lowered = Lowering(graph, terms, nodes, states="u", time="observe_time")
    function = Function(module, "observe", [("ptr noalias", "space"), ("ptr noalias", "out")], exported=True)
    outputs = [Output(lowered[node], "%out", k * layout.ratio, wide=True) for k, node in enumerate(nodes)]
    Emitter(function, terms, layout, "%space").compute(outputs)
    function.do("ret void")
    module.add(function)
