"""Events of one member: which fire, which wait, in which order they are executed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.compile import Leaves
from epsom.engine.prepared import Prepared

_Values = Callable[[float, FloatArray], FloatArray]
# More executions than this within this share of the whole time mean that events set each other off for
# ever, at one moment or ever faster, as the bounces of a ball that comes to rest.
MOST_AT_ONCE = 10_000
AT_ONCE_SHARE = 1e-9
# Executions that may wait for their time; more would fill the memory.
MOST_WAITING = 10_000
# The SplitMix64 finaliser: what the count is multiplied with, then shifts and multipliers in turn.
SCATTER = (0x9E3779B97F4A7C15, (30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))
_MASK = 0xFFFF_FFFF_FFFF_FFFF


class EventLoopError(Exception):
    """Events set each other off without end; the member's status becomes ``EVENT_LIMIT``."""


@dataclass(frozen=True)
class _Pending:
    due: float
    event: int
    fired: int
    values: FloatArray | None


def scatter(count: int) -> int:
    """Return a whole number that looks random but depends on ``count`` alone (the SplitMix64 finaliser).

    SBML asks that events of equal priority go first at random; so a run does, and it can be repeated.
    """
    first, *rounds = SCATTER
    z = (count * first) & _MASK
    for shift, factor in rounds:
        z = ((z ^ (z >> shift)) * factor) & _MASK
    return z


class Happenings:
    """Keep the triggers' last truth and the queue of executions, as SBML Level 3 describes them.

    Parameters
    ----------
    span
        The whole time that passes, of which a share counts as one moment for `EventLoopError`.
    """

    def __init__(self, prepared: Prepared, leaves: Leaves, span: float) -> None:
        self._events = [made.event for made in prepared.events]
        self._prepared = prepared
        self._fired = 0
        self._ties = 0
        self._at_once = span * AT_ONCE_SHARE
        self._since = -np.inf
        self._executed = 0
        self._queue: list[_Pending] = []
        self.was = [event.initial_value for event in self._events]
        self._values: Sequence[_Values] = ()
        self._triggers: _Values | None = None
        self.bind(leaves)

    def bind(self, leaves: Leaves) -> None:
        """Take the member's parameters, at the start and after each switch of an input."""
        self._values = [made.function.bind(leaves) for made in self._prepared.events]
        self._triggers = self._prepared.triggers.bind(leaves)

    def truth(self, t: float, y: FloatArray) -> list[bool]:
        """Tell which triggers hold; one without a value does not."""
        assert self._triggers is not None
        return [value != 0.0 and value == value for value in self._triggers(t, y).tolist()]

    def next_due(self) -> float:
        """Return the time of the next waiting execution, or infinity."""
        return min((waiting.due for waiting in self._queue), default=np.inf)

    def settle(self, t: float, y: FloatArray) -> FloatArray:
        """Fire and execute all that is due at ``t``; return the states (n_states,) after it.

        Triggers are looked at both at the moment and just after it, so that ``time > 3`` fires at 3.

        Raises
        ------
        EventLoopError
            When events set each other off without end.
        """
        if not self._events:
            return y
        y = self._settle(t, t, y)
        return self._settle(t, np.nextafter(t, np.inf), y)

    def _settle(self, t: float, look: float, y: FloatArray) -> FloatArray:
        while True:
            self._update(t, look, y)
            chosen = self._choose(t, y)
            if chosen is None:
                return y
            self._queue.remove(chosen)
            y = self._execute(chosen, t, y)
            self._count(t)

    def _count(self, t: float) -> None:
        if t - self._since > self._at_once:
            self._since, self._executed = t, 0
        self._executed += 1
        if self._executed >= MOST_AT_ONCE:
            raise EventLoopError

    def _update(self, t: float, look: float, y: FloatArray) -> None:
        was, now = self.was, self.truth(look, y)
        if now == was:
            return
        for k in range(len(now)):
            if now[k] and not was[k]:
                self._fire(k, t, y)
        ended = {k for k in range(len(now)) if was[k] and not now[k]}
        self._queue = [p for p in self._queue if self._events[p.event].persistent or p.event not in ended]
        self.was = now

    def _fire(self, k: int, t: float, y: FloatArray) -> None:
        values = self._values[k](t, y)
        delay = float(values[-2])
        early = self._events[k].use_values_from_trigger_time
        due = t + max(delay, 0.0) if delay == delay else np.inf
        if len(self._queue) >= MOST_WAITING:
            raise EventLoopError
        self._queue.append(_Pending(due, k, self._fired, values if early else None))
        self._fired += 1

    def _choose(self, t: float, y: FloatArray) -> _Pending | None:
        due = [p for p in self._queue if p.due <= t]
        if len(due) < 2:
            return due[0] if due else None
        priorities = [float(self._values[p.event](t, y)[-1]) for p in due]
        highest = max(priorities)
        ties = [p for p, priority in zip(due, priorities, strict=True) if priority == highest]
        if len(ties) < 2:
            return ties[0] if ties else due[0]
        self._ties += 1
        return ties[scatter(self._ties) % len(ties)]

    def _execute(self, pending: _Pending, t: float, y: FloatArray) -> FloatArray:
        assignments = self._events[pending.event].assignments
        n = len(assignments)
        now = self._values[pending.event](t, y)
        values = now if pending.values is None else pending.values
        y = y.copy()
        for k, assignment in enumerate(assignments):
            y[assignment.state] = values[k] * now[n + k]
        return y
