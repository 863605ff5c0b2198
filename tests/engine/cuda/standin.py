"""A stand-in for NVIDIA's driver on a machine without a GPU.

It has the functions of ``cuda.bindings.driver`` that are used, with the same arguments and results. The GPU's
memory is this process's; "machine code" is PTX as it was given, which is translated for this processor when
it is loaded. What it cannot show is how a GPU rounds, how threads share it, and how fast it is.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import numpy as np

from epsom.engine.cuda.target import scalar_host
from epsom.engine.simd.compile import assemble, load
from tests.engine.cuda.ptx import to_llvm

_PREFIX = b"translated "


class Result(IntEnum):
    CUDA_SUCCESS = 0
    CUDA_ERROR_OUT_OF_MEMORY = 2
    CUDA_ERROR_INVALID_CONTEXT = 201
    CUDA_ERROR_INVALID_PTX = 218


OK = Result.CUDA_SUCCESS


@dataclass
class StandIn:
    """Count what is asked; ``capacity`` is the GPU's memory in bytes, ``capability`` its generation."""

    capacity: int = 1 << 30
    capability: tuple[int, int] = (9, 0)
    taken: dict[int, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    current: object = None
    CUjitInputType = SimpleNamespace(CU_JIT_INPUT_PTX="ptx")
    CUdevice_attribute = SimpleNamespace(
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR="major",
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR="minor",
        CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT="processors",
    )

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("cu") and name != "current":
            self.calls.append(name)
        return super().__getattribute__(name)

    def _used(self) -> int:
        return sum(buffer.nbytes for buffer in self.taken.values())

    def cuDeviceGet(self, number: int) -> tuple[Any, ...]:
        return OK, number

    def cuDeviceGetName(self, length: int, device: int) -> tuple[Any, ...]:
        return OK, b"Stand-in".ljust(length, b"\0")

    def cuDriverGetVersion(self) -> tuple[Any, ...]:
        return OK, 13000

    def cuDeviceGetAttribute(self, which: str, device: int) -> tuple[Any, ...]:
        return OK, {"major": self.capability[0], "minor": self.capability[1], "processors": 2}[which]

    def cuDevicePrimaryCtxRetain(self, device: int) -> tuple[Any, ...]:
        return OK, "context"

    def cuCtxSetCurrent(self, context: str) -> tuple[Any, ...]:
        return (OK if context == "context" else Result.CUDA_ERROR_INVALID_CONTEXT,)

    def cuMemGetInfo(self) -> tuple[Any, ...]:
        return OK, self.capacity - self._used(), self.capacity

    def cuMemAlloc(self, size: int) -> tuple[Any, ...]:
        if self._used() + size > self.capacity:
            return Result.CUDA_ERROR_OUT_OF_MEMORY, 0
        buffer = np.full(size, 0xA5, dtype=np.uint8)  # what lay there before
        self.taken[buffer.ctypes.data] = buffer
        return OK, buffer.ctypes.data

    def cuMemFree(self, address: int) -> tuple[Any, ...]:
        del self.taken[address]
        return (OK,)

    def cuMemcpyHtoD(self, target: int, source: int, size: int) -> tuple[Any, ...]:
        ctypes.memmove(target, source, size)
        return (OK,)

    cuMemcpyDtoH = cuMemcpyHtoD

    def cuLinkCreate(self, count: int, options: list[Any], values: list[Any]) -> tuple[Any, ...]:
        return OK, {}

    def cuLinkAddData(
        self, link: dict[str, Any], kind: str, data: bytes, size: int, *rest: Any
    ) -> tuple[Any]:
        if b".visible .entry" not in data or size != len(data):
            return (Result.CUDA_ERROR_INVALID_PTX,)
        link["code"] = np.frombuffer(_PREFIX + data, dtype=np.uint8)
        return (OK,)

    def cuLinkComplete(self, link: dict[str, Any]) -> tuple[Any, ...]:
        return OK, link["code"].ctypes.data, link["code"].nbytes

    def cuLinkDestroy(self, link: dict[str, Any]) -> tuple[Any, ...]:
        link.clear()
        return (OK,)

    def cuModuleLoadData(self, code: bytes) -> tuple[Any, ...]:
        target = scalar_host()
        text = to_llvm(code.removeprefix(_PREFIX).decode(), target)
        return OK, load(assemble(text, target), ("integrate",), target)

    def cuModuleGetFunction(self, module: Any, name: bytes) -> tuple[Any, ...]:
        return OK, module.function(name.decode(), ctypes.c_void_p)

    def cuOccupancyMaxActiveBlocksPerMultiprocessor(
        self, function: Any, threads: int, shared: int
    ) -> tuple[Any, ...]:
        return OK, 4

    def cuLaunchKernel(self, function: Callable[[int], None], *given: Any) -> tuple[Any]:
        grid, block, arguments = given[0:3], given[3:6], given[8]
        where = ctypes.c_uint64.from_address(arguments).value
        for _ in range(int(np.prod(grid) * np.prod(block))):
            function(ctypes.c_uint64.from_address(where).value)
        return (OK,)

    def cuCtxSynchronize(self) -> tuple[Any, ...]:
        return (OK,)
