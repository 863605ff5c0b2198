"""From a system to PTX, the text that NVIDIA's driver translates for the GPU at hand; kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import llvmlite.binding as llvm

from epsom.base.store import Store
from epsom.engine.cuda.build import thread_program
from epsom.engine.cuda.target import device, machine
from epsom.engine.simd.fingerprint import fingerprint, generator_digest
from epsom.engine.simd.target import Target
from epsom.engine.system import System


def assemble(text: str, target: Target) -> bytes:
    """Compile a module to PTX.

    Raises
    ------
    RuntimeError
        When LLVM refuses the text: a fault of the generator.
    """
    code = machine(target)
    with llvm.parse_assembly(text) as module:
        module.verify()
        return str(code.emit_assembly(module)).encode("ascii")


def program_name(system: System, names: Sequence[str], *, single: bool = False) -> str:
    """Name a program by everything that it depends on."""
    target = device(single=single)
    parts = (fingerprint(system, target, "kernel"), fingerprint(system, target, "observer", names))
    own = generator_digest("epsom.engine.cuda")
    return hashlib.blake2b("".join(parts).encode() + own, digest_size=20).hexdigest()


def ptx(system: System, names: Sequence[str], store: Store, *, single: bool = False) -> bytes:
    """Return the PTX of a system and its observables, from the store where it is sound.

    ``single`` computes states in single precision.
    """
    name = f"{program_name(system, names, single=single)}.ptx"
    found = store.read(name)
    if found is None:
        target = device(single=single)
        found = assemble(thread_program(system, names, target), target)
        store.write(name, found)
    return found
