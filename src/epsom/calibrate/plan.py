"""The settings of a calibration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Hold the settings of a calibration: they and the evidence decide every byte of its result.

    Attributes
    ----------
    chains, warmup, iterations, thin
        Number of chains, moves before draws are kept, moves after that, and how many moves lie between two
        that are kept.
    mode_steps
        Gauss-Newton steps towards the mode.
    people, crowd, rtol
        Virtual participants of each trial, how many put these few right (a control variate at the mode),
        and the solver's relative tolerance.
    draws
        Draws that are written.
    """

    chains: int = 40
    warmup: int = 80
    iterations: int = 480
    thin: int = 4
    mode_steps: int = 8
    people: int = 8
    crowd: int = 192
    rtol: float = 1e-4
    draws: int = 1024
    seed: int = 1

    @property
    def moves(self) -> int:
        """Return all moves of a chain."""
        return self.warmup + self.iterations
