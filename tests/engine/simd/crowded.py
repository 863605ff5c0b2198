"""Load code in a crowded memory: free pieces that hold one part of it, and the next free place far away.

Run as a program with the folder of a cache; ends with an error where one of the sizes of pieces fails.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import numpy as np

from epsom.engine.members import Members
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from tests.engine.systems import logistic

PAGE, FAR = 4096, 6 << 30  # code reaches 2 GB at most
_RESERVED = 0x22 | 0x4000  # private, anonymous, not backed by memory
_FAILED = 2**64 - 1


def solve(folder: Path) -> None:
    system = logistic()
    found = SimdEngine(threads=1, cache=Cache(folder)).solve(system, Members.of(system, 1), np.array([1.0]))
    assert found.status[0] == 0


def crowd(pages: int) -> None:
    """Take all addresses above a far place, but for one piece."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]

    def take(size: int) -> int:
        return int(libc.mmap(None, size, 0, _RESERVED, -1, 0) or _FAILED)

    base, size = take(FAR), 1 << 32
    while size >= PAGE:
        place = take(size)
        if place == _FAILED or place < base:
            if place != _FAILED:
                libc.munmap(place, size)
            size //= 2
    libc.munmap(base + FAR - (pages + 4) * PAGE, pages * PAGE)


def main() -> None:
    folder = Path(sys.argv[1])
    solve(folder)
    for pages in range(1, 9):
        child = os.fork()
        if child == 0:
            crowd(pages)
            solve(folder)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0, f"a free piece of {pages} pages"


if __name__ == "__main__":
    main()
