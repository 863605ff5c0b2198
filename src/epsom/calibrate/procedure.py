"""The declared procedure: mode, lessons of the surrogate, warm-up, sampling, all of it resumable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from epsom.base.arrays import BoolArray, FloatArray
from epsom.calibrate.chains import Ensemble, ask, tell
from epsom.calibrate.hamiltonian import walk
from epsom.calibrate.laplace import find_shape
from epsom.calibrate.plan import Plan
from epsom.calibrate.state import State, load, save
from epsom.calibrate.surrogate import Density, fit
from epsom.calibrate.target import Target
from epsom.people.draws import standard_normal

Progress = Callable[[int, int], None]
BATCH = 320  # parameter sets that the model is asked for at a time while the surrogate learns
SAVE_EVERY = 10
LESSON_ADDRESS = 10**6  # trajectories of the lessons have numbers from here on, those of the moves below


class Model(Protocol):
    """Predict the rows of all trials."""

    @property
    def correction(self) -> FloatArray:
        """Return what is added to every prediction (n_rows,)."""
        ...

    def predict(self, coordinates: FloatArray) -> FloatArray:
        """Return rows (n_sets, n_rows) for parameter coordinates (n_sets, n_parameters)."""
        ...

    def allowed(self, coordinates: FloatArray) -> BoolArray:
        """Tell which parameter coordinates (n_sets, n_parameters) are in the model's range (n_sets,)."""
        ...

    def corrected(self, coordinates: FloatArray) -> Model:
        """Return the same model, made exact at one parameter set (n_parameters,)."""
        ...

    def with_correction(self, correction: FloatArray) -> Model:
        """Return the same model with a known correction (n_rows,)."""
        ...


@dataclass(frozen=True)
class Procedure:
    """Hold what a calibration works with: model, target and plan."""

    model: Model
    target: Target
    plan: Plan

    def begin(self, progress: Callable[[int], None]) -> State:
        """Find the mode twice, the second time with the few participants put right."""
        half, n = self.plan.mode_steps // 2, self.target.n_parameters
        start = np.zeros(self.target.n_coordinates)
        first = find_shape(self.model.predict, self.target, half, start, progress)
        model = self.model.corrected(first.mean[:n])
        rest = self.plan.mode_steps - half
        shape = find_shape(model.predict, self.target, rest, first.mean, lambda done: progress(half + done))
        model = model.corrected(shape.mean[:n])
        return State.empty(model.correction, shape, len(self.target.observed))

    def learn(self, state: State) -> State:
        """Run the model where the surrogate of the lessons so far puts the posterior."""
        where = self._lesson(state)
        n = self.target.n_parameters
        model = self.model.with_correction(state.correction)
        parts = [model.predict(where[at : at + BATCH, :n]) for at in range(0, len(where), BATCH)]
        return replace(
            state,
            lessons=state.lessons + 1,
            seen=np.vstack([state.seen, where]),
            rows=np.vstack([state.rows, *parts]),
        )

    def start(self, state: State) -> State:
        """Put the chains where the surrogate has the posterior; one that cannot run there, at the mode."""
        n, mode = self.target.n_parameters, state.shape.mean
        positions = self._lesson(state)[-self.plan.chains :]
        model = self.model.with_correction(state.correction)
        density = self.target.log_posterior(positions, model.predict(positions[:, :n]))
        lost = ~np.isfinite(density)
        if lost.any():
            positions = np.where(lost[:, None], mode, positions)
            density[lost] = self.target.log_posterior(mode[None], model.predict(mode[None, :n]))[0]
        if not np.isfinite(density).all():
            raise ValueError("the mode of the posterior cannot be simulated")
        return replace(state, ensemble=Ensemble(positions, density, 0, 0.0))

    def move(self, state: State, ensemble: Ensemble, density: Density) -> State:
        """Move every chain once."""
        plan, n = self.plan, self.target.n_parameters
        proposed = ask(ensemble, density, plan.trajectories, plan.seed)
        model = self.model.with_correction(state.correction)
        found = self.target.log_posterior(proposed, model.predict(proposed[:, :n]))
        moved = tell(ensemble, density, plan.seed, proposed, found)
        kept = (moved.coordinates,) if moved.iteration > plan.warmup else ()
        return replace(state, ensemble=moved, history=(*state.history, *kept))

    def density(self, state: State) -> Density:
        """Return the posterior as the surrogate of all lessons so far sees it."""
        n = self.target.n_parameters
        surrogate = fit(state.seen, state.rows, state.shape, n)
        return Density(surrogate, self.target, state.shape, lambda at: self.model.allowed(at[:, :n]))

    def _lesson(self, state: State) -> FloatArray:
        """Return sets (n, n_coordinates): of the shape at first, then of the surrogate's posterior."""
        plan, shape, n = self.plan, state.shape, self.target.n_coordinates
        if state.lessons == 0:
            address = np.arange(plan.lesson * n).reshape(plan.lesson, n)
            noise = standard_normal(plan.seed, address, 0, "calibrate:lesson")
            return np.asarray(shape.mean + noise @ shape.factor.T)
        density, at, parts = self.density(state), state.seen[-plan.chains :], []
        at = np.where(density.allowed(at)[:, None], at, shape.mean)
        rounds = -(-plan.lesson // plan.chains)
        for number in range(rounds):
            first = LESSON_ADDRESS * state.lessons + number * plan.trajectories
            at = walk(density, at, plan.trajectories, plan.seed, first)
            parts.append(at)
        return np.vstack(parts)


def sample(
    model: Model, target: Target, plan: Plan, path: Path, recipe: Mapping[str, Any], progress: Progress
) -> State:
    """Run the procedure, or go on with it.

    Parameters
    ----------
    path
        Where progress is kept; removed by the caller when the result has been written.
    recipe
        All that decides the result beside the code: a kept state of another recipe is thrown away.
    """
    procedure = Procedure(model, target, plan)
    before, total = plan.mode_steps, plan.mode_steps + plan.lessons + plan.moves
    # How long it runs and how much of it is written decide no step of the way.
    steps = {name: value for name, value in asdict(plan).items() if name not in ("iterations", "draws")}
    key = repr(sorted({**recipe, **steps}.items()))
    state = load(path, key)
    if state is None:
        state = procedure.begin(lambda done: progress(done, total))
        save(path, key, state)
    while state.lessons < plan.lessons:
        state = procedure.learn(state)
        save(path, key, state)
        progress(before + state.lessons, total)
    if state.ensemble is None:
        state = procedure.start(state)
    density = procedure.density(state)
    while state.ensemble is not None and state.ensemble.iteration < plan.moves:
        state = procedure.move(state, state.ensemble, density)
        done = 0 if state.ensemble is None else state.ensemble.iteration
        progress(before + plan.lessons + done, total)
        if done % SAVE_EVERY == 0:
            save(path, key, state)
    return state


def chosen(chains: FloatArray, n: int) -> FloatArray:
    """Return ``n`` draws spread evenly over chains and time (n, n_coordinates)."""
    n_chains, n_kept, n_coordinates = chains.shape
    flat = chains.transpose(1, 0, 2).reshape(n_chains * n_kept, n_coordinates)
    return np.asarray(flat[np.linspace(0, len(flat) - 1, min(n, len(flat))).round().astype(np.int64)])
