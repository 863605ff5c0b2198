"""The program of one thread, run on this processor: all of the GPU engine but the driver."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from epsom.engine.cuda.build import ENTRY, thread_program, thread_words
from epsom.engine.cuda.target import scalar_host
from epsom.engine.simd.batch import Batch
from epsom.engine.simd.compile import assemble, load
from epsom.engine.system import System


@dataclass
class HostDevice:
    """Run ``threads`` threads; ``bytes_free`` bounds a part as a GPU's memory does."""

    threads: int = 3
    bytes_free: int = 1 << 30
    parts: int = 0

    def room(self) -> int:
        return self.bytes_free

    def prepare(self, system: System, names: Sequence[str], *, single: bool = False) -> Any:
        target = scalar_host(single=single)
        loaded = load(assemble(thread_program(system, names, target), target), (ENTRY,), target)
        return loaded.function(ENTRY, ctypes.c_void_p)

    def run(self, program: Any, batch: Batch) -> None:
        self.parts += 1
        words = thread_words(batch)
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(lambda _: program(words.ctypes.data), range(self.threads)))
