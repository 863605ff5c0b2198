"""The fast engine: generated vector code, one member per lane, threads over blocks of lanes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Thread

import numpy as np

from epsom.base.arrays import FloatArray, IntArray
from epsom.engine.happenings import MOST_WAITING
from epsom.engine.members import Members
from epsom.engine.precision import DOUBLE, SINGLE, require_precision, require_rtol
from epsom.engine.recent import Recent
from epsom.engine.simd.batch import Batch, Facts, Request, unusable
from epsom.engine.simd.cache import Cache, default_folder
from epsom.engine.simd.program import Program, aligned, kernel, observer, starter
from epsom.engine.simd.shared import PLACE
from epsom.engine.simd.starting import start_is_small
from epsom.engine.simd.target import Target, host
from epsom.engine.solution import Solution
from epsom.engine.start import Start, initial_values
from epsom.engine.system import System, known_names

# Waiting events that a lane has room for, at first and where that was not enough.
_ROOMS = (64, 1024, MOST_WAITING)
# Loaded programs that an engine keeps at most: some 0.5 MB each for Epsom's model.
_PROGRAMS = 100
# Steps of a block between two looks at signals: some 40 ms of Epsom's model.
_BLOCK_STEPS = 4_000


@dataclass
class SimdEngine:
    """Integrate with Rodas5P in generated machine code.

    Parameters
    ----------
    threads
        Threads to use; None for one per processor that this program may use.
    step_limit
        Steps, rejected ones included, after which a member gets the status ``STEP_LIMIT``.
    event_step_limit
        The same for systems with events: thousands of restarts take many more steps than a smooth life.
    cache
        Where compiled code is kept.
    target
        Processor to generate code for.
    precision
        ``double``, or ``single``: states in single precision, twice as many lanes, and relative tolerances
        from 1e-5 on. Time, steps and what depends on time and parameters alone stay in double precision.

    Examples
    --------
    >>> from epsom.engine.graph import Graph
    >>> g = Graph()
    >>> x, k = g.state(0), g.parameter(0)
    >>> decay = System("decay", g, ("x",), (g.const(1.0),), (g.neg(g.mul(k, x)),), ("k",),
    ...                np.array([1.0]), observables={"x": x})
    >>> found = SimdEngine().solve(decay, Members.of(decay, 1), np.array([1.0]), rtol=1e-10, atol=1e-12)
    >>> round(float(found["x"][0, 0]), 6)
    0.367879
    """

    threads: int | None = None
    step_limit: int = 200_000
    event_step_limit: int = 10_000_000
    cache: Cache = field(default_factory=lambda: Cache(default_folder()))
    target: Target = field(default_factory=host)
    precision: str = DOUBLE
    _programs: Recent[Program] = field(default_factory=lambda: Recent(_PROGRAMS), repr=False)

    def __post_init__(self) -> None:
        """Let the code be written for the precision."""
        require_precision(self.precision)
        if self.precision == SINGLE:
            self.target = self.target.in_single()

    @property
    def name(self) -> str:
        """Return ``simd``."""
        return "simd"

    def solve(
        self,
        system: System,
        members: Members,
        times: FloatArray,
        *,
        observe: Sequence[str] | None = None,
        rtol: float = 1e-6,
        atol: float = 1e-9,
        start: float = 0.0,
    ) -> Solution:
        """Integrate all members; see `epsom.engine.interface.Engine`.

        Systems that are too large to compile (`Facts.small`) are integrated by the reference engine in double
        precision, and the solution says so.

        Raises
        ------
        EpsomError
            ``E-RTOL-SINGLE`` in single precision when ``rtol`` is below 1e-5.
        """
        names = known_names(system, observe)
        require_rtol(self.precision, rtol)
        times = np.array(times, dtype=np.float64)
        if not system.states:
            system, members = self.with_a_state(system), replace(members, initial=None)
        facts = Facts.of(system)
        if not facts.small:
            from epsom.engine.reference import ReferenceEngine  # its SciPy takes long to import

            reference = ReferenceEngine()
            return reference.solve(system, members, times, observe=names, rtol=rtol, atol=atol, start=start)
        limit = self.event_step_limit if system.events else self.step_limit
        request = Request(times, names, rtol, atol, float(start), limit)
        if not request.usable:
            return unusable(request, len(members), self.name)
        program, observing = self._kernel_of(system), self._observer_of(system, names)
        begin = self.begin(system, members, request.start)
        batch = Batch(system, facts, members, request, begin)
        for room in _ROOMS:
            self._run(program, observing, batch, room)
            batch.retry(last=room == _ROOMS[-1])
            if not batch.queue.size:
                break
        return batch.solution(self.name)

    def begin(self, system: System, members: Members, time: float) -> Start:
        """Compute what holds at the start; the same numbers whatever the precision."""
        if not len(members) or not system.keep("small start", lambda: start_is_small(system)):
            return initial_values(system, members, time=time)
        target = self.target.in_double()
        program = self._programs.get(system, "start", lambda: starter(system, target, self.cache))
        return program.start(target, system, members, time)

    def with_a_state(self, system: System) -> System:
        """Return a system without states with one that stays at zero, which carries it through time."""
        zero = system.graph.const(0.0)
        return system.keep(
            "with a state",
            lambda: replace(system, states=("",), initial=(zero,), rates=(zero,), state_scale=None),
        )

    def _kernel_of(self, system: System) -> Program:
        return self._programs.get(system, "kernel", lambda: kernel(system, self.target, self.cache))

    def _observer_of(self, system: System, names: tuple[str, ...]) -> Program:
        return self._programs.get(
            system, ("observer", names), lambda: observer(system, names, self.target, self.cache)
        )

    def _run(self, program: Program, observing: Program, batch: Batch, room: int) -> None:
        words = batch.words(observing.address("observe"))
        words[PLACE["room"]], words[PLACE["block_steps"]] = room, _BLOCK_STEPS
        waiting = room * batch.entry * self.target.lanes
        blocks = -(-batch.queue.size // self.target.lanes)
        count = max(1, min(self.threads or _processors(), blocks))
        # the arrays go with the threads, so that no interruption can take memory away from them
        spaces = [
            (
                words,
                aligned(self.target.words(program.vectors) + waiting),
                aligned(self.target.words(observing.vectors)),
                batch,
            )
            for _ in range(count)
        ]
        threads = [Thread(target=_work, args=(program, *space)) for space in spaces[1:]]
        for thread in threads:
            thread.start()
        try:
            _work(program, *spaces[0])
            for thread in threads:
                thread.join()
        except BaseException:
            words[PLACE["stop"]] = 1  # the threads end at their next step
            for thread in threads:
                thread.join()
            raise


def _work(program: Program, words: IntArray, space: IntArray, out: IntArray, batch: Batch) -> None:
    """Integrate members of the batch that the words describe until none is left."""
    program.integrate(words.ctypes.data, space.ctypes.data, out.ctypes.data)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
