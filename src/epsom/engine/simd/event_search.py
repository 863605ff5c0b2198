"""Events of a block, as machine code: settle them at a moment, and find the moments between.

After an accepted step the interpolant is looked at in several places; where a trigger has changed its
mind, halving finds the first number of time at which it has. The interpolant is less exact than the steps,
but not near the ends of a step: elsewhere the step is taken again to just after the moment, and what is found
then counts.
"""

from __future__ import annotations

from functools import reduce

from epsom.engine.simd.event_queue import AT_REST
from epsom.engine.simd.event_tables import EventTables
from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.lanes import LaneCode
from epsom.engine.simd.layout import Layout
from epsom.engine.solution import Status

# So many triggers are compared in one straight line.
_FEW = 8
# Places in which each step is looked at, however short it is.
_LEAST_LOOKS = 4
# A moment found between these shares of a step is looked for again in a step that ends this much after it.
_NEAR_THE_START, _NEAR_THE_END, _JUST_AFTER = 0.02, 0.9, 1.02
# None is that is nearer than this share of the time itself: over a few roundings of time states stand still.
_FEW_ROUNDINGS = 2.0**-40


class EventSearch(LaneCode):
    """Write ``happen``, ``search`` and ``land`` over the functions of the kernel and the queue."""

    def __init__(self, module: Module, layout: Layout, tables: EventTables) -> None:
        super().__init__(module, layout)
        self._tables = tables

    def write(self) -> None:
        """Write all functions; the search only where there is something to be searched for."""
        self._write_happen()
        if self._tables.searched:
            self._write_search()
            self._write_land()

    # helpers

    def _leave_unless_any(self, f: Function, after: str, mask: str) -> None:
        """Leave a repeated body for ``after`` where a mask holds in no lane."""
        stay = f.label("stay")
        f.branch(f.any_true(mask), stay, after)
        f.start(stay)

    def _either(self, f: Function, a: str, b: str) -> str:
        return f.let(f"or {self._module.mask} {a}, {b}")

    def _unless(self, f: Function, a: str, b: str) -> str:
        """Return the mask of lanes where ``a`` holds and ``b`` does not."""
        return f.both(a, f.let(f"xor {self._module.mask} {b}, {f.all_true()}"))

    def _after(self, f: Function, time: str) -> str:
        """Return the next number after each lane's time."""
        plain = f.let(f"fadd {f.kind.vector} {time}, {f.const(0.0)}")  # makes -0 to 0
        kind = self._module.integers
        up = f.compare("oge", plain, f.const(0.0))
        step = f.let(f"select {self._module.mask} {up}, {kind} {f.integer(1)}, {kind} {f.integer(-1)}")
        return f.as_numbers(f.integer_op("add", f.as_integers(plain), step))

    def _changed(self, f: Function, place: str) -> str:
        """Return the mask of lanes in which a trigger has changed; ``place`` holds the search for it."""
        at = self._layout
        if len(self._tables) <= _FEW:
            masks = [
                self._differs(f, at["truth"] + k * at.ratio, at["was"] + k * at.ratio)
                for k in range(len(self._tables))
            ]
            return reduce(lambda a, b: self._either(f, a, b), masks)
        f.store(f.const(0.0), place)
        with f.loop(len(self._tables)) as k:
            event = f.whole("mul", k, at.ratio)
            now, was = f.whole("add", event, at["truth"]), f.whole("add", event, at["was"])
            f.store(f.select(self._differs(f, now, was), f.const(1.0), f.load(place)), place)
        return f.compare("une", f.load(place), f.const(0.0))

    def _differs(self, f: Function, now: int | str, was: int | str) -> str:
        return f.compare("une", f.load("%space", now), f.load("%space", was))

    def _room(self, f: Function) -> str:
        return f.let(f"alloca {f.kind.vector}, align {f.alignment}")

    # at a moment

    def _write_happen(self) -> None:
        """Write: settle the events of lanes that start or restart, at their moment and just after it."""
        at, module = self._layout, self._module
        f = self._start("happen")
        place = self._room(f)
        kind = module.integers
        fresh = f.nonzero(f.load_integers("%space", at["fresh"]))
        phase = f.let(f"select {module.mask} {fresh}, {kind} {f.integer(0)}, {kind} {f.integer(AT_REST)}")
        f.store_integers(phase, "%space", at["phase"])
        with f.repeat() as (_, after):
            phase = f.load_integers("%space", at["phase"])
            restless = f.let(f"icmp slt {kind} {phase}, {f.integer(AT_REST)}")
            self._leave_unless_any(f, after, restless)
            f.store_integers(self._flags(f, restless), "%space", at["restless"])
            first = f.let(f"icmp eq {kind} {phase}, {f.integer(0)}")
            moment = f.load("%space", at["moment"])
            f.store(f.select(first, moment, self._after(f, moment)), "%space", at["observe_time"])
            self._copy_states(f)
            f.call("triggers", "ptr %space")
            waiting = f.nonzero(f.load_integers("%space", at["queued"]))
            busy = f.both(restless, self._either(f, waiting, self._changed(f, place)))
            with f.when(f.any_true(busy)):
                f.store(moment, "%space", at["observe_time"])
                f.call("effects", "ptr %space")
            self._each_lane(f, "restless", "advance")
        self._check_states(f, place)
        self._each_lane(f, "fresh", "await_due")
        self._end(f)
        self._write_give_up()

    def _copy_states(self, f: Function) -> None:
        at = self._layout
        with f.numbers(self._module.real), f.loop(at.states) as i:
            y = f.load("%space", f.whole("add", i, at["y"]))
            f.store(y, "%space", f.whole("add", i, at["u"]))

    def _check_states(self, f: Function, place: str) -> None:
        """Give up lanes whose states have become infinite or undefined."""
        at = self._layout
        f.store(f.const(0.0), place)
        with f.loop(at.states) as i:
            with f.numbers(self._module.real):
                y = f.load("%space", f.whole("add", i, at["y"]))
            f.store(f.fma(f.widen(y), f.const(0.0), f.load(place)), place)
        total = f.load(place)
        fresh = f.nonzero(f.load_integers("%space", at["fresh"]))
        lost = f.both(fresh, f.compare("uno", total, total))
        f.store_integers(self._flags(f, lost), "%space", at["restless"])
        self._each_lane(f, "restless", "give_up")

    def _write_give_up(self) -> None:
        f = self._start("give_up", lane=True)
        f.call("finish", "ptr %shared", "ptr %space", "i64 %lane", f"i64 {int(Status.NOT_FINITE)}")
        self._end(f)

    # between moments

    def _write_search(self) -> None:
        """Write: find in accepted steps the first moment at which a trigger changes, and end them there.

        Such a lane's ``event_time`` is that moment, or ``landing`` the length of the step to take again;
        both are infinite in all other lanes.
        """
        at = self._layout
        f = self._start("search")
        place, count = self._room(f), self._room(f)
        f.call("dense", "ptr %space")
        time, trial = f.load("%space", at["time"]), f.load("%space", at["trial"])
        f.store(time, "%space", at["good"])
        f.store(f.const(float("inf")), "%space", at["event_time"])
        f.store_integers(f.integer(0), "%space", at["found"])
        self._look_along(f, place, count, time, trial)
        found = f.nonzero(f.load_integers("%space", at["found"]))
        with f.when(f.any_true(found)):
            self._halve(f, place, found)
        self._decide(f, found, time, trial)
        self._end(f)

    def _look_along(self, f: Function, place: str, count: str, time: str, trial: str) -> None:
        at = self._layout
        accepted = f.nonzero(f.load_integers("%space", at["accepted"]))
        end = f.load("%space", at["end"])
        # what changes at the lane's stop itself is met there, exactly
        before = f.neg(self._after(f, f.neg(end)))
        last = f.select(f.compare("oge", trial, end), before, trial)
        width = f.exact_sub(last, time)
        rate = self._common(f, "double", "look_rate")
        spread = f.let(f"insertelement {f.kind.vector} undef, double {rate}, i32 0")
        zeros = f"<{self._module.lanes} x i32> zeroinitializer"
        kind = f.kind.vector
        rates = f.let(f"shufflevector {kind} {spread}, {kind} undef, {zeros}")
        looks = f.intrinsic("ceil", f.mul(width, rates))
        least = f.const(float(_LEAST_LOOKS))
        looks = f.select(f.compare("ogt", looks, least), looks, least)
        f.store(f.const(0.0), count)
        with f.repeat() as (_, after):
            number = f.add(f.load(count), f.const(1.0))
            f.store(number, count)
            found = f.nonzero(f.load_integers("%space", at["found"]))
            looking = f.both(self._unless(f, accepted, found), f.compare("ole", number, looks))
            self._leave_unless_any(f, after, looking)
            share = f.let(f"fdiv {kind} {number}, {looks}")
            between = f.add(time, f.mul(width, share))
            look = f.select(f.compare("olt", number, looks), between, last)
            looking = f.both(looking, f.compare("ogt", look, time))
            self._keep(f, looking, look, self._changed_at(f, place, look))

    def _changed_at(self, f: Function, place: str, look: str) -> str:
        """Return the mask of lanes in which a trigger differs at a time within the step."""
        at = self._layout
        passed = f.exact_sub(look, f.load("%space", at["time"]))
        share = f.let(f"fdiv {f.kind.vector} {passed}, {f.load('%space', at['step'])}")
        self._store_real(f, share, "share")
        f.store(look, "%space", at["observe_time"])
        f.call("interpolate", "ptr %space")
        f.call("triggers", "ptr %space")
        return self._changed(f, place)

    def _keep(self, f: Function, looking: str, look: str, changed: str) -> None:
        """Note a look: as the earliest with a change, or the latest without."""
        at = self._layout
        hit = f.both(looking, changed)
        f.store(f.select(hit, look, f.load("%space", at["event_time"])), "%space", at["event_time"])
        missed = self._unless(f, looking, changed)
        f.store(f.select(missed, look, f.load("%space", at["good"])), "%space", at["good"])
        known = f.nonzero(f.load_integers("%space", at["found"]))
        f.store_integers(self._flags(f, self._either(f, known, hit)), "%space", at["found"])

    def _halve(self, f: Function, place: str, found: str) -> None:
        """Halve the stretch between the last look without a change and the first with one to nothing."""
        at = self._layout
        with f.repeat() as (_, after):
            good, bad = f.load("%space", at["good"]), f.load("%space", at["event_time"])
            middle = f.add(f.mul(good, f.const(0.5)), f.mul(bad, f.const(0.5)))
            inside = f.both(f.compare("ogt", middle, good), f.compare("olt", middle, bad))
            looking = f.both(found, inside)
            self._leave_unless_any(f, after, looking)
            self._keep(f, looking, middle, self._changed_at(f, place, middle))

    def _decide(self, f: Function, found: str, time: str, trial: str) -> None:
        """End a step at the moment that was found, or have it taken again to just after that."""
        at = self._layout
        endless = f.const(float("inf"))
        accepted = f.nonzero(f.load_integers("%space", at["accepted"]))
        refined = f.nonzero(f.load_integers("%space", at["refined"]))
        moment = f.load("%space", at["event_time"])
        wait, whole = f.exact_sub(moment, time), f.exact_sub(trial, time)
        early = f.compare("olt", wait, f.mul(whole, f.const(_NEAR_THE_END)))
        late = f.compare("ogt", wait, f.mul(whole, f.const(_NEAR_THE_START)))
        steps = f.compare("ogt", wait, f.mul(f.intrinsic("fabs", time), f.const(_FEW_ROUNDINGS)))
        again = f.both(self._unless(f, found, refined), f.both(f.both(early, late), steps))
        event = self._unless(f, found, again)
        f.store_integers(self._flags(f, self._unless(f, accepted, again)), "%space", at["accepted"])
        still = self._either(f, again, self._unless(f, refined, accepted))
        f.store_integers(self._flags(f, still), "%space", at["refined"])
        f.store(f.select(event, moment, endless), "%space", at["event_time"])
        f.store(f.select(event, moment, trial), "%space", at["trial"])
        landing = f.mul(wait, f.const(_JUST_AFTER))
        f.store(f.select(again, landing, endless), "%space", at["landing"])

    def _write_land(self) -> None:
        """Write: where there is an event, let the step end with the states of that moment."""
        at = self._layout
        f = self._start("land")
        moment = f.load("%space", at["event_time"])
        event = f.compare("olt", moment, f.const(float("inf")))
        with f.when(f.any_true(event)):
            passed = f.exact_sub(moment, f.load("%space", at["time"]))
            share = f.let(f"fdiv {f.kind.vector} {passed}, {f.load('%space', at['step'])}")
            self._store_real(f, share, "share")
            f.call("interpolate", "ptr %space")
            with f.numbers(self._module.real), f.loop(at.states) as i:
                place = f.at("%space", f.whole("add", i, at["y_next"]))
                found = f.load("%space", f.whole("add", i, at["u"]))
                f.store(f.select(event, found, f.load(place)), place)
                if self._module.target.single:
                    place = f.at("%space", f.whole("add", i, at["y_next_low"]))
                    f.store(f.select(event, f.const(0.0), f.load(place)), place)
        self._end(f)
