"""One smooth stretch of one member's path: SciPy's LSODA, step by step, with dense output."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from scipy.integrate import LSODA

from epsom.base.arrays import FloatArray
from epsom.engine.solution import Status

Rates = Callable[[float, FloatArray], FloatArray]
Jacobian = Callable[[float, FloatArray], FloatArray]
Dense = Callable[[float], FloatArray]

# LSODA may return without moving when a rate is infinite; this many such returns end the member.
_STANDSTILLS = 20


class Stretch:
    """Step from ``time`` to ``bound`` without passing it.

    Parameters
    ----------
    rates, jacobian
        Functions of time and states.
    states
        Starting values (n_states,).
    atol
        Absolute tolerance (n_states,).
    largest_step
        Bound on the step; infinite when the solver may choose.
    """

    def __init__(
        self,
        rates: Rates,
        jacobian: Jacobian,
        time: float,
        states: FloatArray,
        bound: float,
        *,
        rtol: float,
        atol: FloatArray,
        largest_step: float = np.inf,
    ) -> None:
        self._rates = rates
        self._solver = LSODA(
            rates, time, states, bound, rtol=rtol, atol=atol, jac=jacobian, max_step=largest_step
        )
        self._standstills = 0
        self.status = Status.OK

    @property
    def time(self) -> float:
        """Return the time reached."""
        return float(self._solver.t)

    @property
    def states(self) -> FloatArray:
        """Return the states (n_states,) reached."""
        return np.asarray(self._solver.y, dtype=np.float64)

    def step(self) -> bool:
        """Take one step; False when it failed, and then `status` says why."""
        before = self.time
        with warnings.catch_warnings():
            # SciPy warns where LSODA fails; the failure is reported as a status instead.
            warnings.simplefilter("ignore")
            self._solver.step()
        if self._solver.status == "failed":
            self.status = self._reason()
        elif not np.all(np.isfinite(self.states)):
            self.status = Status.NOT_FINITE
        else:
            self._standstills = self._standstills + 1 if self.time == before else 0
            if self._standstills > _STANDSTILLS:
                self.status = Status.STEP_TOO_SMALL
        return self.status is Status.OK

    def _reason(self) -> Status:
        finite = np.all(np.isfinite(self._rates(self.time, self.states)))
        return Status.STEP_TOO_SMALL if finite else Status.NOT_FINITE

    def dense(self) -> Dense:
        """Return the interpolant over the last step."""
        output = self._solver.dense_output()
        return lambda t: np.asarray(output(t), dtype=np.float64)


class Standing:
    """Stand in for `Stretch` where nothing is to be integrated: time passes, the states stay."""

    def __init__(self, time: float, states: FloatArray, bound: float, largest_step: float) -> None:
        self.time = time
        self.states = states
        self.status = Status.OK
        self._bound = bound
        self._largest_step = largest_step

    def step(self) -> bool:
        """Let time pass."""
        self.time = min(self._bound, self.time + self._largest_step)
        return True

    def dense(self) -> Dense:
        """Return the states at any time."""
        return lambda t: self.states
