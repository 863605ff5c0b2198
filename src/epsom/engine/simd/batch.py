"""Lay a batch out for the machine code: who can start, when inputs switch, where results go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray, IntArray
from epsom.engine.evaluate import Sweep
from epsom.engine.extent import derivative_work, elimination_work
from epsom.engine.happenings import AT_ONCE_SHARE
from epsom.engine.members import Members, Schedule
from epsom.engine.ops import LEAVES, Op
from epsom.engine.precision import DOUBLE, SMALLEST_RTOL
from epsom.engine.simd.event_tables import EventTables
from epsom.engine.simd.shared import OUT_OF_ROOM, PLACE, WORDS
from epsom.engine.solution import Solution, Status
from epsom.engine.start import Start, state_scales
from epsom.engine.system import System, time_thresholds

# Straight-line code for larger systems takes LLVM minutes (a network of 200 states and 400 Hill terms, of
# 3,400 operations, takes some 20 s); these go to the reference engine.
LARGEST_STATES = 400
LARGEST_RATES = 8_000
# The same in derivatives and multiplications of the factorised matrix (60 states that all depend on each
# other make 76,000 of them and take 8 s).
LARGEST_WORK = 100_000
# A condition that holds more briefly than this share of the whole time may be missed.
SHORTEST_SHARE = 1.0 / 1600.0


@dataclass(frozen=True)
class Request:
    """Hold what is asked of a batch: times (n_times,), names, tolerances, start, bound on steps."""

    times: FloatArray
    names: tuple[str, ...]
    rtol: float
    atol: float
    start: float
    step_limit: int

    @property
    def usable(self) -> bool:
        """Tell whether times rise from the start on and tolerances are positive and above rounding."""
        times = self.times
        if times.ndim != 1 or not np.isfinite(self.start) or not np.all(np.isfinite(times)):
            return False
        rising = bool(np.all(np.diff(times) >= 0.0)) and (not times.size or times[0] >= self.start)
        return rising and SMALLEST_RTOL[DOUBLE] <= self.rtol < 1.0 and 0.0 < self.atol < np.inf


@dataclass(frozen=True)
class Stops:
    """Hold the moments at which members restart (n_members, n_stops), padded with infinity.

    Attributes
    ----------
    times, before, after
        The moment, the last time just before it that rates may be asked for, and where to go on.
    rows
        Row of the schedule that takes effect, or -1.
    """

    times: FloatArray
    before: FloatArray
    after: FloatArray
    rows: IntArray


@dataclass(frozen=True)
class Facts:
    """Hold what batches need to know of a system, found once.

    Attributes
    ----------
    used
        Columns of the parameters that occur in rates, start or derived values.
    jumps
        Nodes of the moments at which a comparison of time in the rates changes its mind.
    timed
        Whether time occurs in the rates.
    small
        Whether it is not so large that compiling it would take minutes.
    entry
        Words of a waiting execution of an event; 0 without events.
    """

    used: IntArray
    jumps: tuple[int, ...]
    timed: bool
    small: bool
    entry: int

    @classmethod
    def of(cls, system: System) -> Facts:
        """Look through the formulas, once per system."""
        return system.keep("facts", lambda: cls._of(system))

    @classmethod
    def _of(cls, system: System) -> Facts:
        graph = system.graph
        tables = EventTables.of(system)
        used = graph.leaves(
            [*system.rates, *system.initial, *system.derived_nodes, *tables.triggers], Op.PARAMETER
        )
        timed = bool(graph.leaves(system.rates, Op.TIME))
        columns = np.array(sorted(used), dtype=np.int64)
        jumps = time_thresholds(graph, (*system.rates, *tables.triggers))
        return cls(columns, jumps, timed, _small(system, tables), tables.entry if tables else 0)


def _small(system: System, tables: EventTables) -> bool:
    graph = system.graph
    if len(system.states) > LARGEST_STATES:
        return False
    nodes = graph.order([*system.rates, *tables.triggers, *tables.effects])
    if sum(graph.ops[node] not in LEAVES for node in nodes) > LARGEST_RATES:
        return False
    work = derivative_work(graph, system.rates)
    return work <= LARGEST_WORK and work + elimination_work(system, LARGEST_WORK) <= LARGEST_WORK


def find_stops(system: System, facts: Facts, members: Members, begin: Start) -> Stops:
    """Merge the switches of inputs with the moments at which rates jump by themselves."""
    n = len(members)
    schedule = members.schedule
    times = np.empty((n, 0)) if schedule is None else np.asarray(schedule.times, dtype=np.float64)
    rows = np.broadcast_to(np.arange(times.shape[1], dtype=np.int64), times.shape)
    jumps = _jumps(system, facts.jumps, members, begin)
    times = np.concatenate([times, jumps], axis=1)
    rows = np.concatenate([rows, np.full(jumps.shape, -1, dtype=np.int64)], axis=1)
    order = np.argsort(times, axis=1, kind="stable")
    times = np.take_along_axis(times, order, axis=1)
    rows = np.take_along_axis(rows, order, axis=1)
    before = np.nextafter(times, -np.inf) if facts.timed else times
    after = np.nextafter(times, np.inf) if facts.timed else times
    return Stops(*(np.ascontiguousarray(a) for a in (times, before, after, rows)))


def _jumps(system: System, nodes: tuple[int, ...], members: Members, begin: Start) -> FloatArray:
    """Return when comparisons of time in the rates change their mind (n_members, n_jumps).

    Inputs that switch may move such a moment; then the moments under every row of the schedule are
    taken, since a restart too many does no harm.
    """
    if not nodes:
        return np.empty((len(members), 0))
    tables = [members.parameters, *_switched(system, members)]
    moments = system.keep("jumps", lambda: Sweep(system.graph, nodes))
    found = [moments(parameters=table, derived=begin.derived) for table in tables]
    jumps = np.concatenate(found, axis=1)
    return np.where(np.isfinite(jumps) & (jumps > begin.time), jumps, np.inf)


def _switched(system: System, members: Members) -> list[FloatArray]:
    schedule = members.schedule
    if schedule is None:
        return []
    columns = [system.parameter_index(name) for name in schedule.inputs]
    tables = []
    for row in range(schedule.times.shape[1]):
        table = members.parameters.copy()
        table[:, columns] = schedule.values[:, row]
        tables.append(table)
    return tables


def startable(facts: Facts, members: Members, begin: Start, atol: FloatArray) -> BoolArray:
    """Tell which members (n_members,) have finite states, known parameters and rising switches."""
    good = np.isfinite(begin.states).all(axis=1) & np.isfinite(atol).all(axis=1)
    unknown = np.isnan(members.parameters)
    if unknown.any():
        good &= ~unknown[:, facts.used].any(axis=1)
    if members.schedule is not None:
        times = members.schedule.times
        good &= (times[:, 1:] >= times[:, :-1]).all(axis=1) & ~np.isnan(times).any(axis=1)
    return np.asarray(good)


class Batch:
    """Hold the arrays of one run; the machine code reads and writes them through `words`."""

    def __init__(
        self, system: System, facts: Facts, members: Members, request: Request, begin: Start
    ) -> None:
        n = len(members)
        self._request = request
        self.entry = facts.entry
        with np.errstate(invalid="ignore"):
            atol = request.atol * state_scales(system, begin.states)
            stops = find_stops(system, facts, members, begin)
        good = startable(facts, members, begin, atol)
        times = request.times if request.times.size else np.array([request.start])
        self.queue = np.flatnonzero(good).astype(np.int64)
        self.values = np.full((n, times.size, max(len(request.names), 1)), np.nan)
        self.status = np.where(good, int(Status.OK), int(Status.BAD_INPUT)).astype(np.int64)
        self.reached = np.full(n, float(request.start))
        self.steps = np.zeros(n, dtype=np.int64)
        self.inputs: dict[str, Any] = {
            "queue": self.queue, "parameters": _plain(members.parameters), "derived": _plain(begin.derived),
            "states": _plain(begin.states), "atol": _plain(atol), "times": times,
            "switch_times": stops.times, "switch_before": stops.before, "switch_after": stops.after,
            "switch_rows": stops.rows, **_schedule_arrays(system, members.schedule),
        }  # fmt: skip

    @property
    def results(self) -> dict[str, Any]:
        """Return the arrays that the machine code writes."""
        return {
            "values": self.values, "status": self.status, "reached": self.reached, "steps": self.steps,
        }  # fmt: skip

    def words(self, observe: int = 0, addresses: Mapping[str, int] | None = None) -> IntArray:
        """Return the table that all threads share.

        Parameters
        ----------
        observe
            Address of the observing code, where that is code of its own.
        addresses
            Where the arrays are; None for the memory of this process.
        """
        arrays = {**self.inputs, **self.results}
        if addresses is None:
            addresses = {name: array.ctypes.data for name, array in arrays.items()}
        span = float(self.inputs["times"][-1]) - self._request.start
        numbers = {
            "rtol": self._request.rtol, "inverse_atol": 1.0 / self._request.atol,
            "start": self._request.start, "at_once": span * AT_ONCE_SHARE,
            "look_rate": 1.0 / (span * SHORTEST_SHARE) if span > 0.0 else 0.0,
        }  # fmt: skip
        counts = {
            "members": self.queue.size, "n_times": self.values.shape[1], "n_observed": self.values.shape[2],
            "n_switches": arrays["switch_times"].shape[1], "n_inputs": arrays["inputs"].size,
            "n_rows": arrays["input_values"].shape[1], "tries": self._request.step_limit, "observe": observe,
        }  # fmt: skip
        words = np.zeros(len(WORDS), dtype=np.int64)
        for name, address in addresses.items():
            words[PLACE[name]] = address
        for name, count in counts.items():
            words[PLACE[name]] = count
        for name, number in numbers.items():
            words[PLACE[name] : PLACE[name] + 1] = np.array([number], dtype=np.float64).view(np.int64)
        return words

    def retry(self, *, last: bool) -> None:
        """Queue those members again that had no room for their waiting events; give them up if ``last``."""
        short = np.flatnonzero(self.status == OUT_OF_ROOM)
        if last:
            self.status[short] = int(Status.EVENT_LIMIT)
            short = short[:0]
        else:
            self.values[short], self.status[short] = np.nan, int(Status.OK)
            self.reached[short], self.steps[short] = self._request.start, 0
        self.queue = self.inputs["queue"] = short.astype(np.int64)

    def solution(self, engine: str) -> Solution:
        """Return the results, in the name of the engine that computed them."""
        request = self._request
        values = self.values[:, : request.times.size, : len(request.names)]
        return Solution(request.times, request.names, values, self.status, self.reached, self.steps, engine)


def _plain(array: FloatArray) -> FloatArray:
    return np.ascontiguousarray(array, dtype=np.float64)


def _schedule_arrays(system: System, schedule: Schedule | None) -> dict[str, Any]:
    if schedule is None:
        return {"inputs": np.zeros(0, dtype=np.int64), "input_values": np.zeros((0, 0, 0))}
    inputs = [system.parameter_index(name) for name in schedule.inputs]
    return {"inputs": np.array(inputs, dtype=np.int64), "input_values": _plain(schedule.values)}


def unusable(request: Request, n: int, engine: str) -> Solution:
    """Return the solution of a request that makes no sense: all members have BAD_INPUT."""
    values = np.full((n, request.times.size, len(request.names)), np.nan)
    status = np.full(n, int(Status.BAD_INPUT))
    reached, steps = np.full(n, request.start), np.zeros(n, dtype=np.int64)
    return Solution(request.times, request.names, values, status, reached, steps, engine)
