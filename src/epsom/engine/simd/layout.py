"""Where everything is in a block's work space: vectors of one double or integer per lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# One vector each: numbers first, then 64-bit integers.
LANE_NUMBERS = (
    "time", "step", "end", "limit", "stop", "next_output", "observe_time", "stage_time",
    "inverse_step", "inverse_step_gamma", "time_weight", "inverse_atol", "rtol", "sound", "error", "share",
    "after", "trial", "bound", "proposal", "following", "moment", "event_time", "good", "landing",
    "since",
)  # fmt: skip
LANE_INTEGERS = (
    "member", "row", "switch", "steps", "tries", "active", "fresh", "rejected", "accepted", "unsound",
    "singular", "due", "stuck", "attention", "phase", "restless", "queued", "ties", "executed", "overflow",
    "endless", "chosen", "found", "refined",
)  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Give the first vector of each section.

    Attributes
    ----------
    offsets
        Section name -> first vector.
    size
        Vectors in all.
    states, parameters, derived
        How many of each the system has.
    """

    offsets: Mapping[str, int]
    size: int
    states: int
    parameters: int
    derived: int

    def __getitem__(self, section: str) -> int:
        return self.offsets[section]

    @classmethod
    def of(
        cls, *, states: int, parameters: int, derived: int, stages: int, factors: int, entries: int,
        events: int = 0, effects: int = 0, hoisted: int = 0, rescue: bool = True,
    ) -> Layout:  # fmt: skip
        """Place the sections; those that the observing code needs come first, so that it fits any kernel.

        Parameters
        ----------
        factors, entries
            Non-zero entries of the factorised and of the original matrix.
        events, effects
            Events, and values that they compute.
        hoisted
            Values that depend on a member's parameters alone.
        rescue
            Whether there is room for solving a lane again with row exchanges.
        """
        second = states if rescue else 0
        sizes = dict.fromkeys((*LANE_NUMBERS, *LANE_INTEGERS), 1)
        sizes |= {
            "parameter": parameters, "derived": derived, "u": states,
            "y": states, "y_next": states, "atol": states, "sum": states, "b": states,
            "slope": states, "k": states * stages, "dense": 3 * states, "lu": factors,
            "w": entries if rescue else 0, "matrix": second * states, "swap": second, "scale": second,
            "truth": events, "was": events, "effect": effects, "hoisted": hoisted,
        }  # fmt: skip
        offsets: dict[str, int] = {}
        total = 0
        for name, size in sizes.items():
            offsets[name] = total
            total += size
        return cls(offsets, total, states, parameters, derived)
