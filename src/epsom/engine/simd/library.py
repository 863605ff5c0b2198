"""The C library's functions that generated code may call, through a table of their addresses.

A table instead of plain calls: code, constants and table then are one piece of memory that needs nothing
from outside while it is loaded, so that it can be kept together (`epsom.engine.simd.compile.load`).
"""

from __future__ import annotations

import ctypes

import llvmlite.binding as llvm

TABLE = "epsom_c_library"
NAMES = (
    "exp", "log", "pow", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
    "acosh", "atanh",
)  # fmt: skip


def table() -> str:
    """Write the definition of the table."""
    return f"@{TABLE} = global [{len(NAMES)} x ptr] zeroinitializer, align 8"


def bridge(name: str, arguments: int) -> str:
    """Write a function of this name, of doubles, that calls the C library's."""
    taken = ", ".join(f"double %x{k}" for k in range(arguments))
    place = f"getelementptr ([{len(NAMES)} x ptr], ptr @{TABLE}, i64 0, i64 {NAMES.index(name)})"
    return "\n".join(
        [
            f"define internal double @{name}({taken}) #0 {{",
            f"  %f = load ptr, ptr {place}, align 8",
            f"  %y = call double %f({taken})",
            "  ret double %y",
            "}",
        ]
    )


def fill(address: int) -> None:
    """Write the addresses of this process into the table at ``address``."""
    found = [llvm.address_of_symbol(name) for name in NAMES]
    (ctypes.c_void_p * len(NAMES)).from_address(address)[:] = found
