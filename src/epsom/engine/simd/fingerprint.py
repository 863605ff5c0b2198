"""Name a piece of generated code by everything that it depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

import llvmlite
import llvmlite.binding as llvm
import numpy as np

from epsom import __version__
from epsom.engine.graph import Graph
from epsom.engine.ops import Op
from epsom.engine.simd.event_tables import EventTables
from epsom.engine.simd.target import Target
from epsom.engine.system import System


def fingerprint(system: System, target: Target, part: str, names: Sequence[str] = ()) -> str:
    """Return the name of a part of a system's code: its ``kernel``, ``start``, or ``observer`` of names.

    It covers the formulas, the processor, the versions of Epsom and LLVM, and the text of the code
    generator itself; a kernel's also the default values, which decide the order of elimination.
    """
    digest = hashlib.blake2b(digest_size=20)
    outputs = [*system.initial, *system.derived_nodes]
    if part == "observer":
        outputs = [system.observables[name] for name in names]
    if part == "kernel":
        tables = EventTables.of(system)
        outputs += [*system.rates, *tables.triggers, *tables.effects]
        shape = replace(tables, triggers=(), effects=())  # nodes are told apart below, by their formulas
        digest.update(repr(shape).encode())
        digest.update(np.asarray(system.defaults, dtype=np.float64).tobytes())
        if system.state_scale is not None:
            digest.update(np.asarray(system.state_scale, dtype=np.float64).tobytes())
    sizes = (len(system.states), len(system.parameters), len(system.derived), len(outputs))
    parts = (part, target, sizes, llvmlite.__version__)
    digest.update(repr((*parts, llvm.llvm_version_info, __version__)).encode())
    digest.update(generator_digest("epsom.engine.simd"))
    digest.update(_formulas(system.graph, outputs))
    return digest.hexdigest()


@cache
def generator_digest(package: str) -> bytes:
    """Digest the text of a package, so that a changed generator never finds old code."""
    digest = hashlib.blake2b(digest_size=20)
    folder = files(package)
    for part in (folder, folder.joinpath("data")):
        entries = part.iterdir() if part.is_dir() else ()
        for entry in sorted(entries, key=lambda e: e.name):
            if entry.is_file():
                digest.update(entry.read_bytes())
    return digest.digest()


def _formulas(graph: Graph, outputs: Sequence[int]) -> bytes:
    """Digest the nodes that outputs need, numbered by themselves alone."""
    number: dict[int, int] = {}
    rows: list[tuple[int, ...]] = []
    values: list[float] = []
    for node in graph.order(outputs):
        number[node] = len(number)
        rows.append((int(graph.ops[node]), *(number[a] for a in graph.args[node])))
        if graph.ops[node] in (Op.CONST, Op.PARAMETER, Op.DERIVED, Op.STATE):
            values.append(graph.values[node])
    text = repr((rows, [number[node] for node in outputs])).encode()
    return hashlib.blake2b(text + np.array(values, dtype=np.float64).tobytes()).digest()
