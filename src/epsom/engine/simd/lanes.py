"""What all code over lanes is written with: shared words, a lane's own words, a call for chosen lanes."""

from __future__ import annotations

from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.layout import Layout
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
        return Function(self._module, name, arguments)

    def _end(self, f: Function) -> None:
        f.do("ret void")
        self._module.add(f)

    def _common(self, f: Function, kind: str, name: str) -> str:
        """Load a word that all threads share."""
        return f.get(kind, "%shared", PLACE[name])

    def _place(self, f: Function, section: str, lane: str, index: int | str = 0) -> str:
        vector = f.whole("add", index, self._layout[section])
        return f.whole("add", f.whole("mul", vector, self._module.lanes), lane)

    def _get(self, f: Function, kind: str, section: str, lane: str = "%lane", index: int | str = 0) -> str:
        return f.get(kind, "%space", self._place(f, section, lane, index))

    def _put(
        self, f: Function, kind: str, value: int | str, section: str, lane: str = "%lane",
        index: int | str = 0,
    ) -> None:  # fmt: skip
        f.put(kind, value, "%space", self._place(f, section, lane, index))

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
