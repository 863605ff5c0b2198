"""What the processor at hand can do, and how wide the generated vectors are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import llvmlite.binding as llvm


@dataclass(frozen=True)
class Target:
    """Describe the machine that code is generated for.

    Attributes
    ----------
    cpu, features
        Processor name and feature string, in LLVM's words.
    triple, layout
        Target triple and data layout.
    lanes
        Members side by side: as many as a vector has doubles (8 with AVX-512, 4 with AVX, 2 elsewhere),
        twice as many in single precision.
    avx512
        Whether the instructions for exponents and reciprocals of AVX-512 (F and DQ) may be used.
    single
        Whether states are computed in single precision.
    """

    cpu: str
    features: str
    triple: str
    layout: str
    lanes: int
    avx512: bool
    single: bool = False

    def in_single(self) -> Target:
        """Return the same machine with states in single precision, in twice as many lanes."""
        return self if self.single else replace(self, lanes=2 * self.lanes, single=True)

    def in_double(self) -> Target:
        """Return the same machine with all numbers in double precision."""
        return replace(self, lanes=self.lanes // 2, single=False) if self.single else self

    def words(self, vectors: int) -> int:
        """Return the 8-byte words of vectors of states, the unit in which work space is counted."""
        return vectors * self.lanes // 2 if self.single else vectors * self.lanes


@cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # The code comes in a good order already (`Terms.order`): leaving LLVM's own scheduling of straight
    # lines out halves the time of compiling and costs no speed.
    llvm.set_option("epsom", "-enable-misched=false")


def machine(target: Target) -> llvm.TargetMachine:
    """Return LLVM's code generator for a target."""
    _initialize()
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, reloc="pic", codemodel="default", jit=True
    )


@cache
def host(*, avx512: bool = True, avx: bool = True) -> Target:
    """Describe the processor that this program runs on.

    Parameters
    ----------
    avx512, avx
        Set to False to leave these instructions unused where they exist, so that the code for
        lesser processors can be tested.
    """
    _initialize()
    features = dict(llvm.get_host_cpu_features())
    wide = avx512 and all(features.get(name, False) for name in ("avx512f", "avx512dq", "avx512vl"))
    middle = wide or (avx and features.get("avx", False))
    if not wide:
        features = {k: v and not k.startswith("avx512") for k, v in features.items()}
    flags = ",".join(("+" if v else "-") + k for k, v in sorted(features.items()))
    triple = llvm.get_process_triple()
    cpu = llvm.get_host_cpu_name()
    bare = Target(cpu, flags, triple, "", 8 if wide else 4 if middle else 2, wide)
    layout = str(machine(bare).target_data)
    return Target(cpu, flags, triple, layout, bare.lanes, wide)
