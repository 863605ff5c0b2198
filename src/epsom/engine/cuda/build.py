"""Put the program of one thread together: the fast engine's functions at a width of one.

What differs from a thread of the fast engine: the work space is the thread's own (a GPU interleaves that
memory between threads by itself), observables belong to the program, and a member whose factors are
unsound, or of whom many events wait, is left to the fast engine, since that needs more memory than
thousands of threads have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from epsom.base.arrays import IntArray
from epsom.engine.cuda.elementary import FUNCTIONS
from epsom.engine.cuda.target import TRIPLE
from epsom.engine.simd.batch import Batch
from epsom.engine.simd.driver import Driver
from epsom.engine.simd.event_queue import EventQueue
from epsom.engine.simd.event_search import EventSearch
from epsom.engine.simd.ir import Function, Module
from epsom.engine.simd.kernel import Kernel, Plan, write_observer
from epsom.engine.simd.layout import Layout
from epsom.engine.simd.shared import PLACE
from epsom.engine.simd.steps import Steps
from epsom.engine.simd.tableau import rodas5p
from epsom.engine.simd.target import Target
from epsom.engine.system import System

ENTRY = "integrate"
# In place of a status: the member is to be integrated by the fast engine.
HANDED_OVER = -1
# Waiting executions of events that a thread has room for; a member that needs more is handed over too.
_ROOM = 16
# LLVM's numbers of the memories that arguments point to
_GLOBAL, _LOCAL = 1, 5
_MEMORY = {"shared": _GLOBAL, "space": _LOCAL, "out": _LOCAL, "k": _LOCAL}


class DeviceModule(Module):
    """Collect functions for a GPU: each says which memory its arguments point to; the C library's are own."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self._written: set[str] = set()

    def declare(self, name: str, signature: str) -> None:
        """Declare an outside function, or write it where it is one that C libraries have."""
        if name not in FUNCTIONS:
            super().declare(name, signature)
        elif name not in self._written:
            self._written.add(name)
            f = Function(self, name, [("double", "x")], "double", kind=self.wide)
            x = f.let(f"insertelement {self.wide.vector} undef, double %x, i32 0")
            f.do(f"ret double {f.let(f'extractelement {self.wide.vector} {FUNCTIONS[name](f, x)}, i32 0')}")
            self.add(f)

    def receive(self, kind: str, word: str) -> tuple[str, list[str]]:
        """Return how a function declares an argument, and instructions that make ``%word`` of it."""
        if not kind.startswith("ptr"):
            return super().receive(kind, word)
        memory = f"ptr addrspace({_MEMORY[word]})"
        lines = [
            f"  %{word}.own = addrspacecast ptr %{word}.any to {memory}",
            f"  %{word} = addrspacecast {memory} %{word}.own to ptr",
        ]
        return f"{kind} %{word}.any", lines


class DeviceDriver(Driver):
    """Write the loop over members of one thread."""

    def _observe(self, f: Function) -> None:
        f.call("observe", "ptr %space", "ptr %out")

    def _step(self, f: Function) -> None:
        super()._step(f)
        unsound = f.let(f"icmp ne i64 {self._get(f, 'i64', 'unsound', '0')}, 0")
        with f.when(unsound):  # the lane is empty then, and what follows passes it by
            f.call("finish", "ptr %shared", "ptr %space", "i64 0", f"i64 {HANDED_OVER}")


def thread_program(system: System, names: Sequence[str], target: Target) -> str:
    """Write the program of one thread for a system with at least one state.

    It exports ``integrate(shared)``: take members from the queue until it is empty.
    """
    tableau, plan = rodas5p(), Plan.of(system)
    on_device = target.triple == TRIPLE
    module = DeviceModule(target) if on_device else Module(target)
    layout = Kernel(module, plan, tableau, rescue=False).write()
    write_observer(module, system.graph, [system.observables[name] for name in names], layout)
    _write_rescue(module, layout)
    Steps(module, layout, tableau, timed=plan.timed).write()
    if plan.events:
        EventQueue(module, layout, plan.events).write()
        EventSearch(module, layout, plan.events).write()
    DeviceDriver(module, layout, tableau.order, plan.events).write()
    f = Function(
        module, ENTRY, [("ptr", "shared")], "ptx_kernel void" if on_device else "void", exported=True
    )
    waiting = _ROOM * plan.events.entry if plan.events else 0
    space = f.let(f"alloca [{target.words(layout.size) + waiting} x i64], align 8")
    out = f.let(f"alloca [{max(len(names), 1)} x i64], align 8")
    f.let(f"call i64 @run(ptr %shared, ptr {space}, ptr {out})")
    f.do("ret void")
    module.add(f)
    return module.text()


def thread_words(batch: Batch, addresses: Mapping[str, int] | None = None) -> IntArray:
    """Return the table that all threads share; ``addresses`` says where a device has the batch's arrays."""
    words = batch.words(addresses=addresses)
    words[PLACE["room"]] = _ROOM
    words[PLACE["block_steps"]] = np.iinfo(np.int64).max
    return words


def _write_rescue(module: Module, layout: Layout) -> None:
    """Write the functions that the step calls for unsound factors: note it, and solve nothing."""
    f = Function(module, "rescue_factor", [("ptr", "space")])
    sound = f.load("%space", layout["sound"])
    bad = f.both(
        f.compare("une", sound, f.const(1.0)), f.nonzero(f.load_integers("%space", layout["active"]))
    )
    f.store_integers(f.let(f"zext {module.mask} {bad} to {module.integers}"), "%space", layout["unsound"])
    f.do("ret void")
    module.add(f)
    f = Function(module, "rescue_solve", [("ptr", "space"), ("ptr", "k")])
    f.do("ret void")
    module.add(f)
