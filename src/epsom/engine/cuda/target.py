"""The machines that one member per thread is written for: NVIDIA GPUs, and any processor to check against."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import llvmlite.binding as llvm

from epsom.engine.simd.target import Target, host

TRIPLE = "nvptx64-nvidia-cuda"
# Volta and what came after it: the driver translates this code for the GPU at hand. Older GPUs lack the
# independent progress of threads that members of different lengths need.
_ARCHITECTURE, _VERSION = "sm_70", "+ptx63"


@cache
def _initialize() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


def machine(target: Target) -> llvm.TargetMachine:
    """Return LLVM's code generator for a GPU."""
    _initialize()
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2
    )


@cache
def device(*, single: bool = False) -> Target:
    """Describe the GPUs that code is generated for; ``single`` computes states in single precision."""
    bare = Target(_ARCHITECTURE, _VERSION, TRIPLE, "", 1, False, single)
    return replace(bare, layout=str(machine(bare).target_data))


def scalar_host(*, single: bool = False) -> Target:
    """Describe this processor with one member at a time: the same program, to hold the GPU's against."""
    return replace(host(avx512=False), lanes=1, single=single)
