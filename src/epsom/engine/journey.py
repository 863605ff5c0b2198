"""One member's path from start to end: smooth stretches between switches, thresholds and events."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.compile import Function, Leaves
from epsom.engine.happenings import EventLoopError, Happenings
from epsom.engine.lsoda import Dense, Standing, Stretch
from epsom.engine.members import Members
from epsom.engine.prepared import Prepared
from epsom.engine.solution import Status
from epsom.engine.start import Start

# Where there are triggers, no step is longer than this share of the whole, and a step of that length is
# looked at in this many places: a condition that holds more briefly than that can be missed.
_LARGEST_SHARE = 1.0 / 200.0
_LOOKS = 8
# Over a stretch shorter than this share of the whole, or than rounding, LSODA cannot step: time just passes.
_SHORTEST_STRETCH = 1e-30
# LSODA gives up where a trial leaves the range of a formula (the root of a number below zero). It then starts
# again with steps bounded to this share of what they were, and may make longer ones after so many good ones;
# no bound is smaller than this share of the stretch.
_SHORTER, _PATIENCE, _SHORTEST_SHARE = 0.25, 20, 1e-13


@dataclass(frozen=True)
class Settings:
    """Hold tolerances, starting time and the bound on steps."""

    rtol: float
    atol: float
    start: float
    step_limit: int


class Journey:
    """Integrate one member; afterwards `values`, `status`, `time` and `steps` say what came of it."""

    def __init__(
        self,
        prepared: Prepared,
        observer: Function,
        member: Members,
        begin: Start,
        scales: FloatArray,
        times: FloatArray,
        settings: Settings,
    ) -> None:
        self._prepared, self._observer, self._settings = prepared, observer, settings
        self._parameters = member.parameters[0].copy()
        self._derived = begin.derived[0]
        self._schedule = member.schedule
        self._switch = 0
        self._atol = settings.atol * scales
        self._times, self._row = times, 0
        self._end = float(times[-1]) if times.size else settings.start
        self._span = self._end - settings.start
        self.values = np.full((times.size, len(observer)), np.nan)
        self.status = Status.OK
        self.time = settings.start
        self.steps = 0
        self._states = begin.states[0].copy()
        self._largest_step = np.inf
        if prepared.system.events or not self._states.size:
            self._largest_step = max(self._span * _LARGEST_SHARE, np.finfo(float).tiny)
        self._step_bound, self._good_steps = np.inf, 0
        self._bind()
        self._happenings = Happenings(prepared, self._leaves, self._span)

    def _bind(self) -> None:
        self._leaves = Leaves(self._parameters, self._derived)
        self._rates = self._prepared.rates.bind(self._leaves)
        self._jacobian = self._prepared.bound_jacobian(self._leaves, self._rates)
        self._observe: Callable[[float, FloatArray], FloatArray] = self._observer.bind(self._leaves)
        thresholds = self._prepared.thresholds.bind(self._leaves)
        self._thresholds = thresholds(self.time, self._states)

    def run(self) -> None:
        """Integrate to the last requested time, or to the failure."""
        if not self._startable():
            return
        try:
            self._arrive()
            while self.time < self._end and self.status is Status.OK:
                self._advance(self._bound())
                if self.status is Status.OK:
                    self._arrive()
        except EventLoopError:
            self.status = Status.EVENT_LIMIT

    def _startable(self) -> bool:
        finite = np.all(np.isfinite(self._states)) and np.all(np.isfinite(self._atol))
        used = self._parameters[self._prepared.parameters_used]
        if not finite or np.any(np.isnan(used)) or not self._switches_rise():
            self.status = Status.BAD_INPUT
        elif not np.all(np.isfinite(self._rates(self.time, self._states))):
            self.status = Status.NOT_FINITE
        return self.status is Status.OK

    def _switches_rise(self) -> bool:
        if self._schedule is None:
            return True
        switches = self._schedule.times[0]
        # the padding at the end is infinite, and inf - inf would be NaN
        return bool(np.all(switches[1:] >= switches[:-1])) and not bool(np.any(np.isnan(switches)))

    def _next_switch(self) -> float:
        if self._schedule is None or self._switch >= self._schedule.times.shape[1]:
            return np.inf
        return float(self._schedule.times[0, self._switch])

    def _bound(self) -> float:
        later = self._thresholds[self._thresholds > self.time]
        return float(min(self._end, self._next_switch(), self._happenings.next_due(), *later.tolist()))

    def _arrive(self) -> None:
        """Do what belongs to this moment: switches, events, then what is observed at it."""
        switched = False
        while self._schedule is not None and self._next_switch() <= self.time:
            for k, name in enumerate(self._schedule.inputs):
                self._parameters[self._prepared.system.parameter_index(name)] = self._schedule.values[
                    0, self._switch, k
                ]
            self._switch += 1
            switched = True
        if switched:
            self._bind()
            self._happenings.bind(self._leaves)
        self._states = self._happenings.settle(self.time, self._states)
        if not np.all(np.isfinite(self._states)):
            self.status = Status.NOT_FINITE
            return
        self._record(self.time, lambda t: self._states, including=True)

    def _record(self, until: float, states: Dense, *, including: bool = False) -> None:
        while self._row < self._times.size:
            t = float(self._times[self._row])
            if t > until or (t == until and not including):
                return
            self.values[self._row] = self._observe(t, states(t))
            self._row += 1

    def _stretch(self, bound: float) -> Stretch | Standing:
        too_short = bound - self.time <= max(4.0 * math.ulp(self.time), _SHORTEST_STRETCH * self._span)
        if too_short or not self._states.size:
            return Standing(self.time, self._states, bound, self._largest_step)
        rates, jacobian = self._rates, self._jacobian
        if self._thresholds.size:
            rates = _between(self.time, bound, rates)
            jacobian = _between(self.time, bound, jacobian)
        return Stretch(
            rates,
            jacobian,
            self.time,
            self._states,
            bound,
            rtol=self._settings.rtol,
            atol=self._atol,
            largest_step=min(self._largest_step, self._step_bound),
        )

    def _shorten(self, bound: float) -> bool:
        """Bound the steps more closely; False when they are too short already."""
        left = bound - self.time
        self._step_bound, self._good_steps = _SHORTER * min(self._step_bound, left), 0
        return self._step_bound > _SHORTEST_SHARE * max(abs(self.time), left)

    def _may_lengthen(self, bound: float) -> bool:
        """Tell whether bounded steps have gone well for so long that longer ones may be tried."""
        self._good_steps += 1
        if self._step_bound == np.inf or self._good_steps < _PATIENCE:
            return False
        longer = self._step_bound / _SHORTER
        self._step_bound, self._good_steps = longer if longer < bound - self.time else np.inf, 0
        return True

    def _advance(self, bound: float) -> None:
        """Step towards ``bound``, but stop where a trigger changes its mind."""
        stretch = self._stretch(bound)
        while self.time < bound:
            before = self.time
            if self.steps >= self._settings.step_limit:
                self.status = Status.STEP_LIMIT
                return
            if not stretch.step():
                if stretch.status is Status.NOT_FINITE and self._shorten(bound):
                    stretch = self._stretch(bound)
                    continue
                self.status = stretch.status
                return
            self.steps += 1
            reached = stretch.time
            wanted = self._row < self._times.size and self._times[self._row] < reached
            dense = stretch.dense() if wanted or self._prepared.events else None
            found = None if dense is None else self._find_change(dense, before, reached, reached == bound)
            self.time = reached if found is None else found
            if dense is not None:
                self._record(self.time, dense)
            self._states = stretch.states if found is None or dense is None else dense(found)
            if found is not None:
                return
            if self._may_lengthen(bound):
                stretch = self._stretch(bound)

    def _find_change(self, dense: Dense, before: float, reached: float, at_bound: bool) -> float | None:
        """Return the first moment in (before, reached] at which a trigger changes, or None."""
        if not self._prepared.events:
            return None
        truth, was = self._happenings.truth, self._happenings.was
        # What changes at the bound itself is met there, exactly.
        last = np.nextafter(reached, before) if at_bound else reached
        looks = math.ceil(_LOOKS * (reached - before) / self._largest_step)
        good = before
        for look in np.linspace(before, last, max(looks, 1) + 1)[1:].tolist():
            if truth(look, dense(look)) != was:
                return _first_change(lambda t: truth(t, dense(t)) == was, good, look)
            good = look
        return None


def _between(
    start: float, bound: float, function: Callable[[float, FloatArray], FloatArray]
) -> Callable[[float, FloatArray], FloatArray]:
    """Return a function that never sees the ends themselves, where comparisons of time change."""
    low, high = math.nextafter(start, math.inf), math.nextafter(bound, -math.inf)
    return lambda t, y: function(min(max(t, low), high), y)


def _first_change(same: Callable[[float], bool], good: float, bad: float) -> float:
    """Halve the stretch from ``good``, where nothing has changed, to ``bad``, until none is between."""
    while good < (middle := 0.5 * (good + bad)) < bad:
        if same(middle):
            good = middle
        else:
            bad = middle
    return bad
