"""The events of a system as tables of whole numbers, for the code that fires and executes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from epsom.engine.system import System, effect_nodes, must_be_searched


@dataclass(frozen=True)
class EventTables:
    """Lay events out, one after another; empty for a system without them.

    Attributes
    ----------
    triggers, effects
        Nodes of the conditions, and of all that events compute (`effect_nodes`).
    firsts, sizes
        Place among the effects, and number of assignments, of each event.
    targets, target_firsts
        States that are assigned to, and where each event's begin among them.
    persistent, early, initial
        For each event whether it persists, takes its values at firing, and counts as true before the start.
    searched
        Whether triggers may change at moments that are not known beforehand.
    """

    triggers: tuple[int, ...] = ()
    effects: tuple[int, ...] = ()
    firsts: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()
    targets: tuple[int, ...] = ()
    target_firsts: tuple[int, ...] = ()
    persistent: tuple[int, ...] = ()
    early: tuple[int, ...] = ()
    initial: tuple[int, ...] = ()
    searched: bool = False

    def __len__(self) -> int:
        return len(self.triggers)

    @property
    def entry(self) -> int:
        """Return the words of a waiting execution: when, which event, and its values."""
        return 2 + max(self.sizes, default=0)

    @classmethod
    def of(cls, system: System) -> EventTables:
        """Lay out the events of a system."""
        events = system.events
        if not events:
            return cls()
        effects = [effect_nodes(system.graph, event) for event in events]
        sizes = [len(event.assignments) for event in events]
        return cls(
            triggers=tuple(event.trigger for event in events),
            effects=tuple(node for nodes in effects for node in nodes),
            firsts=_starts([len(nodes) for nodes in effects]),
            sizes=tuple(sizes),
            targets=tuple(a.state for event in events for a in event.assignments),
            target_firsts=_starts(sizes),
            persistent=tuple(int(event.persistent) for event in events),
            early=tuple(int(event.use_values_from_trigger_time) for event in events),
            initial=tuple(int(event.initial_value) for event in events),
            searched=must_be_searched(system),
        )


def _starts(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return where consecutive sections of these sizes begin."""
    return tuple(accumulate(sizes, initial=0))[:-1]
