"""Events of one lane, as machine code: which fire, which wait, in which order they are executed.

The same rules as `epsom.engine.happenings`, which is the plain text of them; here the waiting executions of
a lane lie behind the work space, `room` entries of a fixed number of words: the moment when it is due, the
event, and the values that were computed when it fired.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from epsom.engine.happenings import MOST_AT_ONCE, SCATTER
from epsom.engine.simd.event_tables import EventTables
from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.lanes import LaneCode
from epsom.engine.simd.layout import Layout
from epsom.engine.simd.shared import OUT_OF_ROOM
from epsom.engine.simd.vectors import literal
from epsom.engine.solution import Status

_DUE, _EVENT, _VALUES = 0, 1, 2
_WORD_BITS = 64
# A lane's phase: looking at its moment, then just after it, then at rest.
AT_REST = 2


class EventQueue(LaneCode):
    """Write ``advance``, one turn of a lane whose events are being settled, and ``await_due``."""

    def __init__(self, module: Module, layout: Layout, tables: EventTables) -> None:
        super().__init__(module, layout)
        self._tables = tables
        self._firsts = module.table("event_firsts", tables.firsts)
        self._sizes = module.table("event_sizes", tables.sizes)
        self._targets = module.table("event_targets", tables.targets or (0,))
        self._target_firsts = module.table("event_target_firsts", tables.target_firsts)
        self._persistent = module.table("event_persistent", tables.persistent)
        self._early = module.table("event_early", tables.early)
        self._initial = module.table("event_initial", tables.initial)

    def write(self) -> None:
        """Write all functions."""
        self._write_reset()
        self._write_push()
        self._write_drop()
        self._write_withdraw()
        self._write_execute()
        self._write_choose()
        self._write_advance()
        self._write_await_due()

    # helpers

    def _lane_function(self, name: str, *words: str) -> Function:
        arguments = [("ptr", "shared"), ("ptr", "space"), ("i64", "lane"), *(("i64", w) for w in words)]
        return Function(self._module, name, arguments)

    def _call(self, f: Function, name: str, *words: str) -> None:
        f.call(name, "ptr %shared", "ptr %space", "i64 %lane", *(f"i64 {w}" for w in words))

    def _entry(self, f: Function, position: str) -> str:
        """Return the address of a waiting execution."""
        before = f.whole("mul", "%lane", self._common(f, "i64", "room"))
        words = f.whole("mul", f.whole("add", before, position), self._tables.entry)
        own = self._module.target.words(self._layout.size)
        return f.word_at("%space", f.whole("add", words, own))

    @contextmanager
    def _each(self, f: Function, count: str) -> Iterator[str]:
        """Run the body for each index below a count that may be zero."""
        with f.when(f.let(f"icmp sgt i64 {count}, 0")), f.loop(count) as index:
            yield index

    def _flag(self, f: Function, table: str, event: str) -> str:
        return f.let(f"icmp ne i64 {f.get('i64', table, event)}, 0")

    def _effect(self, f: Function, event: str, after: str | int = 0) -> str:
        """Return an effect: the values come first, then their factors, the delay and the priority."""
        place = f.whole("add", f.get("i64", self._firsts, event), after)
        return self._get(f, "double", "effect", index=place)

    def _setting(self, f: Function, event: str, which: int) -> str:
        """Return the delay (0) or the priority (1)."""
        both = f.whole("shl", f.get("i64", self._sizes, event), 1)
        return self._effect(f, event, f.whole("add", both, which))

    # firing

    def _write_reset(self) -> None:
        """Write: forget the events of the member that had the lane before."""
        f = self._lane_function("reset_events")
        for section in ("queued", "ties", "executed", "refined", "overflow", "endless"):
            self._put(f, "i64", 0, section)
        self._put(f, "double", literal(float("inf")), "event_time")
        self._put(f, "double", literal(-float("inf")), "since")
        self._put(f, "double", self._get(f, "double", "time"), "moment")
        with f.loop(len(self._tables)) as k:
            truth = f.let(f"sitofp i64 {f.get('i64', self._initial, k)} to double")
            self._put(f, "double", truth, "was", index=k)
        self._end(f)

    def _write_push(self) -> None:
        """Write: let an event fire: it waits for its moment, with its values where it takes them now."""
        f = self._lane_function("push", "event")
        queued = self._get(f, "i64", "queued")
        full, free, after = f.label("full"), f.label("free"), f.label("after")
        f.branch(f.let(f"icmp sge i64 {queued}, {self._common(f, 'i64', 'room')}"), full, free)
        f.start(full)
        self._put(f, "i64", 1, "overflow")
        f.jump(after)
        f.start(free)
        entry = self._entry(f, queued)
        delay, zero = self._setting(f, "%event", 0), literal(0.0)
        later = f.let(f"fcmp ogt double {delay}, {zero}")
        wait = f.let(f"select i1 {later}, double {delay}, double {zero}")
        unknown = f.let(f"fcmp uno double {delay}, {delay}")
        wait = f.let(f"select i1 {unknown}, double {literal(float('inf'))}, double {wait}")
        f.put("double", f.scalar("fadd", self._get(f, "double", "moment"), wait), entry, _DUE)
        f.put("i64", "%event", entry, _EVENT)
        early, size = self._flag(f, self._early, "%event"), f.get("i64", self._sizes, "%event")
        with f.when(early), self._each(f, size) as k:
            f.put("double", self._effect(f, "%event", k), entry, f.whole("add", k, _VALUES))
        self._put(f, "i64", f.whole("add", queued, 1), "queued")
        f.jump(after)
        f.start(after)
        self._end(f)

    def _write_drop(self) -> None:
        """Write: take an execution out of the queue; the others keep their order."""
        f = self._lane_function("drop", "position")
        left = f.whole("sub", self._get(f, "i64", "queued"), 1)
        self._put(f, "i64", left, "queued")
        words = f.whole("mul", f.whole("sub", left, "%position"), self._tables.entry)
        target, source = self._entry(f, "%position"), self._entry(f, f.whole("add", "%position", 1))
        with self._each(f, words) as word:
            f.put("i64", f.get("i64", source, word), target, word)
        self._end(f)

    def _write_withdraw(self) -> None:
        """Write: call off all waiting executions of an event."""
        f = self._lane_function("withdraw", "event")
        queued = self._get(f, "i64", "queued")
        with self._each(f, queued) as k:
            position = f.whole("sub", f.whole("sub", queued, 1), k)  # from the last to the first
            event = f.get("i64", self._entry(f, position), _EVENT)
            with f.when(f.let(f"icmp eq i64 {event}, %event")):
                self._call(f, "drop", position)
        self._end(f)

    # executing

    def _write_execute(self) -> None:
        """Write: give states their new values and take the execution out of the queue."""
        f = self._lane_function("execute", "position")
        value = f.let("alloca double")
        entry = self._entry(f, "%position")
        event = f.get("i64", entry, _EVENT)
        size, early = f.get("i64", self._sizes, event), self._flag(f, self._early, event)
        targets = f.word_at(self._targets, f.get("i64", self._target_firsts, event))
        with self._each(f, size) as k:
            f.put("double", self._effect(f, event, k), value)
            with f.when(early):
                f.put("double", f.get("double", entry, f.whole("add", k, _VALUES)), value)
            factor = self._effect(f, event, f.whole("add", size, k))
            new = f.scalar("fmul", f.get("double", value), factor)
            self._take(f, new, "y", f.get("i64", targets, k))
        self._call(f, "drop", "%position")
        passed = f.scalar("fsub", self._get(f, "double", "moment"), self._get(f, "double", "since"))
        with f.when(f.let(f"fcmp ogt double {passed}, {self._common(f, 'double', 'at_once')}")):
            self._put(f, "double", self._get(f, "double", "moment"), "since")
            self._put(f, "i64", 0, "executed")
        executed = f.whole("add", self._get(f, "i64", "executed"), 1)
        self._put(f, "i64", executed, "executed")
        with f.when(f.let(f"icmp sge i64 {executed}, {MOST_AT_ONCE}")):
            self._put(f, "i64", 1, "endless")
        self._end(f)

    def _write_choose(self) -> None:
        """Write: store in ``chosen`` which execution that is due goes first, or -1.

        The highest priority does; among equal ones, the one that a scattered count picks.
        """
        f = self._lane_function("choose")
        count, first, ties, seen = (f.let("alloca i64") for _ in range(4))
        best = f.let("alloca double")
        for place, number in ((count, 0), (first, -1), (ties, 0), (seen, 0)):
            f.put("i64", number, place)
        f.put("double", literal(float("nan")), best)
        queued = self._get(f, "i64", "queued")
        with self._each(f, queued) as k, self._ready(f, k) as priority:
            with f.when(f.let(f"icmp eq i64 {f.get('i64', count)}, 0")):
                f.put("i64", k, first)
                f.put("double", priority, best)
            with f.when(f.let(f"fcmp ogt double {priority}, {f.get('double', best)}")):
                f.put("double", priority, best)
            f.put("i64", f.whole("add", f.get("i64", count), 1), count)
        with f.when(f.let(f"icmp sgt i64 {f.get('i64', count)}, 1")):
            with self._equal(f, queued, best):
                f.put("i64", f.whole("add", f.get("i64", ties), 1), ties)
            pick = self._pick(f, f.get("i64", ties))
            with self._equal(f, queued, best) as k:
                with f.when(f.let(f"icmp eq i64 {f.get('i64', seen)}, {pick}")):
                    f.put("i64", k, first)
                f.put("i64", f.whole("add", f.get("i64", seen), 1), seen)
        self._put(f, "i64", f.get("i64", first), "chosen")
        self._end(f)

    @contextmanager
    def _ready(self, f: Function, position: str) -> Iterator[str]:
        """Run the body with the priority of an execution, if that is due."""
        entry = self._entry(f, position)
        due, moment = f.get("double", entry, _DUE), self._get(f, "double", "moment")
        with f.when(f.let(f"fcmp ole double {due}, {moment}")):
            yield self._setting(f, f.get("i64", entry, _EVENT), 1)

    @contextmanager
    def _equal(self, f: Function, queued: str, best: str) -> Iterator[str]:
        """Run the body for each execution that is due and has the priority stored at ``best``."""
        with (
            self._each(f, queued) as k,
            self._ready(f, k) as priority,
            f.when(f.let(f"fcmp oeq double {priority}, {f.get('double', best)}")),
        ):
            yield k

    def _pick(self, f: Function, ties: str) -> str:
        """Return which of equal executions goes first, and count the choice (`happenings.scatter`)."""
        several = f.let(f"icmp sgt i64 {ties}, 1")
        choices = f.whole("add", self._get(f, "i64", "ties"), f.let(f"zext i1 {several} to i64"))
        self._put(f, "i64", choices, "ties")
        first, *rounds = SCATTER
        z = f.whole("mul", choices, _signed(first))
        for shift, factor in rounds:
            z = f.whole("mul", f.whole("xor", z, f.whole("lshr", z, shift)), _signed(factor))
        divisor = f.let(f"select i1 {several}, i64 {ties}, i64 1")
        return f.whole("urem", z, divisor)

    # one turn

    def _write_advance(self) -> None:
        """Write: fire what has become true, then execute one event, or go on to the next phase."""
        f = self._lane_function("advance")
        with f.loop(len(self._tables)) as k:
            now = self._get(f, "double", "truth", index=k)
            was = self._get(f, "double", "was", index=k)
            with f.when(f.let(f"fcmp ogt double {now}, {was}")):
                self._call(f, "push", k)
            fell = f.let(f"fcmp olt double {now}, {was}")
            kept = self._flag(f, self._persistent, k)
            with f.when(f.let(f"select i1 {kept}, i1 false, i1 {fell}")):
                self._call(f, "withdraw", k)
            self._put(f, "double", now, "was", index=k)
        self._call(f, "choose")
        chosen = self._get(f, "i64", "chosen")
        with f.when(f.let(f"icmp sge i64 {chosen}, 0")):
            self._call(f, "execute", chosen)
        with f.when(f.let(f"icmp slt i64 {chosen}, 0")):
            self._put(f, "i64", f.whole("add", self._get(f, "i64", "phase"), 1), "phase")
        for flag, how in (("overflow", OUT_OF_ROOM), ("endless", int(Status.EVENT_LIMIT))):
            fails = f.let(f"icmp ne i64 {self._get(f, 'i64', flag)}, 0")
            with f.when(fails):
                self._put(f, "i64", AT_REST, "phase")
                self._put(f, "i64", 0, flag)
                self._call(f, "finish", str(how))
        self._end(f)

    def _write_await_due(self) -> None:
        """Write: let the lane stop no later than at the first waiting execution."""
        f = self._lane_function("await_due")
        with self._each(f, self._get(f, "i64", "queued")) as k:
            due = f.get("double", self._entry(f, k), _DUE)
            with f.when(f.let(f"fcmp olt double {due}, {self._get(f, 'double', 'end')}")):
                for section in ("end", "stop"):
                    self._put(f, "double", due, section)
        # never at once: the smallest step ahead
        time = self._get(f, "double", "time")
        ulp = f.scalar("fmul", f.magnitude(time), literal(2.0**-52))
        least = f.scalar("fadd", time, f.scalar("fadd", ulp, literal(5e-324)))
        early = f.let(f"fcmp olt double {self._get(f, 'double', 'end')}, {least}")
        with f.when(early):
            for section in ("end", "stop"):
                self._put(f, "double", least, section)
        self._end(f)


def _signed(word: int) -> int:
    """Return the signed number with the same 64 bits."""
    return word - (1 << _WORD_BITS) if word >> (_WORD_BITS - 1) else word
