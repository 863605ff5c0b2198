"""What every engine can do, whatever it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from epsom.base.arrays import FloatArray
from epsom.engine.members import Members
from epsom.engine.solution import Solution
from epsom.engine.system import System


class Engine(Protocol):
    """Integrate a system for a batch of members."""

    @property
    def name(self) -> str:
        """Return the name by which users choose the engine."""
        ...

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
        """Integrate from ``start`` and report the observed names at ``times``.

        Parameters
        ----------
        times
            Requested times (n_times,), rising, none before ``start``. Times out of order give every
            member the status ``BAD_INPUT``.
        observe
            Names of observables; all states when None. An unknown name raises `ValueError`.
        rtol, atol
            Relative tolerance, and absolute tolerance as a share of each state's scale
            (`epsom.engine.start.state_scales`).

        Returns
        -------
        Solution
            Values and a status per member. A fault of one member never stops the others and is never
            an exception; a member's result does not depend on which others are in the batch.
        """
        ...
