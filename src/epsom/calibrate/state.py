"""What a calibration has done so far; kept on disk so that a killed run goes on."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.base.files import write_whole
from epsom.calibrate.chains import Ensemble
from epsom.calibrate.laplace import Shape


@dataclass(frozen=True)
class State:
    """Hold the progress of a calibration.

    Attributes
    ----------
    correction
        What is added to every prediction (n_rows,).
    shape
        Mode and Gaussian shape there.
    lessons, seen, rows
        Lessons of the surrogate so far, the sets they took (n, n_coordinates), and what the model gave
        (n, n_rows).
    ensemble
        The chains; None before they start.
    history
        Kept positions of the chains, each (n_chains, n_coordinates).
    """

    correction: FloatArray
    shape: Shape
    lessons: int
    seen: FloatArray
    rows: FloatArray
    ensemble: Ensemble | None
    history: tuple[FloatArray, ...]

    @classmethod
    def empty(cls, correction: FloatArray, shape: Shape, n_rows: int) -> State:
        """Return the state once the mode is known."""
        nothing = np.empty((0, len(shape.mean))), np.empty((0, n_rows))
        return cls(correction, shape, 0, *nothing, None, ())

    @property
    def chains(self) -> FloatArray:
        """Return the kept draws (n_chains, n_kept, n_coordinates)."""
        return np.stack(self.history, axis=1)


def save(path: Path, key: str, state: State) -> None:
    """Write a state whole, or not at all."""
    arrays = {
        "key": np.array(key),
        "correction": state.correction,
        "mean": state.shape.mean,
        "factor": state.shape.factor,
        "informed": np.array(state.shape.informed),
        "lessons": np.array(state.lessons),
        "seen": state.seen,
        "rows": state.rows,
        "history": np.array(state.history),
    }
    if state.ensemble is not None:
        arrays["coordinates"] = state.ensemble.coordinates
        arrays["log_posterior"] = state.ensemble.log_posterior
        arrays["iteration"] = np.array(state.ensemble.iteration)
        arrays["accepted"] = np.array(state.ensemble.accepted)
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]  # numpy names one keyword of its own
    write_whole(path, content.getvalue())


def load(path: Path, key: str) -> State | None:
    """Return the kept state; None when there is none, when it is damaged, or when another recipe made it."""
    try:
        # Opened here: numpy leaves a file open that it cannot read.
        with path.open("rb") as stream, np.load(stream) as kept:
            if str(kept["key"]) != key:
                return None
            ensemble = None
            if "coordinates" in kept:
                ensemble = Ensemble(
                    kept["coordinates"],
                    kept["log_posterior"],
                    int(kept["iteration"]),
                    float(kept["accepted"]),
                )
            return State(
                correction=kept["correction"],
                shape=Shape(kept["mean"], kept["factor"], int(kept["informed"])),
                lessons=int(kept["lessons"]),
                seen=kept["seen"],
                rows=kept["rows"],
                ensemble=ensemble,
                history=tuple(kept["history"]),
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
