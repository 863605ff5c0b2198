"""The second try at a linear system: dense, with row exchanges, for a lane whose factors are unsound.

Rows and columns are scaled by the sizes of the states. Slopes that are not finite (that of x^0.5 at 0)
count as zero: the method then loses order for that step, which its error estimate sees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.lanes import LaneCode
from epsom.engine.simd.layout import Layout
from epsom.engine.simd.vectors import literal


class Rescue(LaneCode):
    """Write ``rescue_factor`` and ``rescue_solve``.

    Parameters
    ----------
    places
        Places (row, column) of the matrix entries, in the order of the section ``w``.
    """

    def __init__(
        self, module: Module, layout: Layout, places: Sequence[tuple[int, int]], stages: int
    ) -> None:
        super().__init__(module, layout)
        self._places = places
        self._stages = stages
        self._n = layout.states

    def write(self) -> None:
        """Write all functions."""
        self._write_dense_factor()
        self._write_dense_solve()
        self._write_rescue_factor()
        self._write_rescue_solve()

    def _own(self, f: Function, section: str, length: int, lane: str) -> str:
        """Return the address of ``length`` consecutive words that belong to a lane alone."""
        own = f.whole("mul", lane, length)
        first = self._module.target.words(self._layout[section])
        return f.word_at("%space", f.whole("add", own, first))

    def _cell(self, f: Function, row: str, column: str) -> str:
        return f.whole("add", f.whole("mul", row, self._n), column)

    # for one lane

    def _write_dense_factor(self) -> None:
        n = self._n
        f = Function(self._module, "dense_factor", [("ptr", "space"), ("i64", "lane")])
        matrix, swap = self._own(f, "matrix", n * n, "%lane"), self._own(f, "swap", n, "%lane")
        with f.loop(n * n) as i:
            f.put("double", literal(0.0), matrix, i)
        self._sizes(f)
        self._scatter(f, matrix)
        with f.loop(n) as k:
            self._choose_pivot(f, matrix, swap, k)
            pivot = f.get("double", matrix, self._cell(f, k, k))
            zero = f.let(f"fcmp oeq double {pivot}, {literal(0.0)}")
            with f.when(zero):
                self._put(f, "i64", 1, "singular")
            self._eliminate(f, matrix, k, pivot)
        self._end(f)

    def _sizes(self, f: Function) -> None:
        """Store the sizes that rows and columns are scaled by: |y| plus the state's scale."""
        share = self._get_real(f, "inverse_atol", "%lane")
        with f.loop(self._n) as i:
            y = f.magnitude(self._get_real(f, "y", "%lane", i))
            atol = self._get_real(f, "atol", "%lane", i)
            size = f.scalar("fadd", y, f.scalar("fmul", atol, share))
            self._put(f, "double", size, "scale", "%lane", i)

    def _scatter(self, f: Function, matrix: str) -> None:
        rows = self._module.table("matrix_rows", [i for i, _ in self._places])
        columns = self._module.table("matrix_columns", [j for _, j in self._places])
        share = self._get_real(f, "inverse_step_gamma", "%lane")
        alone = f.let(f"fneg double {share}")
        with f.loop(len(self._places)) as e:
            row, column = f.get("i64", rows, e), f.get("i64", columns, e)
            value = self._get_real(f, "w", "%lane", e)
            right = self._get(f, "double", "scale", "%lane", column)
            left = self._get(f, "double", "scale", "%lane", row)
            value = f.scalar("fdiv", f.scalar("fmul", value, right), left)
            infinite = literal(float("inf"))
            finite = f.let(f"fcmp olt double {f.magnitude(value)}, {infinite}")
            diagonal = f.let(f"icmp eq i64 {row}, {column}")
            without = f.let(f"select i1 {diagonal}, double {alone}, double {literal(0.0)}")
            value = f.let(f"select i1 {finite}, double {value}, double {without}")
            f.put("double", value, matrix, self._cell(f, row, column))

    def _choose_pivot(self, f: Function, matrix: str, swap: str, k: str) -> None:
        """Find the largest entry of column k at or below the diagonal and exchange its row with row k."""
        f.put("i64", k, swap, k)
        with f.loop(self._n, k) as i:
            best = f.get("i64", swap, k)
            held = f.magnitude(f.get("double", matrix, self._cell(f, best, k)))
            here = f.magnitude(f.get("double", matrix, self._cell(f, i, k)))
            larger = f.let(f"fcmp ogt double {here}, {held}")
            f.put("i64", f.let(f"select i1 {larger}, i64 {i}, i64 {best}"), swap, k)
        best = f.get("i64", swap, k)
        with f.loop(self._n) as j:
            upper, lower = self._cell(f, k, j), self._cell(f, best, j)
            a, b = f.get("double", matrix, upper), f.get("double", matrix, lower)
            f.put("double", b, matrix, upper)
            f.put("double", a, matrix, lower)

    def _eliminate(self, f: Function, matrix: str, k: str, pivot: str) -> None:
        following = f.whole("add", k, 1)
        with f.when(f.let(f"icmp slt i64 {following}, {self._n}")), f.loop(self._n, following) as i:
            place = self._cell(f, i, k)
            factor = f.scalar("fdiv", f.get("double", matrix, place), pivot)
            f.put("double", factor, matrix, place)
            with f.loop(self._n, following) as j:
                change = f.scalar("fmul", factor, f.get("double", matrix, self._cell(f, k, j)))
                target = self._cell(f, i, j)
                f.put("double", f.scalar("fsub", f.get("double", matrix, target), change), matrix, target)

    def _write_dense_solve(self) -> None:
        """Write: overwrite a lane's increments at ``k`` with the solution for its right side ``b``."""
        n, width = self._n, self._module.lanes
        f = Function(self._module, "dense_solve", [("ptr", "space"), ("ptr", "k"), ("i64", "lane")])
        matrix, swap = self._own(f, "matrix", n * n, "%lane"), self._own(f, "swap", n, "%lane")

        def place(i: str) -> str:
            return f.whole("add", f.whole("mul", i, self._stages * width), "%lane")

        with f.loop(n) as i:
            size = self._get(f, "double", "scale", "%lane", i)
            right = self._get_real(f, "b", "%lane", i)
            f.put_real(f.scalar("fdiv", right, size), "%k", place(i))
        with f.loop(n) as i:
            other = f.get("i64", swap, i)
            a, b = f.get_real("%k", place(i)), f.get_real("%k", place(other))
            f.put_real(b, "%k", place(i))
            f.put_real(a, "%k", place(other))
        with f.loop(n) as k:
            self._substitute(f, matrix, place, k, f.whole("add", k, 1), n)
        with f.loop(n) as reverse:
            k = f.whole("sub", n - 1, reverse)
            pivot = f.get("double", matrix, self._cell(f, k, k))
            f.put_real(f.scalar("fdiv", f.get_real("%k", place(k)), pivot), "%k", place(k))
            self._substitute(f, matrix, place, k, "0", k)
        with f.loop(n) as i:
            size = self._get(f, "double", "scale", "%lane", i)
            f.put_real(f.scalar("fmul", f.get_real("%k", place(i)), size), "%k", place(i))
        self._end(f)

    def _substitute(
        self, f: Function, matrix: str, place: Callable[[str], str], k: str, first: str, last: int | str
    ) -> None:
        """Subtract column k times its solved component from the components ``first`` to ``last``."""
        with f.when(f.let(f"icmp slt i64 {first}, {last}")), f.loop(last, first) as i:
            solved = f.get_real("%k", place(k))
            change = f.scalar("fmul", f.get("double", matrix, self._cell(f, i, k)), solved)
            f.put_real(f.scalar("fsub", f.get_real("%k", place(i)), change), "%k", place(i))

    # for all lanes

    def _write_rescue_factor(self) -> None:
        at = self._layout
        f = Function(self._module, "rescue_factor", [("ptr", "space")], kind=self._module.wide)
        bad = f.compare("une", self._load_real(f, "sound"), f.const(1.0))
        bad = f.both(bad, f.nonzero(f.load_integers("%space", at["active"])))
        f.store_integers(self._flags(f, bad), "%space", at["unsound"])
        with f.when(f.any_true(bad)), f.loop(self._module.lanes) as lane, self._unsound(f, lane):
            f.call("dense_factor", "ptr %space", f"i64 {lane}")
            f.call("dense_solve", "ptr %space", f"ptr {f.at('%space', at['k'])}", f"i64 {lane}")
        self._end(f)

    def _unsound(self, f: Function, lane: str) -> AbstractContextManager[None]:
        flag = self._get(f, "i64", "unsound", lane)
        return f.when(f.let(f"icmp ne i64 {flag}, 0"))

    def _write_rescue_solve(self) -> None:
        arguments = [("ptr", "space"), ("ptr", "k")]
        f = Function(self._module, "rescue_solve", arguments, kind=self._module.wide)
        bad = f.nonzero(f.load_integers("%space", self._layout["unsound"]))
        with f.when(f.any_true(bad)), f.loop(self._module.lanes) as lane, self._unsound(f, lane):
            f.call("dense_solve", "ptr %space", "ptr %k", f"i64 {lane}")
        self._end(f)
