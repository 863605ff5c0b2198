"""Walks that leave the surrogate's posterior as it is: Hamiltonian Monte Carlo.

Duane, Kennedy, Pendleton and Roweth 1987; Neal 2011. In the standard coordinates of the shape at the mode the
posterior is nearly a standard normal one, so one step size serves all directions.
"""

from __future__ import annotations

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.calibrate.surrogate import Density
from epsom.people.draws import standard_normal, uniform

LEAPS = 8
STEP = (0.12, 0.28)  # drawn anew for every trajectory, so that none closes upon itself


def walk(density: Density, coordinates: FloatArray, trajectories: int, seed: int, first: int) -> FloatArray:
    """Return where chains are after some trajectories.

    Parameters
    ----------
    coordinates
        Where they start (n_chains, n_coordinates).
    first
        Number of the first trajectory: the address of its random numbers.
    """
    chains = np.arange(len(coordinates))
    at, level = coordinates, density.log(coordinates)
    for number in range(first, first + trajectories):
        momentum = _momentum(seed, at.shape, number)
        size = uniform(seed, chains, number, "calibrate:step")[:, None]
        # A trajectory that runs away on the surrogate overflows: its gain is no number, so it is rejected.
        with np.errstate(over="ignore", invalid="ignore"):
            reached, pushed = _leap(density, at, momentum, STEP[0] + size * (STEP[1] - STEP[0]))
            there = density.log(reached)
            gain = there - level - 0.5 * (np.square(pushed) - np.square(momentum)).sum(axis=1)
        accept = np.log(uniform(seed, chains, number, "calibrate:walk")) < gain
        at = np.where(accept[:, None], reached, at)
        level = np.where(accept, there, level)
    return at


def _leap(
    density: Density, coordinates: FloatArray, momentum: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return coordinates and momentum (n_chains, n) after the leapfrog steps of one trajectory."""
    factor = density.shape.factor.T
    at, speed = coordinates, momentum + 0.5 * step * density.slope(coordinates)
    for number in range(LEAPS):
        at = at + step * speed @ factor
        share = 1.0 if number < LEAPS - 1 else 0.5
        speed = speed + share * step * density.slope(at)
    return at, speed


def _momentum(seed: int, shape: tuple[int, ...], number: int) -> FloatArray:
    n_chains, n = shape
    steps = number * n + np.arange(n)
    return standard_normal(seed, np.arange(n_chains)[:, None], steps[None], "calibrate:momentum")
