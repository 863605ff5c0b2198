"""The declared procedure: mode, warm-up, sampling, all of it resumable."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.files import write_whole
from epsom.calibrate.chains import MOVES, Ensemble, ask, start_positions, tell
from epsom.calibrate.laplace import Predict, Shape, find_shape
from epsom.calibrate.plan import Plan
from epsom.calibrate.target import Target

Progress = Callable[[int, int], None]
NARROW = 0.7  # chains start inside the reference, where nearly every set is in the model's proven range
SAVE_EVERY = 10


class Model(Protocol):
    """Predict the rows of all trials."""

    @property
    def correction(self) -> FloatArray:
        """Return what is added to every prediction (n_rows,)."""
        ...

    def predict(self, coordinates: FloatArray) -> FloatArray:
        """Return rows (n_sets, n_rows) for parameter coordinates (n_sets, n_parameters)."""
        ...

    def corrected(self, coordinates: FloatArray) -> Model:
        """Return the same model, made exact at one parameter set (n_parameters,)."""
        ...

    def with_correction(self, correction: FloatArray) -> Model:
        """Return the same model with a known correction (n_rows,)."""
        ...


@dataclass
class _Run:
    """Hold what has been done so far; kept on disk so that a killed run goes on."""

    model: Model
    shape: Shape
    ensemble: Ensemble
    history: list[FloatArray]  # positions that are kept


def sample(
    model: Model, target: Target, plan: Plan, state: Path, recipe: Mapping[str, Any], progress: Progress
) -> tuple[FloatArray, Ensemble, FloatArray]:
    """Run the procedure, or go on with it.

    Parameters
    ----------
    state
        Where progress is kept; removed by the caller when the result has been written.
    recipe
        All that decides the result beside the code: a kept state of another recipe is thrown away.

    Returns
    -------
    chains, ensemble, correction
        Kept draws (n_chains, n_kept, n_coordinates), where the chains ended, and the correction of the
        predictions (n_rows,).
    """
    total = plan.mode_steps + plan.moves
    # How long it runs and how much of it is written decide no step of the way.
    steps = {name: value for name, value in asdict(plan).items() if name not in ("iterations", "draws")}
    key = repr(sorted({**recipe, **steps}.items()))
    run = _load(state, key, model)
    if run is None:
        run = _begin(model, target, plan, lambda done: progress(done, total))
        _save(state, key, run)
    while run.ensemble.iteration < plan.moves:
        _move(target, plan, run)
        progress(plan.mode_steps + run.ensemble.iteration, total)
        if run.ensemble.iteration % SAVE_EVERY == 0:
            _save(state, key, run)
    return np.stack(run.history, axis=1), run.ensemble, run.model.correction


def _begin(model: Model, target: Target, plan: Plan, progress: Callable[[int], None]) -> _Run:
    """Find the mode twice, the second time with the few participants put right, and start the chains."""
    half = plan.mode_steps // 2
    first = find_shape(model.predict, target, half, np.zeros(target.n_coordinates), progress)
    model = model.corrected(first.mean[: target.n_parameters])
    rest = plan.mode_steps - half
    shape = find_shape(model.predict, target, rest, first.mean, lambda done: progress(half + done))
    model = model.corrected(shape.mean[: target.n_parameters])
    return _Run(model, shape, _start(model.predict, target, plan, shape), [])


def _start(predict: Predict, target: Target, plan: Plan, shape: Shape) -> Ensemble:
    """Return the chains at their start; one that cannot be simulated there starts at the mode."""
    n = target.n_parameters
    positions = start_positions(plan.seed, shape, plan.chains, NARROW)
    at_mode = np.repeat(shape.mean[None], plan.chains, axis=0)
    density = target.log_posterior(positions, predict(positions[:, :n]))
    lost = ~np.isfinite(density)
    positions = np.where(lost[:, None], at_mode, positions)
    if lost.any():
        density[lost] = target.log_posterior(shape.mean[None], predict(shape.mean[None, :n]))[0]
    if not np.isfinite(density).all():
        raise ValueError("the mode of the posterior cannot be simulated")
    none = np.zeros(len(MOVES))
    return Ensemble(positions, density, 0, none, none)


def _move(target: Target, plan: Plan, run: _Run) -> None:
    proposed = ask(run.ensemble, run.shape, plan.seed)
    density = target.log_posterior(proposed, run.model.predict(proposed[:, : target.n_parameters]))
    run.ensemble = tell(run.ensemble, run.shape, plan.seed, proposed, density)
    done = run.ensemble.iteration - plan.warmup
    if done > 0 and done % plan.thin == 0:
        run.history.append(run.ensemble.coordinates)


def _save(path: Path, key: str, run: _Run) -> None:
    content = io.BytesIO()
    e = run.ensemble
    np.savez(
        content,
        key=np.array(key),
        correction=run.model.correction,
        mean=run.shape.mean,
        factor=run.shape.factor,
        informed=np.array(run.shape.informed),
        coordinates=e.coordinates,
        log_posterior=e.log_posterior,
        iteration=np.array(e.iteration),
        accepted=e.accepted,
        tried=e.tried,
        history=np.array(run.history),
    )
    write_whole(path, content.getvalue())


def _load(path: Path, key: str, model: Model) -> _Run | None:
    """Return the kept state; None when there is none, when it is damaged, or when another recipe made it."""
    try:
        # Opened here: numpy leaves a file open that it cannot read.
        with path.open("rb") as stream, np.load(stream) as kept:
            if str(kept["key"]) != key:
                return None
            ensemble = Ensemble(
                kept["coordinates"],
                kept["log_posterior"],
                int(kept["iteration"]),
                kept["accepted"],
                kept["tried"],
            )
            shape = Shape(kept["mean"], kept["factor"], int(kept["informed"]))
            return _Run(model.with_correction(kept["correction"]), shape, ensemble, list(kept["history"]))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def chosen(chains: FloatArray, n: int) -> FloatArray:
    """Return ``n`` draws spread evenly over chains and time (n, n_coordinates)."""
    n_chains, n_kept, n_coordinates = chains.shape
    flat = chains.transpose(1, 0, 2).reshape(n_chains * n_kept, n_coordinates)
    return np.asarray(flat[np.linspace(0, len(flat) - 1, min(n, len(flat))).round().astype(np.int64)])
