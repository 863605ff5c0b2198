"""The settings of a calibration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Hold the settings of a calibration: they and the evidence decide every byte of its result.

    Attributes
    ----------
    chains, warmup, iterations
        Number of chains, moves before draws are kept, and moves after that.
    mode_steps
        Gauss-Newton steps towards the mode.
    lessons, lesson
        How often the surrogate learns from the model, and from how many parameter sets each time.
    trajectories
        Trajectories on the surrogate from one move to the next.
    people, crowd, rtol
        Virtual participants of each trial, how many put these few right (a control variate at the mode),
        and the solver's relative tolerance.
    draws
        Draws that are written.
    """

    chains: int = 32
    warmup: int = 20
    iterations: int = 500
    mode_steps: int = 8
    lessons: int = 3
    lesson: int = 1280
    trajectories: int = 12
    people: int = 8
    crowd: int = 192
    rtol: float = 1e-4
    draws: int = 1024
    seed: int = 1

    @property
    def moves(self) -> int:
        """Return all moves of a chain."""
        return self.warmup + self.iterations
