"""Machine code ready to run: from the cache where it is sound, freshly compiled otherwise."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from epsom.base.arrays import IntArray
from epsom.engine.members import Members
from epsom.engine.simd.build import Source, kernel_source, observer_source, start_source
from epsom.engine.simd.cache import Cache, Entry
from epsom.engine.simd.compile import Loaded, assemble, load
from epsom.engine.simd.fingerprint import fingerprint
from epsom.engine.simd.ir import WIDEST
from epsom.engine.simd.target import Target
from epsom.engine.start import Start, begin
from epsom.engine.system import System

# The integrating loop: its beginning, and how it goes on after a pause.
_LOOP = ("run", "proceed")


@dataclass(frozen=True)
class Program:
    """Hold loaded code.

    Attributes
    ----------
    loaded
        Addresses of the functions.
    vectors
        Vectors of memory that one thread needs for it.
    """

    loaded: Loaded
    vectors: int

    def address(self, name: str) -> int:
        """Return the address of a function."""
        return self.loaded.addresses[name]

    def integrate(self, *places: int) -> None:
        """Run the integrating loop; now and then the interpreter comes in between and sees to signals."""
        run, proceed = (
            self.loaded.function(name, *[ctypes.c_void_p] * 3, result=ctypes.c_int64) for name in _LOOP
        )
        more = run(*places)
        while more:
            more = proceed(*places)

    def start(self, target: Target, system: System, members: Members, time: float) -> Start:
        """Compute what holds at the start."""
        parameters = np.ascontiguousarray(members.parameters, dtype=np.float64)
        values = np.empty((len(members), len(system.derived) + len(system.states)))
        space, out = aligned(target.words(self.vectors)), aligned(target.words(values.shape[1]))
        arrays, memory = (parameters, values), (space, out)
        kinds = [*[ctypes.c_void_p] * 2, ctypes.c_int64, ctypes.c_double, *[ctypes.c_void_p] * 2]
        compute = self.loaded.function("start", *kinds)
        compute(*(a.ctypes.data for a in arrays), len(members), time, *(a.ctypes.data for a in memory))
        return begin(system, members, time, values)


def aligned(count: int) -> IntArray:
    """Return zeroed 8-byte words that start at a multiple of the widest vector's size."""
    buffer = np.zeros(count + WIDEST // 8, dtype=np.int64)
    first = (-buffer.ctypes.data % WIDEST) // 8
    return buffer[first : first + count]


def kernel(system: System, target: Target, cache: Cache) -> Program:
    """Return the integrating code of a system."""
    name = fingerprint(system, target, "kernel")
    return _program(name, _LOOP, target, cache, lambda: kernel_source(system, target))


def starter(system: System, target: Target, cache: Cache) -> Program:
    """Return the code that computes what holds at the start; the target must be one of doubles."""
    name = fingerprint(system, target, "start")
    return _program(name, ("start",), target, cache, lambda: start_source(system, target))


def observer(system: System, names: Sequence[str], target: Target, cache: Cache) -> Program:
    """Return the code that computes observables."""
    name = fingerprint(system, target, "observer", names)
    return _program(name, ("observe",), target, cache, lambda: observer_source(system, names, target))


def _program(
    name: str, functions: Sequence[str], target: Target, cache: Cache, source: Callable[[], Source]
) -> Program:
    entry = cache.read(name)
    if entry is not None:
        return Program(load(entry.code, functions, target), entry.vectors)
    made = source()
    entry = Entry(assemble(made.text, target), made.vectors)
    cache.write(name, entry)
    return Program(load(entry.code, functions, target), entry.vectors)
