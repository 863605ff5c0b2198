"""A GPU: translate a program for it, copy a part of the batch there, run it, copy the results back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from epsom.base.errors import problem
from epsom.base.store import Store, cache_folder
from epsom.engine.cuda.build import ENTRY, thread_words
from epsom.engine.cuda.driver import Driver, DriverError
from epsom.engine.cuda.ptx import program_name, ptx
from epsom.engine.simd.batch import Batch
from epsom.engine.system import System

_OLDEST = (7, 0)  # compute capability of the architecture that PTX is written for
# Small blocks leave few threads waiting for the longest life among them; as a program may take all 255
# registers of a thread, at most four such blocks run on a multiprocessor at once.
_BLOCK = 64
_ALIGNMENT = 256
# The driver takes the threads' own memory from the same GPU: a part may use this share of what is free.
_SHARE = 0.5


@dataclass(frozen=True)
class Program:
    """Hold a loaded program, and how many blocks of threads the GPU runs of it at once."""

    function: Any
    blocks: int
    _module: Any = field(repr=False)


@dataclass(frozen=True)
class CudaDevice:
    """Run programs on a GPU.

    Parameters
    ----------
    context
        The driver's handle.
    name, kind
        What the maker calls it; its compute capability with the driver's version, such as
        ``sm_90-12080``, which translated programs depend on.
    processors
        Number of multiprocessors.
    store
        Where programs are kept.
    """

    driver: Driver
    context: Any
    name: str
    kind: str
    processors: int
    store: Store

    @classmethod
    def open(cls, driver: Driver | None = None, store: Store | None = None) -> CudaDevice:
        """Open the first GPU; ``CUDA_VISIBLE_DEVICES`` says which one that is.

        Parameters
        ----------
        driver, store
            NVIDIA's driver and the user's cache, when None.

        Raises
        ------
        EpsomError
            ``E-CUDA-PACKAGE`` without the package ``cuda-bindings``, ``E-CUDA-DEVICE`` without a GPU of
            compute capability 7.0 or newer, or a driver for it.
        """
        driver = driver or Driver.load()
        try:
            handle = driver.call("cuDeviceGet", 0)
            capability = tuple(
                driver.attribute(handle, f"COMPUTE_CAPABILITY_{k}") for k in ("MAJOR", "MINOR")
            )
            if capability < _OLDEST:
                raise DriverError("compute capability", "{}.{}".format(*capability))
            name = driver.call("cuDeviceGetName", 128, handle).split(b"\0")[0].decode()
            kind = "sm_{}{}-{}".format(*capability, driver.call("cuDriverGetVersion"))
            processors = driver.attribute(handle, "MULTIPROCESSOR_COUNT")
            context = driver.call("cuDevicePrimaryCtxRetain", handle)
        except DriverError as fault:
            raise problem(
                "E-CUDA-DEVICE", field="--engine", value="cuda", details={"reason": fault}
            ) from None
        return cls(driver, context, name, kind, processors, store or Store(cache_folder("kernels")))

    def room(self) -> int:
        """Return how many bytes a part of a batch may take."""
        with self._at_work():
            free, _ = self.driver.call("cuMemGetInfo")
        return int(_SHARE * free)

    def prepare(self, system: System, names: Sequence[str], *, single: bool = False) -> Program:
        """Return the program for a system and its observables, translated now or at an earlier time.

        ``single`` computes states in single precision.

        Raises
        ------
        EpsomError
            ``E-CUDA-FAILED`` when the driver refuses it.
        """
        kept = f"{program_name(system, names, single=single)}.{self.kind}.cubin"
        with self._at_work():
            code = self.store.read(kept)
            if code is None:
                code = self.driver.translate(ptx(system, names, self.store, single=single))
                self.store.write(kept, code)
            module = self.driver.call("cuModuleLoadData", code)
            function = self.driver.call("cuModuleGetFunction", module, ENTRY.encode())
            each = self.driver.call("cuOccupancyMaxActiveBlocksPerMultiprocessor", function, _BLOCK, 0)
            return Program(function, int(each) * self.processors, module)

    def run(self, program: Program, batch: Batch) -> None:
        """Integrate the members of a part that fits the GPU's memory.

        Raises
        ------
        EpsomError
            ``E-CUDA-FAILED`` with the driver's reason, such as too little memory.
        """
        with self._at_work():
            self._run(program, batch)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Make this GPU the thread's own, and put the driver's faults into words."""
        try:
            self.driver.call("cuCtxSetCurrent", self.context)
            yield
        except DriverError as fault:
            raise problem("E-CUDA-FAILED", value=self.name, details={"reason": fault}) from None

    def _run(self, program: Program, batch: Batch) -> None:
        call = self.driver.call
        arrays = {**batch.inputs, **batch.results}
        with self._memory({name: array.nbytes for name, array in arrays.items()}) as addresses:
            words = thread_words(batch, addresses)
            with self._memory({"words": words.nbytes}) as table:
                self._upload({**arrays, "words": words}, {**addresses, **table})
                # a list of addresses, one for each argument of the program
                argument = np.array([table["words"]], dtype=np.uint64)
                arguments = np.array([argument.ctypes.data], dtype=np.uint64)
                blocks = min(program.blocks, -(-batch.queue.size // _BLOCK))
                grid = (blocks, 1, 1, _BLOCK, 1, 1)
                call("cuLaunchKernel", program.function, *grid, 0, 0, arguments.ctypes.data, 0)
                call("cuCtxSynchronize")
            for name, array in batch.results.items():
                if array.nbytes:
                    call("cuMemcpyDtoH", array.ctypes.data, addresses[name], array.nbytes)

    def _upload(self, arrays: Mapping[str, Any], addresses: Mapping[str, int]) -> None:
        for name, array in arrays.items():
            if array.nbytes:
                self.driver.call("cuMemcpyHtoD", addresses[name], array.ctypes.data, array.nbytes)

    @contextmanager
    def _memory(self, sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """Take memory on the GPU for several arrays; give their addresses."""
        places: dict[str, int] = {}
        total = 0
        for name, size in sizes.items():
            places[name] = total
            total += -(-size // _ALIGNMENT) * _ALIGNMENT
        base = self.driver.call("cuMemAlloc", max(total, _ALIGNMENT))
        try:
            yield {name: int(base) + place for name, place in places.items()}
        finally:
            self.driver.call("cuMemFree", base)
