"""The loop over members, as machine code: fill lanes from the queue, step, observe, switch, finish.

A lane holds one member with its own time and step; nothing that is computed for it depends on what the
other lanes hold.
"""

from __future__ import annotations

from epsom.engine.simd import vector_math
from epsom.engine.simd.event_tables import EventTables
from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.lanes import LaneCode
from epsom.engine.simd.layout import Layout
from epsom.engine.simd.shared import PLACE
from epsom.engine.simd.staging import Staging
from epsom.engine.simd.vectors import literal
from epsom.engine.solution import Status

_INFINITY = float("inf")
# The step controller: new step = old step * clip(_SAFETY * error^(-1/order), smallest, largest).
_SAFETY = 0.95
_SMALLEST_FACTOR, _LARGEST_FACTOR = 0.1, 8.0
_FACTOR_AFTER_REJECTION = 0.9
# Bits of the x86 control register: results and arguments below the normal range count as zero.
_FLUSH = 0x8040
_RUN_ARGUMENTS = (("ptr", "shared"), ("ptr", "space"), ("ptr", "out"))


class Driver(LaneCode):
    """Write ``run(shared, space, out)``, ``proceed`` and their parts.

    Parameters
    ----------
    order
        Order of the method: the step follows the error to the power -1/order.
    events
        The events that the code settles; none unless they are given.
    staged
        Whether the work space has room for a second block, in which members are made ready.
    """

    def __init__(
        self, module: Module, layout: Layout, order: int, events: EventTables | None = None, *,
        staged: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(module, layout)
        self._order = order
        self._events = EventTables() if events is None else events
        self._staged = staged

    def write(self) -> None:
        """Write all functions."""
        self._write_finish()
        self._write_pass_switches()
        self._write_load_member()
        self._write_emit()
        self._write_begin()
        self._write_deliver()
        self._write_arrive()
        self._write_turn()
        self._write_settle()
        self._write_take_member()
        if self._staged:
            Staging(self._module, self._layout).write()
        self._write_run()

    # one lane: filling, switching, finishing

    def _write_finish(self) -> None:
        """Write: note how the lane's member ended, and leave the lane empty."""
        f = Function(
            self._module, "finish", [("ptr", "shared"), ("ptr", "space"), ("i64", "lane"), ("i64", "how")]
        )
        member = self._get(f, "i64", "member")
        f.put("i64", "%how", self._common(f, "ptr", "status"), member)
        f.put("double", self._get(f, "double", "time"), self._common(f, "ptr", "reached"), member)
        f.put("i64", self._get(f, "i64", "steps"), self._common(f, "ptr", "steps"), member)
        self._put(f, "i64", 0, "active")
        self._put(f, "i64", 0, "fresh")
        f.let(f"atomicrmw add ptr {f.word_at('%shared', PLACE['done'])}, i64 1 monotonic")
        self._end(f)

    def _write_pass_switches(self) -> None:
        """Write: let all inputs switch whose time has come, and find the next moment to stop at."""
        f = self._start("pass_switches", lane=True)
        count, inputs = self._common(f, "i64", "n_switches"), self._common(f, "i64", "n_inputs")
        first = f.whole("mul", self._get(f, "i64", "member"), count)
        times = f.word_at(self._common(f, "ptr", "switch_times"), first)
        with f.repeat() as (_, after):
            switch = self._get(f, "i64", "switch")
            self._leave_unless(f, f"icmp slt i64 {switch}, {count}", after)
            due = f.get("double", times, switch)
            self._leave_unless(f, f"fcmp ole double {due}, {self._get(f, 'double', 'time')}", after)
            row = f.get("i64", self._common(f, "ptr", "switch_rows"), f.whole("add", first, switch))
            with f.when(f.let(f"icmp sge i64 {row}, 0")):
                self._take_inputs(f, row, inputs)
            self._put(f, "i64", f.whole("add", switch, 1), "switch")
        self._find_stop(f, count, first)
        self._end(f)

    def _take_inputs(self, f: Function, row: str, inputs: str) -> None:
        member_rows = f.whole("mul", self._get(f, "i64", "member"), self._common(f, "i64", "n_rows"))
        begin = f.whole("mul", f.whole("add", member_rows, row), inputs)
        values = f.word_at(self._common(f, "ptr", "input_values"), begin)
        with f.loop(inputs) as k:
            which = f.get("i64", self._common(f, "ptr", "inputs"), k)
            value = f.get("double", values, k)
            f.put("double", value, "%space", self._place(f, "parameter", "%lane", which))

    def _find_stop(self, f: Function, count: str, first: str) -> None:
        """Store the lane's next stop: a switch, or the last requested time."""
        last_row = f.whole("sub", self._common(f, "i64", "n_times"), 1)
        last = f.get("double", self._common(f, "ptr", "times"), last_row)
        for section in ("end", "limit"):
            self._put(f, "double", last, section)
        # with events the end is a stop too: what happens at it comes before what is observed
        self._put(f, "double", last if self._events else literal(_INFINITY), "stop")
        switch = self._get(f, "i64", "switch")
        with f.when(f.let(f"icmp slt i64 {switch}, {count}")):
            place = f.whole("add", first, switch)
            due = f.get("double", self._common(f, "ptr", "switch_times"), place)
            with f.when(f.let(f"fcmp ole double {due}, {last}")):
                self._put(f, "double", due, "end")
                self._put(f, "double", due, "stop")
                before = f.get("double", self._common(f, "ptr", "switch_before"), place)
                self._put(f, "double", before, "limit")

    def _write_load_member(self) -> None:
        """Write: put a member from the queue into an empty lane."""
        at = self._layout
        f = Function(
            self._module,
            "load_member",
            [("ptr", "shared"), ("ptr", "space"), ("i64", "lane"), ("i64", "member")],
        )
        sections = (
            ("parameters", "parameter", at.parameters), ("derived", "derived", at.derived),
            ("states", "y", at.states), ("atol", "atol", at.states),
        )  # fmt: skip
        for table, section, count in sections:
            if count:
                row = f.word_at(self._common(f, "ptr", table), f.whole("mul", "%member", count))
                with f.loop(count) as i:
                    self._take(f, f.get("double", row, i), section, i)
        for section in ("row", "switch", "steps", "tries", "rejected", "singular", "stuck"):
            self._put(f, "i64", 0, section)
        self._put(f, "i64", "%member", "member")
        self._put(f, "i64", 1, "active")
        self._put(f, "i64", 1, "fresh")
        self._put(f, "double", self._common(f, "double", "start"), "time")
        for word in ("rtol", "inverse_atol"):
            self._put_real(f, self._common(f, "double", word), word, "%lane")
        first = f.get("double", self._common(f, "ptr", "times"))
        self._put(f, "double", first, "next_output")
        self._look_ahead(f, "0", self._common(f, "i64", "n_times"), "%lane")
        if self._events:
            f.call("reset_events", "ptr %shared", "ptr %space", "i64 %lane")
        f.call("pass_switches", "ptr %shared", "ptr %space", "i64 %lane")
        self._end(f)

    # what is asked for

    def _write_emit(self) -> None:
        """Write: observe at (observe_time, u) and store a row for every lane that has one due."""
        f = self._start("emit", out=True)
        self._observe(f)
        count, times = self._common(f, "i64", "n_observed"), self._common(f, "i64", "n_times")
        with f.loop(self._module.lanes) as lane:
            due = f.let(f"icmp ne i64 {self._get(f, 'i64', 'due', lane)}, 0")
            with f.when(due):
                row = self._get(f, "i64", "row", lane)
                place = f.whole("add", f.whole("mul", self._get(f, "i64", "member", lane), times), row)
                target = f.word_at(self._common(f, "ptr", "values"), f.whole("mul", place, count))
                with f.loop(count) as k:
                    value = f.get(
                        "double", "%out", f.whole("add", f.whole("mul", k, self._module.lanes), lane)
                    )
                    f.put("double", value, target, k)
                following = f.whole("add", row, 1)
                self._put(f, "i64", following, "row", lane)
                self._put(f, "double", literal(_INFINITY), "next_output", lane)
                with f.when(f.let(f"icmp slt i64 {following}, {times}")):
                    later = f.get("double", self._common(f, "ptr", "times"), following)
                    self._put(f, "double", later, "next_output", lane)
                self._look_ahead(f, following, times, lane)
        self._end(f)

    def _observe(self, f: Function) -> None:
        """Compute the observables: code of its own, so that one kernel serves any choice of them."""
        observe = self._common(f, "ptr", "observe")
        f.do(f"call void {observe}(ptr %space, ptr %out)")

    def _look_ahead(self, f: Function, row: str, count: str, lane: str) -> None:
        """Store the requested time after the next one."""
        self._put(f, "double", literal(_INFINITY), "following", lane)
        ahead = f.whole("add", row, 1)
        with f.when(f.let(f"icmp slt i64 {ahead}, {count}")):
            later = f.get("double", self._common(f, "ptr", "times"), ahead)
            self._put(f, "double", later, "following", lane)

    def _note_due(self, f: Function, due: str) -> str:
        """Store which lanes have something to observe; return whether any has."""
        flags = f.let(f"zext {self._module.mask} {due} to {self._module.integers}")
        f.store_integers(flags, "%space", self._layout["due"])
        f.store(f.load("%space", self._layout["next_output"]), "%space", self._layout["observe_time"])
        return f.any_true(due)

    # a start or restart

    def _write_begin(self) -> None:
        """Write: prepare lanes that start or restart, and observe what is asked for at that moment."""
        at = self._layout
        f = self._start("begin", out=True)
        f.call("hoist", "ptr %space")
        if self._events:
            f.call("happen", "ptr %shared", "ptr %space")
        f.call("first_step", "ptr %space")
        fresh = f.nonzero(f.load_integers("%space", at["fresh"]))
        guess = f.load("%space", at["trial"])
        time, end = f.load("%space", at["time"]), f.load("%space", at["end"])
        room = f.exact_sub(end, time)
        step = f.select(f.compare("olt", room, guess), room, guess)
        f.store(f.select(fresh, step, f.load("%space", at["step"])), "%space", at["step"])
        f.store(f.select(fresh, end, f.load("%space", at["bound"])), "%space", at["bound"])
        f.store(f.select(fresh, step, f.load("%space", at["proposal"])), "%space", at["proposal"])
        self._each_lane(f, "fresh", "check_start")
        with f.numbers(self._module.real), f.loop(at.states) as i:
            y = f.load("%space", f.whole("add", i, at["y"]))
            f.store(y, "%space", f.whole("add", i, at["u"]))
        with f.repeat() as (_, after):
            fresh = f.nonzero(f.load_integers("%space", at["fresh"]))
            wanted = f.load("%space", at["next_output"])
            due = f.both(fresh, f.compare("ole", wanted, f.load("%space", at["time"])))
            more = f.label("more")
            f.branch(self._note_due(f, due), more, after)
            f.start(more)
            f.call("emit", "ptr %shared", "ptr %space", "ptr %out")
        self._each_lane(f, "fresh", "turn")
        f.store_integers(f.integer(0), "%space", at["fresh"])
        self._end(f)
        self._write_check_start()

    def _write_check_start(self) -> None:
        """Write: give up a lane whose rates are not finite."""
        f = self._start("check_start", lane=True)
        guess = self._get(f, "double", "trial")
        with f.when(f.let(f"fcmp uno double {guess}, {guess}")):
            how = f"i64 {int(Status.NOT_FINITE)}"
            f.call("finish", "ptr %shared", "ptr %space", "i64 %lane", how)
        self._end(f)

    # after a step

    def _due(self, f: Function) -> str:
        """Return the mask of lanes whose accepted step passes a requested time; a switch comes first."""
        at = self._layout
        accepted = f.nonzero(f.load_integers("%space", at["accepted"]))
        wanted = f.load("%space", at["next_output"])
        passed = f.compare("ole", wanted, f.load("%space", at["trial"]))
        unswitched = f.compare("olt", wanted, f.load("%space", at["stop"]))
        if self._events.searched:
            unswitched = f.both(unswitched, f.compare("olt", wanted, f.load("%space", at["event_time"])))
        return f.both(accepted, f.both(passed, unswitched))

    def _write_deliver(self) -> None:
        """Write: observe all requested times that the accepted steps passed."""
        at = self._layout
        f = self._start("deliver", out=True)
        f.call("dense", "ptr %space")
        with f.repeat() as (_, after):
            more = f.label("more")
            f.branch(self._note_due(f, self._due(f)), more, after)
            f.start(more)
            wanted, time = f.load("%space", at["next_output"]), f.load("%space", at["time"])
            passed = f.exact_sub(wanted, time)
            share = f.let(f"fdiv {f.kind.vector} {passed}, {f.load('%space', at['step'])}")
            at_end = f.compare("oeq", wanted, f.load("%space", at["trial"]))
            self._store_real(f, f.select(at_end, f.const(1.0), share), "share")
            f.call("interpolate", "ptr %space")
            f.call("emit", "ptr %shared", "ptr %space", "ptr %out")
        self._end(f)

    def _write_turn(self) -> None:
        """Write: what a lane does that cannot simply step on: finish, switch or give up."""
        f = self._start("turn", lane=True)
        finish = ("finish", "ptr %shared", "ptr %space", "i64 %lane")
        done = f.let(f"icmp eq i64 {self._get(f, 'i64', 'row')}, {self._common(f, 'i64', 'n_times')}")
        finished, going = f.label("finished"), f.label("going")
        f.branch(done, finished, going)
        f.start(finished)
        f.call(*finish, f"i64 {int(Status.OK)}")
        f.do("ret void")
        f.start(going)
        arrived = f.let(f"fcmp oge double {self._get(f, 'double', 'time')}, {self._get(f, 'double', 'end')}")
        if self._events.searched:
            moment = self._get(f, "double", "event_time")
            happens = f.let(f"fcmp olt double {moment}, {literal(_INFINITY)}")
            arrived = f.let(f"or i1 {arrived}, {happens}")
        over = f.let(f"icmp sgt i64 {self._get(f, 'i64', 'tries')}, {self._common(f, 'i64', 'tries')}")
        arrived = f.let(f"select i1 {over}, i1 false, i1 {arrived}")
        switched, failing = f.label("switched"), f.label("failing")
        f.branch(arrived, switched, failing)
        f.start(switched)
        f.call("arrive", "ptr %shared", "ptr %space", "i64 %lane")
        f.do("ret void")
        f.start(failing)
        with f.when(f.let(f"icmp ne i64 {self._get(f, 'i64', 'stuck')}, 0")):
            f.call(*finish, f"i64 {self._reason(f)}")
            f.do("ret void")
            f.start(f.label("unreached"))
        with f.when(over):
            f.call(*finish, f"i64 {int(Status.STEP_LIMIT)}")
        self._end(f)

    def _write_arrive(self) -> None:
        """Write: restart a lane at a switch or an event."""
        f = self._start("arrive", lane=True)
        switch, count = self._get(f, "i64", "switch"), self._common(f, "i64", "n_switches")
        place = f.whole("add", f.whole("mul", self._get(f, "i64", "member"), count), switch)
        time = self._get(f, "double", "time")
        self._put(f, "double", time, "moment")
        self._put(f, "double", literal(_INFINITY), "event_time")
        with f.when(f.let(f"icmp slt i64 {switch}, {count}")):
            due = f.get("double", self._common(f, "ptr", "switch_times"), place)
            with f.when(f.let(f"fcmp ole double {due}, {time}")):
                after = f.get("double", self._common(f, "ptr", "switch_after"), place)
                self._put(f, "double", after, "time")
        self._put(f, "i64", 1, "fresh")
        self._put(f, "i64", 0, "rejected")
        f.call("pass_switches", "ptr %shared", "ptr %space", "i64 %lane")
        self._end(f)

    def _reason(self, f: Function) -> str:
        """Return the status of a lane whose step has become too small to move."""
        singular = f.let(f"icmp ne i64 {self._get(f, 'i64', 'singular')}, 0")
        error = self._get_real(f, "error", "%lane")
        finite = f.let(f"fcmp olt double {error}, {literal(_INFINITY)}")
        small, infinite = int(Status.STEP_TOO_SMALL), int(Status.NOT_FINITE)
        how = f.let(f"select i1 {finite}, i64 {small}, i64 {infinite}")
        return f.let(f"select i1 {singular}, i64 {int(Status.SINGULAR)}, i64 {how}")

    def _write_settle(self) -> None:
        """Write: accept or reject each lane's step, deliver, move on, choose the next step."""
        at = self._layout
        f = self._start("settle", out=True)
        active = f.nonzero(f.load_integers("%space", at["active"]))
        error, h = self._load_real(f, "error"), f.load("%space", at["step"])
        ok = f.both(f.compare("ole", error, f.const(1.0)), active)
        f.store_integers(self._flags(f, ok), "%space", at["accepted"])
        time, bound = f.load("%space", at["time"]), f.load("%space", at["bound"])
        arrives = f.compare("oge", h, f.exact_sub(bound, time))
        f.store(f.select(arrives, bound, f.add(time, h)), "%space", at["trial"])
        if self._events.searched:
            f.call("search", "ptr %shared", "ptr %space")
            ok = f.nonzero(f.load_integers("%space", at["accepted"]))
        with f.when(f.any_true(self._due(f))):
            f.call("deliver", "ptr %shared", "ptr %space", "ptr %out")
        if self._events.searched:
            f.call("land", "ptr %shared", "ptr %space")
        self._commit(f, ok)
        time = f.select(ok, f.load("%space", at["trial"]), time)
        f.store(time, "%space", at["time"])
        factor = self._factor(f, error, ok)
        wanted = f.mul(h, factor)
        # a step that was cut short to land on a moment and shows no error leaves the former wish standing
        former = f.load("%space", at["proposal"])
        unchecked = f.compare("oge", factor, f.const(_LARGEST_FACTOR))
        unchecked = f.both(unchecked, f.compare("ogt", former, wanted))
        wanted = f.select(f.both(ok, unchecked), former, wanted)
        f.store(wanted, "%space", at["proposal"])
        if self._events.searched:
            landing = f.load("%space", at["landing"])
            wanted = f.select(f.compare("olt", landing, wanted), landing, wanted)
        self._choose_bound(f, time, wanted)
        moves = f.compare("ogt", f.add(time, wanted), time)
        self._find_attention(f, active, ok, moves)
        self._each_lane(f, "attention", "turn")
        self._end(f)

    def _choose_bound(self, f: Function, time: str, wanted: str) -> None:
        """Store the next step and the moment that it must not pass.

        That is the next stop, or a requested time if the step would pass that one alone: the interpolant
        is less exact than the steps, and serves where several times are asked for within one step.
        """
        at = self._layout
        end, asked = f.load("%space", at["end"]), f.load("%space", at["next_output"])
        reach = f.add(time, wanted)
        alone = f.compare("ogt", f.load("%space", at["following"]), reach)
        lands = f.both(alone, f.both(f.compare("olt", asked, reach), f.compare("olt", asked, end)))
        bound = f.select(lands, asked, end)
        f.store(bound, "%space", at["bound"])
        room = f.exact_sub(bound, time)
        f.store(f.select(f.compare("olt", room, wanted), room, wanted), "%space", at["step"])

    def _commit(self, f: Function, ok: str) -> None:
        """Take over the new states of accepted lanes and count."""
        at = self._layout
        pairs = [("y", "y_next")] + [("y_low", "y_next_low")] * self._module.target.single
        with f.numbers(self._module.real), f.loop(at.states) as i:
            for held, following in pairs:
                place = f.at("%space", f.whole("add", i, at[held]))
                new = f.load("%space", f.whole("add", i, at[following]))
                f.store(f.select(ok, new, f.load(place)), place)
        accepted = self._flags(f, ok)
        steps = f.integer_op("add", f.load_integers("%space", at["steps"]), accepted)
        f.store_integers(steps, "%space", at["steps"])
        tries = f.integer_op("add", f.load_integers("%space", at["tries"]), f.integer(1))
        f.store_integers(tries, "%space", at["tries"])
        singular = f.load_integers("%space", at["singular"])
        kind = self._module.integers
        kept = f.let(f"select {self._module.mask} {ok}, {kind} zeroinitializer, {kind} {singular}")
        f.store_integers(kept, "%space", at["singular"])

    def _factor(self, f: Function, error: str, ok: str) -> str:
        """Return the change of the step: 0.95 e^(-1/order) within bounds, no growth after a rejection."""
        at = self._layout
        power = f.mul(vector_math.log(f, error), f.const(-0.5 / self._order))  # error holds e squared
        factor = f.mul(f.const(_SAFETY), vector_math.exp(f, power))
        small, large = f.const(_SMALLEST_FACTOR), f.const(_LARGEST_FACTOR)
        factor = f.select(f.compare("ogt", factor, small), factor, small)  # also where it is NaN
        factor = f.select(f.compare("olt", factor, large), factor, large)
        rejected = f.nonzero(f.load_integers("%space", at["rejected"]))
        bound = f.select(rejected, f.const(1.0), large)
        bound = f.select(ok, bound, f.const(_FACTOR_AFTER_REJECTION))
        not_ok = f.let(f"xor {self._module.mask} {ok}, {f.all_true()}")
        f.store_integers(self._flags(f, not_ok), "%space", at["rejected"])
        return f.select(f.compare("olt", factor, bound), factor, bound)

    def _find_attention(self, f: Function, active: str, ok: str, moves: str) -> None:
        """Note which lanes are stuck, and which must do more than step on."""
        at, module = self._layout, self._module
        stuck = f.let(f"xor {module.mask} {f.let(f'or {module.mask} {ok}, {moves}')}, {f.all_true()}")
        f.store_integers(self._flags(f, stuck), "%space", at["stuck"])
        time, end = f.load("%space", at["time"]), f.load("%space", at["end"])
        arrived = f.both(ok, f.compare("oge", time, end))
        unasked = f.compare("oeq", f.load("%space", at["next_output"]), f.const(_INFINITY))
        limit = self._common(f, "i64", "tries")
        spread = f.let(f"insertelement {module.integers} undef, i64 {limit}, i32 0")
        zeros = f"<{module.lanes} x i32> zeroinitializer"
        limits = f.let(f"shufflevector {module.integers} {spread}, {module.integers} undef, {zeros}")
        tries = f.load_integers("%space", at["tries"])
        over = f.let(f"icmp sgt {module.integers} {tries}, {limits}")
        found = arrived
        others = [unasked, stuck, over]
        if self._events.searched:
            others.append(f.compare("olt", f.load("%space", at["event_time"]), f.const(_INFINITY)))
        for other in others:
            found = f.let(f"or {module.mask} {found}, {other}")
        f.store_integers(self._flags(f, f.both(found, active)), "%space", at["attention"])

    # all members

    def _write_run(self) -> None:
        """Write ``run`` and ``proceed``: both return 1 when their block steps are used up, 0 at the end.

        The caller goes on with ``proceed`` then; in between it can see to an interruption.
        """
        self._write_proceed()
        f = Function(self._module, "run", _RUN_ARGUMENTS, "i64", exported=True, kind=self._module.wide)
        for section in ("active", "fresh"):
            f.store_integers(f.integer(0), "%space", self._layout[section])
        f.store_integers(f.integer(self._module.lanes), "%space", self._layout["staged"])
        f.do(f"ret i64 {f.let('call i64 @proceed(ptr %shared, ptr %space, ptr %out)')}")
        self._module.add(f)
        self._write_refill()

    def _write_proceed(self) -> None:
        """Write: integrate members from the queue until it is empty or a stop is asked for."""
        at, module = self._layout, self._module
        f = Function(module, "proceed", _RUN_ARGUMENTS, "i64", exported=True, kind=module.wide)
        control = self._flush_tiny(f) if module.target.single else None
        left = f.let("alloca i64")
        f.do(f"store i64 {self._common(f, 'i64', 'block_steps')}, ptr {left}")
        with f.repeat() as (_, after):
            stop = f.let(f"load atomic i64, ptr {f.word_at('%shared', PLACE['stop'])} monotonic, align 8")
            self._leave_unless(f, f"icmp eq i64 {stop}, 0", after)
            count = f.let(f"load i64, ptr {left}")
            f.do(f"store i64 {f.whole('sub', count, 1)}, ptr {left}")
            self._leave_unless(f, f"icmp sgt i64 {count}, 0", after)
            f.call("refill", "ptr %shared", "ptr %space", "ptr %out")
            active = f.nonzero(f.load_integers("%space", at["active"]))
            busy = f.label("busy")
            f.branch(f.any_true(active), busy, after)
            f.start(busy)
            fresh = f.nonzero(f.load_integers("%space", at["fresh"]))
            with f.when(f.any_true(fresh)):
                f.call("begin", "ptr %shared", "ptr %space", "ptr %out")
            self._step(f)
            f.call("settle", "ptr %shared", "ptr %space", "ptr %out")
        if control is not None:
            self._set_control(f, control)
        spent = f.let(f"icmp slt i64 {f.let(f'load i64, ptr {left}')}, 0")
        f.do(f"ret i64 {f.let(f'zext i1 {spent} to i64')}")
        module.add(f)

    def _step(self, f: Function) -> None:
        f.call("step", "ptr %space")

    def _flush_tiny(self, f: Function) -> str | None:
        """Let numbers below the normal range count as zero, as ARM and GPUs take at full speed anyway.

        A squared error easily is one in single precision, and x86 takes a hundred times longer for it.
        Returns the address of the former setting, or None where there is nothing to set.
        """
        if not self._module.target.triple.startswith("x86_64"):
            return None
        before, now = f.let("alloca i32"), f.let("alloca i32")
        f.module.declare("llvm.x86.sse.stmxcsr", "void (ptr)")
        f.do(f"call void @llvm.x86.sse.stmxcsr(ptr {before})")
        held = f.let(f"load i32, ptr {before}")
        f.do(f"store i32 {f.let(f'or i32 {held}, {_FLUSH}')}, ptr {now}")
        self._set_control(f, now)
        return before

    def _set_control(self, f: Function, place: str) -> None:
        f.module.declare("llvm.x86.sse.ldmxcsr", "void (ptr)")
        f.do(f"call void @llvm.x86.sse.ldmxcsr(ptr {place})")

    def _write_refill(self) -> None:
        """Write: give every empty lane a member, while there are any."""
        f = self._start("refill", out=True)
        with f.loop(self._module.lanes) as lane:
            empty = f.let(f"icmp eq i64 {self._get(f, 'i64', 'active', lane)}, 0")
            with f.when(empty):
                if self._staged:
                    f.call("fill_lane", "ptr %shared", "ptr %space", f"i64 {lane}", "ptr %out")
                else:
                    f.call("take_member", "ptr %shared", "ptr %space", f"i64 {lane}")
        self._end(f)

    def _write_take_member(self) -> None:
        """Write: give a lane the next member of the queue, if there is one."""
        f = self._start("take_member", lane=True)
        members = self._common(f, "i64", "members")
        taken = f.get("i64", "%shared", PLACE["next"])
        with f.when(f.let(f"icmp slt i64 {taken}, {members}")):
            ticket = f.let(f"atomicrmw add ptr {f.word_at('%shared', PLACE['next'])}, i64 1 monotonic")
            with f.when(f.let(f"icmp slt i64 {ticket}, {members}")):
                member = f.get("i64", self._common(f, "ptr", "queue"), ticket)
                f.call("load_member", "ptr %shared", "ptr %space", "i64 %lane", f"i64 {member}")
        self._end(f)
