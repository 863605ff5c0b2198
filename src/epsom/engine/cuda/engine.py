"""The GPU engine: parts of a batch that fit the GPU's memory, one member per thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.errors import problem
from epsom.engine.cuda.build import HANDED_OVER
from epsom.engine.members import Members
from epsom.engine.precision import DOUBLE, SINGLE, require_precision, require_rtol
from epsom.engine.simd.batch import LARGEST_RATES, LARGEST_STATES, Batch, Facts, Request, unusable
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.simd.shared import OUT_OF_ROOM
from epsom.engine.solution import Solution
from epsom.engine.system import System, known_names

# Members of one launch: enough for each thread of a large GPU to take several, few enough that the numbers
# on this side stay below some hundred megabytes.
LARGEST_PART = 65_536


class Device(Protocol):
    """Run programs of one thread, many at a time."""

    def room(self) -> int:
        """Return how many bytes a part of a batch may take."""
        ...

    def prepare(self, system: System, names: Sequence[str], *, single: bool = False) -> Any:
        """Return the program for a system and its observables, ``single`` with states in single precision."""
        ...

    def run(self, program: Any, batch: Batch) -> None:
        """Integrate the members of a part."""
        ...


@dataclass
class CudaEngine:
    """Integrate with the fast engine's code on a GPU.

    Parameters
    ----------
    device
        Where programs run.
    step_limit
        Steps, rejected ones included, after which a member gets the status ``STEP_LIMIT``.
    event_step_limit
        The same for systems with events.
    largest_part
        Most members that the device gets at once.
    precision
        ``double``, or ``single`` as in the fast engine.
    second
        Integrates members that a thread has no memory for: see `cuda.build`.
    """

    device: Device
    step_limit: int = 200_000
    event_step_limit: int = 1_000_000
    largest_part: int = LARGEST_PART
    precision: str = DOUBLE
    second: SimdEngine = field(default_factory=SimdEngine)
    _program: tuple[System, tuple[str, ...], Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Let the second engine compute in the same precision."""
        require_precision(self.precision)
        if self.precision == SINGLE:
            self.second = replace(self.second, precision=self.precision)

    @property
    def name(self) -> str:
        """Return ``cuda``."""
        return "cuda"

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

        Raises
        ------
        EpsomError
            ``E-CUDA-MODEL`` when the model is too large to compile; ``E-CUDA-FAILED`` when the GPU fails;
            ``E-RTOL-SINGLE`` in single precision when ``rtol`` is below 1e-5.
        """
        names = known_names(system, observe)
        require_rtol(self.precision, rtol)
        if not system.states:
            system, members = self.second.with_a_state(system), replace(members, initial=None)
        facts = self._facts_of(system)
        limit = self.event_step_limit if system.events else self.step_limit
        request = Request(np.array(times, dtype=np.float64), names, rtol, atol, float(start), limit)
        if not request.usable:
            return unusable(request, len(members), self.name)
        found = unusable(request, len(members), self.name)
        program = self._program_of(system, names)
        size = self._part_size(system, facts, members, request)
        for first in range(0, len(members), size):
            part = slice(first, first + size)
            batch = self._batch(system, facts, members.take(part), request)
            if batch.queue.size:
                self.device.run(program, batch)
            _fill(found, part, batch.solution(self.name))
        self._finish(system, members, request, found)
        return found

    def _facts_of(self, system: System) -> Facts:
        facts = Facts.of(system)
        if not facts.small:
            details = {"states": LARGEST_STATES, "operations": LARGEST_RATES}
            raise problem("E-CUDA-MODEL", field="--engine", value="cuda", details=details)
        return facts

    def _program_of(self, system: System, names: tuple[str, ...]) -> Any:
        held = self._program
        if held is None or held[0] is not system or held[1] != names:
            held = (system, names, self.device.prepare(system, names, single=self.precision == SINGLE))
            self._program = held
        return held[2]

    def _batch(self, system: System, facts: Facts, members: Members, request: Request) -> Batch:
        begin = self.second.begin(system, members, request.start)
        return Batch(system, facts, members, request, begin)

    def _part_size(self, system: System, facts: Facts, members: Members, request: Request) -> int:
        """Return how many members the device has room for at once."""
        one = self._batch(system, facts, members.take(slice(0, 1)), request)
        each = sum(array.nbytes for array in (*one.inputs.values(), *one.results.values()))
        return int(np.clip(self.device.room() // max(each, 1), 1, self.largest_part))

    def _finish(self, system: System, members: Members, request: Request, found: Solution) -> None:
        """Let the fast engine integrate the members that the device handed over."""
        left = np.flatnonzero((found.status == HANDED_OVER) | (found.status == OUT_OF_ROOM))
        if left.size:
            again = self.second.solve(
                system, members.take(left), request.times, observe=request.names, rtol=request.rtol,
                atol=request.atol, start=request.start,
            )  # fmt: skip
            _fill(found, left, again)


def _fill(found: Solution, place: Any, part: Solution) -> None:
    """Put the results of a part in their place."""
    for name in ("values", "status", "reached", "steps"):
        getattr(found, name)[place] = getattr(part, name)
