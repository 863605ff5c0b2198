"""What all code over lanes is written with: shared words, a lane's own words, a call for chosen lanes."""

from __future__ import annotations

from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.layout import WIDE, Layout
from epsom.engine.simd.shared import PLACE


class LaneCode:
    """Write functions of the shared words and a block's work space."""

    def __init__(self, module: Module, layout: Layout) -> None:
        self._module = module
        self._layout = layout

    def _start(self, name: str, *, lane: bool = False, out: bool = False) -> Function:
        arguments = [("ptr", "shared"), ("ptr", "space")]
        arguments += [("i64", "lane")] if lane else []
        arguments += [("ptr", "out")] if out else []
        return Function(self._module, name, arguments, kind=self._module.wide)

    def _end(self, f: Function) -> None:
        f.do("ret void")
        self._module.add(f)

    def _common(self, f: Function, kind: str, name: str) -> str:
        """Load a word that all threads share."""
        return f.get(kind, "%shared", PLACE[name])

    def _place(self, f: Function, section: str, lane: str, index: int | str = 0) -> str:
        """Return the number of a lane's word of a section of doubles or integers."""
        first = self._module.target.words(self._layout[section])
        word = f.whole("add", f.whole("mul", index, self._module.lanes), lane)
        return f.whole("add", word, first)

    def _real(self, f: Function, section: str, lane: str, index: int | str = 0) -> str:
        """Return the number of a lane's real of a section of reals."""
        vector = f.whole("add", index, self._layout[section])
        return f.whole("add", f.whole("mul", vector, self._module.lanes), lane)

    def _get_real(self, f: Function, section: str, lane: str, index: int | str = 0) -> str:
        """Load a lane's real as a double."""
        return f.get_real("%space", self._real(f, section, lane, index))

    def _put_real(self, f: Function, value: str, section: str, lane: str, index: int | str = 0) -> None:
        """Store a double as a lane's real."""
        f.put_real(value, "%space", self._real(f, section, lane, index))

    def _take(self, f: Function, value: str, section: str, index: str) -> None:
        """Store a member's number; of a state in single precision also what rounding cuts off."""
        if section in WIDE:
            self._put(f, "double", value, section, "%lane", index)
            return
        self._put_real(f, value, section, "%lane", index)
        if section == "y" and self._module.target.single:
            rest = f.scalar("fsub", value, self._get_real(f, "y", "%lane", index))
            self._put_real(f, rest, "y_low", "%lane", index)

    def _load_real(self, f: Function, section: str) -> str:
        """Load a vector of reals as doubles."""
        with f.numbers(self._module.real):
            value = f.load("%space", self._layout[section])
        return f.widen(value)

    def _get(self, f: Function, kind: str, section: str, lane: str = "%lane", index: int | str = 0) -> str:
        return f.get(kind, "%space", self._place(f, section, lane, index))

    def _put(
        self, f: Function, kind: str, value: int | str, section: str, lane: str = "%lane",
        index: int | str = 0,
    ) -> None:  # fmt: skip
        f.put(kind, value, "%space", self._place(f, section, lane, index))

    def _store_real(self, f: Function, value: str, section: str) -> None:
        """Store a vector of doubles as reals."""
        value = f.narrow(value)
        with f.numbers(self._module.real):
            f.store(value, "%space", self._layout[section])

    def _each_lane(self, f: Function, flag: str, call: str, *extra: str) -> None:
        """Call a function for every lane whose flag is set."""
        with f.loop(self._module.lanes) as lane:
            on = f.let(f"icmp ne i64 {self._get(f, 'i64', flag, lane)}, 0")
            with f.when(on):
                f.call(call, "ptr %shared", "ptr %space", f"i64 {lane}", *extra)

    def _flags(self, f: Function, mask: str) -> str:
        """Return a mask as integers, 1 where it holds."""
        return f.let(f"zext {self._module.mask} {mask} to {self._module.integers}")

    def _leave_unless(self, f: Function, condition: str, after: str) -> None:
        """Leave a repeated body for the block ``after`` unless a scalar condition holds."""
        stay = f.label("stay")
        f.branch(f.let(condition), stay, after)
        f.start(stay)
