"""The engines by name; each is imported only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from epsom.base.errors import problem
from epsom.engine.interface import Engine


def _reference() -> Engine:
    from epsom.engine.reference import ReferenceEngine

    return ReferenceEngine()


def _simd() -> Engine:
    from epsom.engine.simd.engine import SimdEngine

    return SimdEngine()


def _cuda() -> Engine:
    from epsom.engine.cuda.device import CudaDevice
    from epsom.engine.cuda.engine import CudaEngine

    return CudaEngine(CudaDevice.open())


# What every command uses unless told otherwise.
DEFAULT = "simd"
FACTORIES: Mapping[str, Callable[[], Engine]] = {"reference": _reference, "simd": _simd, "cuda": _cuda}


def engine(name: str = DEFAULT) -> Engine:
    """Return the engine of that name; the fast one when none is named.

    Raises
    ------
    EpsomError
        ``E-ENGINE`` when there is none; ``E-CUDA-PACKAGE`` or ``E-CUDA-DEVICE`` when this machine cannot
        run it.
    """
    if name not in FACTORIES:
        raise problem("E-ENGINE", field="--engine", value=name, expected=", ".join(sorted(FACTORIES)))
    return FACTORIES[name]()
