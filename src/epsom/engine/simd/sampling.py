"""Matrices that the linear solver will meet: the model followed coarsely for a few parameter draws."""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.engine.evaluate import evaluate
from epsom.engine.members import Members
from epsom.engine.start import initial_values, state_scales
from epsom.engine.system import Sparse, System

_DRAWS = 4
_SPREAD = 0.3
# Implicit Euler steps in units of the model's time, and shares of the step in the sampled matrices.
_STEPS = tuple(10.0 ** (0.5 * k) for k in range(-10, 11))
_SHARES = (1e-2, 1.0, 1e2)
_LARGEST = 120  # states; above this only the start is sampled


def sample_matrices(system: System, entries: Sparse) -> FloatArray:
    """Return scaled matrices I/h - J (n_samples, n, n) along coarse trajectories.

    The draws are fixed numbers: the result depends on the model alone, never on the members that will
    be simulated.
    """
    n = len(system.states)
    spread = np.random.default_rng(20_240_229).standard_normal((_DRAWS, len(system.parameters)))
    spread[0] = 0.0
    parameters = np.asarray(system.defaults)[None, :] * np.exp(_SPREAD * spread)
    begin = initial_values(system, Members(parameters))
    scales = np.where(np.isfinite(begin.states), state_scales(system, begin.states), 1.0)
    states = begin.states
    found: list[FloatArray] = []
    time = 0.0
    for h in _STEPS if n <= _LARGEST else _STEPS[:1]:
        values = evaluate(
            system.graph, [*system.rates, *entries.nodes],
            parameters=parameters, derived=begin.derived, states=states, time=time,
        )  # fmt: skip
        jacobians = np.zeros((_DRAWS, n, n))
        jacobians[:, list(entries.rows), list(entries.columns)] = values[:, n:]
        size = np.maximum(np.abs(states), scales)
        scaled = jacobians * size[:, None, :] / size[:, :, None]
        found += [np.eye(n) / (share * h) - scaled for share in _SHARES]
        states = _euler(states, values[:, :n], jacobians, h)
        time += h
    matrices = np.concatenate(found)
    return np.asarray(matrices[np.isfinite(matrices).all(axis=(1, 2))])


def _euler(states: FloatArray, rates: FloatArray, jacobians: FloatArray, h: float) -> FloatArray:
    """Take one linearly implicit Euler step; members for which it fails stay where they are."""
    n = states.shape[1]
    after = states.copy()
    for k in range(len(states)):
        matrix = np.eye(n) / h - jacobians[k]
        if np.isfinite(matrix).all() and np.isfinite(rates[k]).all():
            step = np.linalg.lstsq(matrix, rates[k], rcond=None)[0]
            if np.isfinite(step).all():
                after[k] = states[k] + step
    return after
