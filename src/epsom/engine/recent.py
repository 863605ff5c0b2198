"""Remember what was made for the last few systems."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from epsom.engine.system import System

Made = TypeVar("Made")


class Recent(Generic[Made]):
    """Keep things that take long to make and that another process cannot take: loaded code, mostly.

    Systems are told apart by identity, so that looking one up takes no time. Threads may share it.

    Parameters
    ----------
    room
        Things kept; the one unused for longest goes first.

    Examples
    --------
    >>> from epsom.engine.graph import Graph
    >>> empty = System("empty", Graph(), (), (), (), (), ())
    >>> sizes = Recent[int](room=8)
    >>> sizes.get(empty, "states", lambda: 0), sizes.get(empty, "states", lambda: 1)
    (0, 0)
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = Lock()
        self._things: dict[tuple[int, Hashable], tuple[System, Made]] = {}

    def get(self, system: System, name: Hashable, make: Callable[[], Made]) -> Made:
        """Return what goes by this name for this system; make it when it is not there."""
        key = (id(system), name)  # the system is kept too, so that no other one can have its place
        with self._lock:
            found = self._things.pop(key, None)
            if found is not None:
                self._things[key] = found
                return found[1]
        made = make()
        with self._lock:
            self._things[key] = (system, made)
            while len(self._things) > self._room:
                self._things.pop(next(iter(self._things)))
        return made
