"""The engines by name; each is imported only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from epsom.base.errors import problem
from epsom.engine.interface import Engine
from epsom.engine.precision import DOUBLE


def _reference(precision: str) -> Engine:
    from epsom.engine.reference import ReferenceEngine

    _only_double(precision)
    return ReferenceEngine()


def _simd(precision: str) -> Engine:
    from epsom.engine.simd.engine import SimdEngine

    return SimdEngine(precision=precision)


def _cuda(precision: str) -> Engine:
    from epsom.engine.cuda.device import CudaDevice
    from epsom.engine.cuda.engine import CudaEngine

    return CudaEngine(CudaDevice.open(), precision=precision)


def _only_double(precision: str) -> None:
    if precision != DOUBLE:
        raise problem("E-PRECISION", field="--precision", value=precision, expected=DOUBLE)


# What every command uses unless told otherwise.
DEFAULT = "simd"
FACTORIES: Mapping[str, Callable[[str], Engine]] = {"reference": _reference, "simd": _simd, "cuda": _cuda}


def engine(name: str = DEFAULT, precision: str = DOUBLE) -> Engine:
    """Return the engine of that name; the fast one, in double precision, when none is named.

    Raises
    ------
    EpsomError
        ``E-ENGINE`` when there is none; ``E-PRECISION`` when it does not compute in that precision;
        ``E-CUDA-PACKAGE`` or ``E-CUDA-DEVICE`` when this machine cannot run it.
    """
    if name not in FACTORIES:
        raise problem("E-ENGINE", field="--engine", value=name, expected=", ".join(sorted(FACTORIES)))
    return FACTORIES[name](precision)
