"""An ensemble of chains that asks for batches of model runs and is told their densities.

A proposal is where a walk that leaves the surrogate's posterior p* as it is ends after some steps. It is
accepted with probability

    min(1, p(new) p*(old) / (p(old) p*(new))),

which makes the draws those of the exact posterior p, however good the surrogate is (delayed acceptance:
Christen and Fox 2005; with walks of many steps: Lykkegaard, Dodwell, Fox, Mingas and Scheichl 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray
from epsom.calibrate.hamiltonian import walk
from epsom.calibrate.surrogate import Density
from epsom.people.draws import uniform


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
        Share of the moves so far that were accepted.
    """

    coordinates: FloatArray
    log_posterior: FloatArray
    iteration: int
    accepted: float


def ask(ensemble: Ensemble, density: Density, trajectories: int, seed: int) -> FloatArray:
    """Return the next proposal of every chain (n_chains, n_coordinates)."""
    first = (ensemble.iteration + 1) * trajectories
    return walk(density, ensemble.coordinates, trajectories, seed, first)


def tell(
    ensemble: Ensemble, density: Density, seed: int, proposed: FloatArray, log_posterior: FloatArray
) -> Ensemble:
    """Accept or reject the proposals, whose log-densities are now known (n_chains,)."""
    gain = log_posterior - ensemble.log_posterior
    gain -= density.log(proposed) - density.log(ensemble.coordinates)
    luck = uniform(seed, np.arange(len(proposed)), ensemble.iteration + 1, "calibrate:accept")
    accept: BoolArray = np.log(luck) < gain
    before = ensemble.accepted * ensemble.iteration
    return Ensemble(
        coordinates=np.where(accept[:, None], proposed, ensemble.coordinates),
        log_posterior=np.where(accept, log_posterior, ensemble.log_posterior),
        iteration=ensemble.iteration + 1,
        accepted=(before + float(accept.mean())) / (ensemble.iteration + 1),
    )
