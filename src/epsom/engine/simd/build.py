"""Put a system's machine code together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from epsom.engine.simd.driver import Driver
from epsom.engine.simd.event_queue import EventQueue
from epsom.engine.simd.event_search import EventSearch
from epsom.engine.simd.ir import Module
from epsom.engine.simd.kernel import Kernel, Plan, write_observer
from epsom.engine.simd.layout import Layout
from epsom.engine.simd.rescue import Rescue
from epsom.engine.simd.starting import Starting
from epsom.engine.simd.steps import Steps
from epsom.engine.simd.tableau import rodas5p
from epsom.engine.simd.target import Target
from epsom.engine.system import System


@dataclass(frozen=True)
class Source:
    """Hold a module's text and the vectors of reals that its work space needs."""

    text: str
    vectors: int


def kernel_source(system: System, target: Target) -> Source:
    """Write the integrating code of a system with at least one state."""
    tableau, module, plan = rodas5p(), Module(target), Plan.of(system)
    layout = Kernel(module, plan, tableau).write()
    Rescue(module, layout, plan.matrix_places(), tableau.stages).write()
    Steps(module, layout, tableau, timed=plan.timed).write()
    if plan.events:
        EventQueue(module, layout, plan.events).write()
        EventSearch(module, layout, plan.events).write()
    # waiting events and numbers of two widths would have to be moved too
    staged = not plan.events and not target.single
    Driver(module, layout, tableau.order, plan.events, staged=staged).write()
    return Source(module.text(), (1 + staged) * layout.size)


def observer_source(system: System, names: Sequence[str], target: Target) -> Source:
    """Write the code that computes observables; it fits every kernel of the system."""
    module, layout = Module(target), _leaves_alone(system, target)
    write_observer(module, system.graph, [system.observables[name] for name in names], layout)
    return Source(module.text(), max(len(names), 1) * layout.ratio)


def start_source(system: System, target: Target) -> Source:
    """Write the code that computes derived values and states at the start."""
    module, layout = Module(target), _leaves_alone(system, target)
    Starting(module, layout, system).write()
    return Source(module.text(), layout.size)


def _leaves_alone(system: System, target: Target) -> Layout:
    """Place what formulas may need: the head of every kernel's work space."""
    return Layout.of(
        states=len(system.states), parameters=len(system.parameters), derived=len(system.derived),
        stages=0, factors=0, entries=0, single=target.single,
    )  # fmt: skip
