"""What a run shares between its threads: a table of 8-byte words, filled by Python, read by machine code."""

from __future__ import annotations

WORDS = (
    "next", "members", "stop", "done",
    "queue", "parameters", "derived", "states", "atol",
    "n_times", "times", "n_observed", "values", "status", "reached", "steps",
    "n_switches", "switch_times", "switch_before", "switch_after", "switch_rows",
    "n_inputs", "inputs", "n_rows", "input_values",
    "tries", "rtol", "inverse_atol", "start", "observe", "room", "look_rate", "at_once",
    "block_steps",
)  # fmt: skip
# In place of a status: the lane had no room left for waiting events, and the member needs more of it.
OUT_OF_ROOM = -2
PLACE = {name: index for index, name in enumerate(WORDS)}
