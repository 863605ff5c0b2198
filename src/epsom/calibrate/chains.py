"""An ensemble of chains that asks for batches of model runs and is told their densities.

Moves are preconditioned Crank-Nicolson moves about a Gaussian reference (Cotter, Roberts, Stuart and White
2013; with the posterior's own shape as reference: Rudolf and Sprungk 2018, Pinski et al. 2015). In
coordinates u in which the reference N(m, F F^T) is standard normal, x = m + F u,

    u' = sqrt(1 - b^2) u + b e,   e standard normal,

leaves the reference as it is, so that only the ratio posterior / reference decides on acceptance. A move
takes either the directions that the data tell about or those that they leave to the prior (Cui, Law and
Marzouk 2016): the latter may be renewed nearly whole, the former go in smaller steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray
from epsom.calibrate.laplace import Shape
from epsom.people.draws import standard_normal, uniform

# Kinds of moves: b for the informed directions (0: they stay), b for the others.
MOVES = np.array([[0.25, 0.0], [0.5, 0.0], [0.0, 0.6], [0.0, 0.95]])


@dataclass(frozen=True)
class Ensemble:
    """Hold where every chain is.

    Attributes
    ----------
    coordinates
        Positions (n_chains, n_coordinates).
    log_posterior
        Log-density there (n_chains,).
    iteration
        Moves made so far.
    accepted
        Accepted moves of each kind so far (n_kinds,), and ``tried`` how many were tried (n_kinds,).
    """

    coordinates: FloatArray
    log_posterior: FloatArray
    iteration: int
    accepted: FloatArray
    tried: FloatArray


def start_positions(seed: int, shape: Shape, n_chains: int, spread: float) -> FloatArray:
    """Return positions about the mode (n_chains, n), ``spread`` times as wide as the reference."""
    return shape.mean + spread * _noise(seed, n_chains, 0, len(shape.mean)) @ shape.factor.T


def ask(ensemble: Ensemble, shape: Shape, seed: int) -> FloatArray:
    """Return the next proposal of every chain (n_chains, n_coordinates)."""
    kinds = MOVES[_kinds(ensemble, seed)]
    first = np.arange(len(shape.mean)) < shape.informed
    size = np.where(first, kinds[:, :1], kinds[:, 1:])
    noise = _noise(seed, len(ensemble.coordinates), ensemble.iteration + 1, len(shape.mean))
    standard = np.sqrt(1.0 - size**2) * shape.standardise(ensemble.coordinates) + size * noise
    return np.asarray(shape.mean + standard @ shape.factor.T)


def tell(
    ensemble: Ensemble, shape: Shape, seed: int, proposed: FloatArray, log_posterior: FloatArray
) -> Ensemble:
    """Accept or reject the proposals, whose log-densities are now known (n_chains,)."""
    n_chains = len(proposed)
    gain = log_posterior - ensemble.log_posterior
    gain -= _log_reference(shape, proposed) - _log_reference(shape, ensemble.coordinates)
    luck = uniform(seed, np.arange(n_chains), ensemble.iteration + 1, "calibrate:accept")
    accept: BoolArray = np.log(luck) < gain
    kinds = _kinds(ensemble, seed)
    return Ensemble(
        coordinates=np.where(accept[:, None], proposed, ensemble.coordinates),
        log_posterior=np.where(accept, log_posterior, ensemble.log_posterior),
        iteration=ensemble.iteration + 1,
        accepted=ensemble.accepted + np.bincount(kinds[accept], minlength=len(MOVES)),
        tried=ensemble.tried + np.bincount(kinds, minlength=len(MOVES)),
    )


def _kinds(ensemble: Ensemble, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    drawn = uniform(seed, np.arange(len(ensemble.coordinates)), ensemble.iteration + 1, "calibrate:kind")
    return np.asarray((drawn * len(MOVES)).astype(np.int64))


def _noise(seed: int, n_chains: int, iteration: int, n: int) -> FloatArray:
    chains = np.arange(n_chains)
    return np.column_stack(
        [standard_normal(seed, chains, iteration, f"calibrate:move:{number}") for number in range(n)]
    )


def _log_reference(shape: Shape, coordinates: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * np.square(shape.standardise(coordinates)).sum(axis=1))
