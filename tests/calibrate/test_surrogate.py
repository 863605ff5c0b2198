"""The surrogate learns what is quadratic exactly, and walks on it leave its posterior as it is."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.base.arrays import FloatArray
from epsom.calibrate.discrepancy import scales
from epsom.calibrate.hamiltonian import walk
from epsom.calibrate.laplace import Shape
from epsom.calibrate.surrogate import Density, Surrogate, fit
from epsom.calibrate.target import Target

N, N_ROWS = 5, 3
N_ALL = N + len(scales())
RNG = np.random.default_rng(8)
BEND = RNG.standard_normal((N, N, N_ROWS))
SHAPE = Shape(np.full(N_ALL, 0.1), np.diag(np.linspace(0.3, 1.0, N_ALL)), N)


def _rows(coordinates: FloatArray) -> FloatArray:
    u = coordinates[:, :N]
    return 1.0 + u @ np.arange(15.0).reshape(N, N_ROWS) + np.einsum("si,ijr,sj->sr", u, BEND, u)


def _learnt() -> Surrogate:
    sets = RNG.standard_normal((3000, N_ALL)) @ SHAPE.factor.T
    rows = _rows(sets)
    rows[::7, 0] = np.nan  # sets that the model cannot run are left out
    return fit(sets, rows, SHAPE, N)


def test_it_is_exact_for_rows_that_are_quadratic() -> None:
    new = RNG.standard_normal((50, N_ALL))
    # The ridge of a third of a set among 2,571 leaves an error of about 1e-4.
    assert _learnt().rows(new) == pytest.approx(_rows(new), rel=1e-3, abs=2e-2)


def test_its_pull_is_the_gradient_of_its_rows() -> None:
    learnt, at = _learnt(), RNG.standard_normal((1, N_ALL))
    weights = RNG.standard_normal((1, N_ROWS))
    step = 1e-5
    for number in range(N):
        up, down = at.copy(), at.copy()
        up[0, number] += step
        down[0, number] -= step
        change = (weights * (learnt.rows(up) - learnt.rows(down))).sum() / (2.0 * step)
        assert learnt.pull(at, weights)[0, number] == pytest.approx(change, rel=1e-6)


def test_a_walk_leaves_the_posterior_as_it_is_and_stays_where_it_is_allowed() -> None:
    nothing = np.full(N_ROWS, np.nan)
    silent = Target(
        np.zeros(N_ROWS), np.full(N_ROWS, 1e6), nothing, nothing, np.ones(N_ROWS),
        np.zeros(N_ROWS, dtype=np.int64), np.zeros(N_ROWS), N,
    )  # fmt: skip
    density = Density(_learnt(), silent, SHAPE, lambda at: at[:, 0] < 0.5)
    at = np.minimum(RNG.standard_normal((400, N_ALL)), 0.4)
    seen = []
    for number in range(60):
        at = walk(density, at, 2, 5, 2 * number)
        seen.append(at)
    draws = np.concatenate(seen[20:])
    assert draws[:, 0].max() < 0.5
    # Nothing but the prior is left: a standard normal cut at 0.5 has mean -phi(0.5)/Phi(0.5).
    assert draws[:, 0].mean() == pytest.approx(-0.5092, abs=0.03)
    assert np.abs(draws[:, 1:].mean(axis=0)).max() < 0.05
    assert np.abs(draws[:, 1:].std(axis=0) - 1.0).max() < 0.05


def test_random_numbers_have_an_address() -> None:
    nothing = np.full(N_ROWS, np.nan)
    target = Target(
        np.ones(N_ROWS), np.ones(N_ROWS), nothing, nothing, np.ones(N_ROWS),
        np.zeros(N_ROWS, dtype=np.int64), np.zeros(N_ROWS), N,
    )  # fmt: skip
    density = Density(_learnt(), target, SHAPE, lambda at: np.ones(len(at), dtype=np.bool_))
    start = RNG.standard_normal((6, N_ALL)) * 0.2
    whole = walk(density, start, 4, 3, 10)
    halves = walk(density, walk(density, start, 2, 3, 10), 2, 3, 12)
    assert np.array_equal(whole, halves)
