"""Make members ready eight at a time, beside the block that steps, and hand them to lanes that fall empty.

What is done once per member (values that depend on parameters alone, the first step) costs about as much
as a step of the whole block, and lanes fall empty one by one: done for a full stage it costs an eighth.
"""

from __future__ import annotations

from collections.abc import Mapping

from epsom.engine.simd.ir import Function
from epsom.engine.simd.lanes import LaneCode
from epsom.engine.simd.layout import LANE_INTEGERS, LANE_NUMBERS, LANE_REALS
from epsom.engine.simd.shared import PLACE

# The stage is left unused when fewer members wait than this many for each lane: the last ones are for all
# threads to take.
_WAITING_PER_LANE = 4


class Staging(LaneCode):
    """Write ``fill_lane(shared, space, lane, out)``: a lane takes a member from the stage or the queue."""

    def write(self) -> None:
        """Write the functions; they call ``load_member`` and ``begin`` of the driver."""
        self._write_make_ready()
        self._write_move()
        lanes = self._module.lanes
        f = self._start("fill_lane", lane=True, out=True)
        stage = f.at("%space", self._layout.size)
        with f.repeat() as (again, after):
            place = self._get(f, "i64", "staged", "0")
            used, ready, load, direct = (f.label(name) for name in ("used", "ready", "load", "direct"))
            f.branch(f.let(f"icmp sge i64 {place}, {lanes}"), used, ready)
            f.start(used)
            members, taken = self._common(f, "i64", "members"), f.get("i64", "%shared", PLACE["next"])
            many = f.let(f"icmp sgt i64 {f.whole('sub', members, taken)}, {_WAITING_PER_LANE * lanes}")
            f.branch(many, load, direct)
            f.start(load)
            f.call("make_ready", "ptr %shared", f"ptr {stage}", "ptr %out")
            self._put(f, "i64", 0, "staged", "0")
            f.jump(again)
            f.start(direct)
            f.call("take_member", "ptr %shared", "ptr %space", "i64 %lane")
            f.jump(after)
            f.start(ready)
            self._put(f, "i64", f.whole("add", place, 1), "staged", "0")
            there = f.get("i64", stage, self._place(f, "active", place))
            empty = f.label("empty")
            moved = f.label("moved")
            f.branch(f.let(f"icmp eq i64 {there}, 0"), empty, moved)
            f.start(moved)
            f.call("move_lane", "ptr %space", f"ptr {stage}", f"i64 {place}", "i64 %lane")
            f.jump(after)
            f.start(empty)
        self._end(f)

    def _write_make_ready(self) -> None:
        """Write: fill the stage from the queue, and let all that are in it begin."""
        f = self._start("make_ready", out=True)
        for section in ("active", "fresh"):
            f.store_integers(f.integer(0), "%space", self._layout[section])
        with f.loop(self._module.lanes) as lane:
            f.call("take_member", "ptr %shared", "ptr %space", f"i64 {lane}")
        f.call("begin", "ptr %shared", "ptr %space", "ptr %out")
        self._end(f)

    def _write_move(self) -> None:
        """Write: copy what a lane of the stage holds into a lane of the block."""
        at = self._layout
        arguments = [("ptr", "space"), ("ptr", "stage"), ("i64", "from"), ("i64", "lane")]
        f = Function(self._module, "move_lane", arguments, kind=self._module.wide)
        words = dict.fromkeys((*LANE_NUMBERS, *LANE_INTEGERS, *LANE_REALS), 1)
        del words["staged"]
        words |= {
            "parameter": at.parameters, "derived": at.derived, "y": at.states, "atol": at.states,
            "hoisted": at.size - at["hoisted"],
        }  # fmt: skip
        for first, count in _runs(at.offsets, words):
            with f.loop(first + count, first) as vector:
                row = f.whole("mul", vector, self._module.lanes)
                value = f.get("i64", "%stage", f.whole("add", row, "%from"))
                f.put("i64", value, "%space", f.whole("add", row, "%lane"))
        self._end(f)


def _runs(offsets: Mapping[str, int], sizes: Mapping[str, int]) -> list[tuple[int, int]]:
    """Join sections that follow one another: first vector and number of vectors of each run."""
    found: list[tuple[int, int]] = []
    for first, count in sorted((offsets[name], count) for name, count in sizes.items() if count):
        if found and sum(found[-1]) == first:
            found[-1] = (found[-1][0], found[-1][1] + count)
        else:
            found.append((first, count))
    return found
