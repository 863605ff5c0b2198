"""Machine code ready to run: from the cache where it is sound, freshly compiled otherwise."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from epsom.engine.simd.build import Source, kernel_source, observer_source
from epsom.engine.simd.cache import Cache, Entry
from epsom.engine.simd.compile import Loaded, assemble, load
from epsom.engine.simd.fingerprint import fingerprint
from epsom.engine.simd.target import Target
from epsom.engine.system import System

# The integrating loop: its beginning, and how it goes on after a pause.
LOOP = ("run", "proceed")


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
            self.loaded.function(name, *[ctypes.c_void_p] * 3, result=ctypes.c_int64) for name in LOOP
        )
        more = run(*places)
        while more:
            more = proceed(*places)


def kernel(system: System, target: Target, cache: Cache) -> Program:
    """Return the integrating code of a system."""
    name = fingerprint(system, target)
    return _program(name, LOOP, target, cache, lambda: kernel_source(system, target))


def observer(system: System, names: Sequence[str], target: Target, cache: Cache) -> Program:
    """Return the code that computes observables."""
    name = fingerprint(system, target, names)
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
