"""The reference engine: one member after another, plain enough to be seen to be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.compile import Function
from epsom.engine.journey import Journey, Settings
from epsom.engine.members import Members
from epsom.engine.prepared import Prepared
from epsom.engine.solution import Solution, Status
from epsom.engine.start import initial_values, state_scales
from epsom.engine.system import System, known_names


@dataclass
class ReferenceEngine:
    """Integrate with SciPy's LSODA and the analytic Jacobian; restart at every switch and event.

    Parameters
    ----------
    step_limit
        Steps after which a member gets the status ``STEP_LIMIT``.

    Examples
    --------
    >>> from epsom.engine.graph import Graph
    >>> g = Graph()
    >>> x, k = g.state(0), g.parameter(0)
    >>> decay = System("decay", g, ("x",), (g.const(1.0),), (g.neg(g.mul(k, x)),), ("k",),
    ...                np.array([1.0]), observables={"x": x})
    >>> found = ReferenceEngine().solve(decay, Members.of(decay, 1), np.array([1.0]), rtol=1e-10, atol=1e-12)
    >>> round(float(found["x"][0, 0]), 6)
    0.367879
    """

    step_limit: int = 1_000_000
    _last: Prepared | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Return ``reference``."""
        return "reference"

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
        """Integrate all members; see `epsom.engine.interface.Engine`."""
        names = known_names(system, observe)
        times = np.asarray(times, dtype=np.float64)
        prepared = self._prepare(system)
        observer = prepared.observer(names)
        n = len(members)
        values = np.full((n, times.size, len(names)), np.nan)
        status = np.full(n, int(Status.BAD_INPUT))
        reached = np.full(n, float(start))
        steps = np.zeros(n, dtype=np.int64)
        if _usable(times, start, rtol, atol):
            settings = Settings(rtol, atol, float(start), self.step_limit)
            for k in range(n):
                journey = self._run(prepared, observer, members.take(slice(k, k + 1)), times, settings)
                values[k], status[k] = journey.values, int(journey.status)
                reached[k], steps[k] = journey.time, journey.steps
        return Solution(times, names, values, status, reached, steps, self.name)

    def _prepare(self, system: System) -> Prepared:
        if self._last is None or self._last.system is not system:
            self._last = Prepared(system)
        return self._last

    def _run(
        self, prepared: Prepared, observer: Function, one: Members, times: FloatArray, settings: Settings
    ) -> Journey:
        begin = initial_values(prepared.system, one, time=settings.start)
        scales = state_scales(prepared.system, begin.states)
        journey = Journey(prepared, observer, one, begin, scales[0], times, settings)
        journey.run()
        return journey


def _usable(times: FloatArray, start: float, rtol: float, atol: float) -> bool:
    """Tell whether times and tolerances make sense; if not, every member has the status BAD_INPUT."""
    rising = times.ndim == 1 and bool(np.all(np.isfinite(times))) and bool(np.all(np.diff(times) >= 0.0))
    late = np.isfinite(start) and (times.size == 0 or times[0] >= start)
    # below 3e-14 rounding alone is larger than the tolerance
    return bool(rising and late and 3e-14 <= rtol < 1.0 and 0.0 < atol < np.inf)
