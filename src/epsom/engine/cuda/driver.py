"""NVIDIA's driver, each call checked.

The package ``cuda-bindings`` (the extra ``cuda``) is imported when a GPU is asked for and not before.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

from epsom.base.errors import problem


class DriverError(RuntimeError):
    """Say which call failed and how, in the driver's words."""

    def __init__(self, call: str, reason: str) -> None:
        super().__init__(f"{call}: {reason}")


@dataclass(frozen=True)
class Driver:
    """Make the driver's calls.

    Parameters
    ----------
    bindings
        The module ``cuda.bindings.driver``.
    """

    bindings: Any

    @classmethod
    def load(cls) -> Driver:
        """Load and start the driver.

        Raises
        ------
        EpsomError
            ``E-CUDA-PACKAGE`` without the package, ``E-CUDA-DEVICE`` without a driver that works.
        """
        try:
            from cuda.bindings import driver as bindings
        except ImportError:
            raise problem("E-CUDA-PACKAGE", field="--engine", value="cuda") from None
        found = cls(bindings)
        try:
            found.call("cuInit", 0)
        except RuntimeError as fault:  # the package finds no driver, or the driver no GPU
            reason = fault if isinstance(fault, DriverError) else type(fault).__name__
            raise problem(
                "E-CUDA-DEVICE", field="--engine", value="cuda", details={"reason": reason}
            ) from None
        return found

    def call(self, name: str, *arguments: Any) -> Any:
        """Make a call and return its result, or results.

        Raises
        ------
        DriverError
            When the driver reports a fault.
        """
        code, *results = getattr(self.bindings, name)(*arguments)
        if int(code) != 0:
            raise DriverError(name, code.name)
        return results[0] if len(results) == 1 else tuple(results)

    def attribute(self, device: Any, name: str) -> int:
        """Return a property of a GPU by the end of its name, such as ``MULTIPROCESSOR_COUNT``."""
        which = getattr(self.bindings.CUdevice_attribute, f"CU_DEVICE_ATTRIBUTE_{name}")
        return int(self.call("cuDeviceGetAttribute", which, device))

    def translate(self, ptx: bytes) -> bytes:
        """Turn PTX into machine code for the GPU at hand."""
        link = self.call("cuLinkCreate", 0, [], [])
        try:
            kind = self.bindings.CUjitInputType.CU_JIT_INPUT_PTX
            self.call("cuLinkAddData", link, kind, ptx, len(ptx), b"epsom", 0, [], [])
            address, size = self.call("cuLinkComplete", link)
            return ctypes.string_at(int(address), size)
        finally:
            self.call("cuLinkDestroy", link)
