"""What an engine gives back: values, and for each member how far it came and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from epsom.base.arrays import FloatArray, IntArray


class Status(IntEnum):
    """Say how the integration of one member ended."""

    OK = 0
    STEP_LIMIT = 1
    STEP_TOO_SMALL = 2
    NOT_FINITE = 3
    SINGULAR = 4
    BAD_INPUT = 5
    EVENT_LIMIT = 6

    @property
    def code(self) -> str:
        """Return the stable name used in tables: ``ok``, ``step_limit``, and so on."""
        return self.name.lower()


@dataclass(frozen=True)
class Solution:
    """Hold the observed values of a batch.

    Attributes
    ----------
    times
        Requested times (n_times,).
    names
        Observed names.
    values
        Values (n_members, n_times, n_names); NaN from the time on at which a member failed. At a switch
        or an event the value is the one just after it.
    status
        `Status` of each member (n_members,).
    reached
        Time that each member reached (n_members,).
    steps
        Accepted steps of each member (n_members,).
    engine
        Name of the engine that really integrated: one that cannot take a system hands it to another.
    """

    times: FloatArray
    names: tuple[str, ...]
    values: FloatArray
    status: IntArray
    reached: FloatArray
    steps: IntArray
    engine: str

    def __getitem__(self, name: str) -> FloatArray:
        """Return the values (n_members, n_times) of one name."""
        return self.values[:, :, self.names.index(name)]
