"""Turn LLVM text into machine code, and machine code into functions that Python can call."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm

from epsom.engine.simd.library import TABLE, fill
from epsom.engine.simd.target import Target, machine


def assemble(text: str, target: Target) -> bytes:
    """Compile a module to an object file.

    Raises
    ------
    RuntimeError
        When LLVM refuses the text: a fault of the generator.
    """
    code = machine(target)
    with llvm.parse_assembly(text) as module:
        module.verify()
        return bytes(code.emit_object(module))


@dataclass(frozen=True)
class Loaded:
    """Hold machine code in memory; it lives as long as this object or one of its functions does.

    Attributes
    ----------
    addresses
        Address of each exported function.
    """

    addresses: dict[str, int]
    _owner: Any

    def function(self, name: str, *arguments: Any, result: Any = None) -> Any:
        """Return an exported function as a callable that lets go of the interpreter's lock."""
        call = ctypes.CFUNCTYPE(result, *arguments)(self.addresses[name])
        call.keeps_alive = self  # type: ignore[attr-defined]
        return call


def load(code: bytes, names: Sequence[str], target: Target) -> Loaded:
    """Load an object file into memory.

    Raises
    ------
    RuntimeError
        When the object is not one, or lacks a function.
    """
    empty = llvm.parse_assembly(f'target datalayout = "{target.layout}"\ntarget triple = "{target.triple}"\n')
    # llvmlite's memory manager keeps code and constants together; LLVM's may put them out of each other's
    # reach. It takes no code that calls outside functions, as LLVM's own floor is before SSE 4.1.
    whole = None if "-sse4.1" in target.features.split(",") else True
    engine = llvm.create_mcjit_compiler(empty, machine(target), use_lmm=whole)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    if address := int(engine.get_global_value_address(TABLE)):
        fill(address)
    addresses = {name: int(engine.get_function_address(name)) for name in names}
    missing = [name for name, address in addresses.items() if address == 0]
    if missing:
        raise RuntimeError(f"compiled code lacks {missing}")
    return Loaded(addresses, engine)
