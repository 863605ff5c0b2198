"""R-hat and effective size against chains whose autocorrelation is known."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.calibrate.diagnostics import effective_size, r_hat


def _autoregressive(
    rho: float, n_chains: int, n_draws: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    rng = np.random.default_rng(11)
    draws = np.empty((n_chains, n_draws, 1))
    draws[:, 0] = rng.standard_normal((n_chains, 1))
    for k in range(1, n_draws):
        draws[:, k] = rho * draws[:, k - 1] + np.sqrt(1.0 - rho**2) * rng.standard_normal((n_chains, 1))
    return draws


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_effective_size_is_that_of_an_autoregressive_chain(rho: float) -> None:
    draws = _autoregressive(rho, 8, 4000)
    expected = 8 * 4000 * (1.0 - rho) / (1.0 + rho)
    assert effective_size(draws)[0] == pytest.approx(expected, rel=0.12)
    assert r_hat(draws)[0] == pytest.approx(1.0, abs=0.01)


def test_chains_in_different_places_or_of_different_width_disagree() -> None:
    draws = _autoregressive(0.2, 4, 500)
    moved, wider = draws.copy(), draws.copy()
    moved[0] += 1.5
    wider[0] *= 3.0
    assert r_hat(moved)[0] > 1.1
    assert r_hat(wider)[0] > 1.1
    assert effective_size(moved)[0] < 0.2 * effective_size(draws)[0]


def test_a_drift_within_chains_shows() -> None:
    draws = _autoregressive(0.2, 4, 500) + np.linspace(0.0, 3.0, 500)[None, :, None]
    assert r_hat(draws)[0] > 1.1


def test_a_constant_has_no_r_hat() -> None:
    assert np.isnan(r_hat(np.ones((4, 100, 1)))[0])
