"""One step of all lanes of a block: stages, error, dense output, and a first guess of the step."""

from __future__ import annotations

from collections.abc import Sequence

from epsom.engine.simd import vector_math
from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.layout import Layout
from epsom.engine.simd.tableau import Tableau

# The first step changes the states by this share of their size; the controller takes over from there.
FIRST_SHARE = 1e-4
# States smaller than this many times their tolerance count as this large for the first step.
_SMALLEST = 100.0


class Steps:
    """Write ``step``, ``dense``, ``interpolate`` and ``first_step`` over a kernel's functions."""

    def __init__(self, module: Module, layout: Layout, tableau: Tableau, *, timed: bool) -> None:
        self._module = module
        self._layout = layout
        self._tableau = tableau
        self._timed = timed

    def write(self) -> None:
        """Write all functions."""
        self._write_step()
        self._write_dense()
        self._write_interpolate()
        self._write_first_step()

    def _begin(self, name: str) -> Function:
        return Function(self._module, name, [("ptr", "space")])

    def _end(self, f: Function) -> None:
        f.do("ret void")
        self._module.add(f)

    def _increments(self, f: Function, index: str) -> str:
        """Return the address of a component's increments, one vector per stage."""
        start = f.whole("mul", index, self._tableau.stages)
        return f.at("%space", f.whole("add", start, self._layout["k"]))

    def _component(self, f: Function, section: str, index: str) -> str:
        return f.whole("add", index, self._layout[section])

    # the step

    def _write_step(self) -> None:
        tableau, at = self._tableau, self._layout
        f = self._begin("step")
        with f.numbers(self._module.wide):
            h = f.load("%space", at["step"])
            exact = f.let(f"fdiv {f.kind.vector} {f.const(1.0)}, {h}")
            share = f.mul(exact, f.const(1.0 / tableau.gamma))
        inverse = f.narrow(exact)
        f.store(inverse, "%space", at["inverse_step"])
        f.store(f.narrow(share), "%space", at["inverse_step_gamma"])
        self._store_weight(f, h, 0)
        f.call("factor", "ptr %space")
        f.call("rescue_factor", "ptr %space")
        for stage in range(1, tableau.stages):
            self._combine(f, stage, inverse)
            self._store_weight(f, h, stage)
            target = f.at("%space", at["k"] + stage)
            f.call("stage", "ptr %space", f"ptr {target}")
            f.call("rescue_solve", "ptr %space", f"ptr {target}")
        self._error(f)
        self._end(f)

    def _store_weight(self, f: Function, h: str, stage: int) -> None:
        """Store the stage's time, kept before the next jump, and the weight of the time derivative."""
        if not self._timed:
            return
        at, tableau = self._layout, self._tableau
        with f.numbers(self._module.wide):
            weight = f.mul(h, f.const(tableau.time_weights[stage]))
            time, limit = f.load("%space", at["time"]), f.load("%space", at["limit"])
            later = f.add(time, f.mul(h, f.const(tableau.nodes[stage])))
            earlier = f.select(f.compare("olt", later, limit), later, limit)
            f.store(earlier, "%space", at["stage_time"])
        f.store(f.narrow(weight), "%space", at["time_weight"])

    def _combine(self, f: Function, stage: int, inverse: str) -> None:
        """Store the stage's argument and minus the sum of earlier increments, each loaded once."""
        tableau = self._tableau
        weights = [-c for c in tableau.c_matrix[stage]]
        with f.loop(self._layout.states) as i:
            k = self._increments(f, i)
            increments = [f.load(k, j) for j in range(stage)]
            place = self._component(f, "u", i)
            if stage < len(tableau.a):
                y = f.load("%space", self._component(f, "y", i))
                u = _weighted(f, increments, tableau.a[stage], y)
            else:
                u = f.add(f.load("%space", place), increments[-1])
            f.store(u, "%space", place)
            total = f.mul(_weighted(f, increments, weights), inverse)
            f.store(total, "%space", self._component(f, "sum", i))

    def _error(self, f: Function) -> None:
        """Store the new states and the mean square of the error in units of the tolerance."""
        at, last = self._layout, self._tableau.stages - 1
        place = f.let(f"alloca {f.kind.vector}, align {f.alignment}")
        f.store(f.const(0.0), place)
        rtol = f.load("%space", at["rtol"])
        with f.loop(at.states) as i:
            k = self._increments(f, i)
            increment = f.load(k, last)
            y = f.load("%space", self._component(f, "y", i))
            if self._module.target.single:
                new = self._compensated(f, k, y, i)
            else:
                new = f.add(f.load("%space", self._component(f, "u", i)), increment)
            f.store(new, "%space", self._component(f, "y_next", i))
            old_size, new_size = f.intrinsic("fabs", y), f.intrinsic("fabs", new)
            size = f.select(f.compare("ogt", old_size, new_size), old_size, new_size)
            scale = f.fma(rtol, size, f.load("%space", self._component(f, "atol", i)))
            ratio = f.mul(increment, vector_math.reciprocal(f, scale))
            total = f.fma(ratio, ratio, f.load(place))
            # 0 times an infinite new state is NaN, so that it is not taken for exact
            f.store(f.fma(new, f.const(0.0), total), place)
        f.store(f.mul(f.load(place), f.const(1.0 / at.states)), "%space", at["error"])

    def _compensated(self, f: Function, k: str, y: str, index: str) -> str:
        """Return the new state and store what rounding cut off it, to be added in the next step.

        Knuth's exact sum of two numbers: a state may then change by less than its own rounding, step
        after step, and nothing is lost.
        """
        weights = [*self._tableau.a[-1], 1.0, 1.0, 1.0]
        increments = [f.load(k, j) for j in range(len(weights))]
        change = _weighted(f, increments, weights, f.load("%space", self._component(f, "y_low", index)))
        new = f.exact_add(y, change)
        taken = f.exact_sub(new, y)
        lost = f.exact_add(f.exact_sub(y, f.exact_sub(new, taken)), f.exact_sub(change, taken))
        f.store(lost, "%space", self._component(f, "y_next_low", index))
        return new

    # dense output

    def _write_dense(self) -> None:
        f = self._begin("dense")
        rows = self._tableau.dense
        with f.loop(self._layout.states) as i:
            k = self._increments(f, i)
            increments = [f.load(k, j) for j in range(self._tableau.stages)]
            place = f.whole("add", f.whole("mul", i, len(rows)), self._layout["dense"])
            for m, row in enumerate(rows):
                f.store(_weighted(f, increments, row), f.at("%space", place), m)
        self._end(f)

    def _write_interpolate(self) -> None:
        """Write: states at the share of the step that each lane wants, into ``u``.

        A state that a step does not change stays the same number, so that what counts events keeps whole:
        the straight line is drawn from the nearer end by the difference of both.
        """
        f = self._begin("interpolate")
        x = f.load("%space", self._layout["share"])
        rest = f.sub(f.const(1.0), x)
        both, early = f.mul(x, rest), f.compare("olt", x, f.const(0.5))
        weight = f.select(early, x, f.neg(rest))
        with f.loop(self._layout.states) as i:
            place = f.at("%space", f.whole("add", f.whole("mul", i, 3), self._layout["dense"]))
            s2, s3, s4 = (f.load(place, m) for m in range(3))
            bend = f.fma(x, f.fma(x, s4, s3), s2)
            old = f.load("%space", self._component(f, "y", i))
            new = f.load("%space", self._component(f, "y_next", i))
            line = f.fma(weight, f.sub(new, old), f.select(early, old, new))
            f.store(f.fma(both, bend, line), "%space", self._component(f, "u", i))
        self._end(f)

    # the first step

    def _write_first_step(self) -> None:
        """Write: a first guess of the step after a start, from the sizes of states and rates, into ``trial``.

        The rates come from the kernel's ``factor``. The guess is NaN where a rate is not finite.
        """
        at = self._layout
        f = self._begin("first_step")
        f.store(f.const(1.0), "%space", at["inverse_step_gamma"])
        if self._timed:
            f.store(f.const(0.0), "%space", at["time_weight"])
        f.call("factor", "ptr %space")
        wide = self._module.wide
        with f.numbers(wide):
            places = [f.let(f"alloca {wide.vector}, align {f.alignment}") for _ in range(2)]
            for place in places:
                f.store(f.const(0.0), place)
        rtol = f.load("%space", at["rtol"])
        with f.loop(at.states) as i:
            y = f.load("%space", self._component(f, "y", i))
            rate = f.load("%space", self._component(f, "b", i))
            scale = f.fma(rtol, f.intrinsic("fabs", y), f.load("%space", self._component(f, "atol", i)))
            inverse = vector_math.reciprocal(f, scale)
            ratios = [f.widen(f.mul(number, inverse)) for number in (y, rate)]
            with f.numbers(wide):  # the squares may leave the range of single precision
                for place, ratio in zip(places, ratios, strict=True):
                    f.store(f.fma(ratio, ratio, f.load(place)), place)
        with f.numbers(wide):
            self._store_guess(f, *(f.load(place) for place in places))
        self._end(f)

    def _store_guess(self, f: Function, size: str, speed: str) -> None:
        at = self._layout
        least = f.const(_SMALLEST**2 * at.states)
        size = f.select(f.compare("olt", size, least), least, size)
        square = f.let(f"fdiv {f.kind.vector} {size}, {speed}")
        guess = f.mul(f.intrinsic("sqrt", square), f.const(FIRST_SHARE))
        finite = f.compare("olt", speed, f.const(float("inf")))
        f.store(f.select(finite, guess, f.const(float("nan"))), "%space", at["trial"])


def _weighted(f: Function, terms: Sequence[str], weights: Sequence[float], start: str | None = None) -> str:
    """Return the weighted sum of vectors, added to ``start``."""
    total = start
    for term, weight in zip(terms, weights, strict=True):
        total = f.mul(term, f.const(weight)) if total is None else f.fma(term, f.const(weight), total)
    assert total is not None
    return total
