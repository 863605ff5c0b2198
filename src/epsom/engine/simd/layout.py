"""Where everything is in a block's work space: vectors of one number or integer per lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# One vector each, of doubles whatever states are computed in, of 64-bit integers, and of reals.
LANE_NUMBERS = (
    "time", "step", "end", "limit", "stop", "next_output", "observe_time", "stage_time", "after", "trial",
    "bound", "proposal", "following", "moment", "event_time", "good", "landing", "since",
)  # fmt: skip
LANE_INTEGERS = (
    "member", "row", "switch", "steps", "tries", "active", "fresh", "rejected", "accepted", "unsound",
    "singular", "due", "stuck", "attention", "phase", "restless", "queued", "ties", "executed", "overflow",
    "endless", "chosen", "found", "refined", "staged",
)  # fmt: skip
LANE_REALS = (
    "inverse_step", "inverse_step_gamma", "time_weight", "inverse_atol", "rtol", "sound", "error", "share",
)  # fmt: skip
# Sections of several vectors that hold doubles or 64-bit integers.
WIDE = frozenset((
    *LANE_NUMBERS, *LANE_INTEGERS, "parameter", "derived", "matrix", "swap", "scale", "truth", "was",
    "effect",
))  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Give the place of each section, counted in vectors of reals.

    Attributes
    ----------
    offsets
        Section name -> place.
    size
        Vectors of reals in all.
    ratio
        Vectors of reals that a vector of doubles takes: 2 in single precision, else 1.
    states, parameters, derived
        How many of each the system has.
    """

    offsets: Mapping[str, int]
    size: int
    ratio: int
    states: int
    parameters: int
    derived: int

    def __getitem__(self, section: str) -> int:
        return self.offsets[section]

    def place(self, section: str, index: int) -> int:
        """Return the place of a vector within a section."""
        return self.offsets[section] + index * self.width(section)

    def width(self, section: str) -> int:
        """Return how many vectors of reals a vector of this section takes."""
        return self.ratio if section in WIDE else 1

    @classmethod
    def of(
        cls, *, states: int, parameters: int, derived: int, stages: int, factors: int, entries: int,
        events: int = 0, effects: int = 0, hoisted: int = 0, rescue: bool = True,
        single: bool = False,
    ) -> Layout:  # fmt: skip
        """Place the sections; those that the observing code needs come first, so that it fits any kernel.

        Parameters
        ----------
        factors, entries
            Non-zero entries of the factorised and of the original matrix.
        events, effects
            Events, and values that they compute.
        hoisted
            Vectors for values that depend on a member's parameters alone.
        rescue
            Whether there is room for solving a lane again with row exchanges.
        single
            Whether reals are of single precision: states then have a second part, what rounding cut off.
        """
        second = states if rescue else 0
        ratio, low = (2, states) if single else (1, 0)
        sizes = dict.fromkeys((*LANE_NUMBERS, *LANE_INTEGERS, *LANE_REALS), 1)
        sizes |= {
            "parameter": parameters, "derived": derived, "u": states,
            "y": states, "y_next": states, "atol": states, "sum": states, "b": states,
            "slope": states, "k": states * stages, "dense": 3 * states, "lu": factors,
            "w": entries if rescue else 0, "matrix": second * states, "swap": second, "scale": second,
            "truth": events, "was": events, "effect": effects, "y_low": low, "y_next_low": low,
            "hoisted": hoisted,
        }  # fmt: skip
        offsets: dict[str, int] = {}
        total = 0
        for name, size in sizes.items():
            if name in WIDE or name == "hoisted":  # doubles begin where a double may, also at a width of one
                total += total % ratio
            offsets[name] = total
            total += size * (ratio if name in WIDE else 1)
        return cls(offsets, total + total % ratio, ratio, states, parameters, derived)
