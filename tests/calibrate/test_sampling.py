"""The sampler draws from the posterior that mathematics gives, and goes on after a kill as if nothing was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from epsom.base.arrays import BoolArray, FloatArray
from epsom.calibrate.discrepancy import kappas, scales
from epsom.calibrate.plan import Plan
from epsom.calibrate.procedure import chosen, sample
from epsom.calibrate.target import Target

N_PARAMETERS, N_ROWS = 6, 4
SLOPES = np.random.default_rng(3).standard_normal((N_ROWS, N_PARAMETERS))
SEEN = np.array([0.5, -1.0, 2.0, 0.0])
ERROR = np.array([0.3, 0.2, 0.5, 0.4])


class KilledError(Exception):
    """Stand for the end of a process."""


@dataclass
class Linear:
    """A model whose posterior is known in closed form; it may die at a call."""

    dies_at: int | None = None
    calls: int = 0

    @property
    def correction(self) -> FloatArray:
        return np.zeros(N_ROWS)

    def predict(self, coordinates: FloatArray) -> FloatArray:
        self.calls += 1
        if self.calls == self.dies_at:
            raise KilledError
        return coordinates @ SLOPES.T

    def allowed(self, coordinates: FloatArray) -> BoolArray:
        return np.ones(len(coordinates), dtype=np.bool_)

    def corrected(self, coordinates: FloatArray) -> Linear:
        return self

    def with_correction(self, correction: FloatArray) -> Linear:
        return self


def _target(unit: float = 0.0) -> Target:
    nothing = np.full(N_ROWS, np.nan)
    scale = np.zeros(N_ROWS, dtype=np.int64)
    return Target(SEEN, ERROR, nothing, nothing, np.ones(N_ROWS), scale, np.full(N_ROWS, unit), N_PARAMETERS)


def _ignore(done: int, total: int) -> None:
    pass


PLAN = Plan(chains=24, warmup=20, iterations=120, mode_steps=4, lesson=240, draws=500)
SHORT = Plan(chains=8, warmup=5, iterations=30, mode_steps=4, lesson=64, trajectories=4, draws=50)


def test_the_draws_are_those_of_the_exact_posterior(tmp_path: Path) -> None:
    state = sample(Linear(), _target(), PLAN, tmp_path / "state.npz", {}, _ignore)
    chains = state.chains
    precision = np.eye(N_PARAMETERS) + (SLOPES / ERROR[:, None] ** 2).T @ SLOPES
    covariance = np.linalg.inv(precision)
    mean = covariance @ (SLOPES.T @ (SEEN / ERROR**2))
    draws = chains.reshape(-1, chains.shape[2])
    spread = np.sqrt(np.diag(covariance))
    # About a thousand independent draws: means to 0.1 SD, SDs to 10 %, four standard errors each.
    assert np.abs((draws[:, :N_PARAMETERS].mean(axis=0) - mean) / spread).max() < 0.13
    assert np.abs(draws[:, :N_PARAMETERS].std(axis=0) / spread - 1.0).max() < 0.1
    # Nothing in the data speaks of the kappas here: they keep their prior.
    assert np.abs(draws[:, N_PARAMETERS:].mean(axis=0)).max() < 0.13
    assert np.abs(draws[:, N_PARAMETERS:].std(axis=0) - 1.0).max() < 0.1
    # Here the surrogate is the model: nearly every move is accepted.
    assert state.ensemble is not None
    assert state.ensemble.accepted > 0.97


def test_a_discrepancy_is_found_where_rows_scatter_more_than_their_errors(tmp_path: Path) -> None:
    scattered = Target(
        np.array([3.0, -3.0, 3.0, -3.0]), np.full(N_ROWS, 0.1), *(np.full(N_ROWS, np.nan) for _ in "ab"),
        np.ones(N_ROWS), np.zeros(N_ROWS, dtype=np.int64), np.ones(N_ROWS), N_PARAMETERS,
    )  # fmt: skip

    class Deaf(Linear):
        def predict(self, coordinates: FloatArray) -> FloatArray:
            return np.zeros((len(coordinates), N_ROWS))

    chains = sample(Deaf(), scattered, PLAN, tmp_path / "state.npz", {}, _ignore).chains
    first, *others = np.median(kappas(chains[:, :, N_PARAMETERS:]), axis=(0, 1))
    assert first > 1.5
    assert max(others) < 1.0


@pytest.mark.parametrize("dies_at", [3, 11, 40])
def test_a_killed_run_ends_with_the_bytes_of_one_that_was_not(tmp_path: Path, dies_at: int) -> None:
    whole = sample(Linear(), _target(), SHORT, tmp_path / "whole.npz", {"a": 1}, _ignore)
    state = tmp_path / "killed.npz"
    with pytest.raises(KilledError):
        sample(Linear(dies_at), _target(), SHORT, state, {"a": 1}, _ignore)
    resumed = sample(Linear(), _target(), SHORT, state, {"a": 1}, _ignore)
    assert np.array_equal(whole.chains, resumed.chains)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", b"\x00" * 1000])
def test_a_damaged_or_foreign_state_is_not_trusted(tmp_path: Path, damage: bytes) -> None:
    state = tmp_path / "state.npz"
    state.write_bytes(damage)
    found = sample(Linear(), _target(), SHORT, state, {"a": 1}, _ignore)
    other = Linear()
    again = sample(other, _target(), SHORT, state, {"a": 2}, _ignore)
    assert other.calls > SHORT.moves
    assert np.array_equal(found.chains, again.chains)


def test_rows_that_cannot_be_computed_are_never_accepted(tmp_path: Path) -> None:
    class Walled(Linear):
        def predict(self, coordinates: FloatArray) -> FloatArray:
            rows = super().predict(coordinates)
            rows[coordinates[:, 0] > 0.2] = np.nan
            return rows

    chains = sample(Walled(), _target(), SHORT, tmp_path / "state.npz", {}, _ignore).chains
    assert chains[:, :, 0].max() <= 0.2


def test_chosen_draws_are_spread_over_all_chains() -> None:
    chains = np.arange(8 * 50, dtype=np.float64).reshape(8, 50, 1)
    picked = chosen(chains, 40)
    assert picked.shape == (40, 1)
    assert set((picked[:, 0] // 50).astype(int)) == set(range(8))
    assert len(scales()) == 10
