"""The precisions in which states may be computed, and what each can be asked for."""

from __future__ import annotations

from collections.abc import Mapping

from epsom.base.errors import problem

DOUBLE, SINGLE = "double", "single"
PRECISIONS = (DOUBLE, SINGLE)
# Below these relative tolerances rounding, not the method, would decide the error.
SMALLEST_RTOL: Mapping[str, float] = {DOUBLE: 3e-14, SINGLE: 1e-5}
# Relative tolerance, and absolute tolerance as a share of each state's scale, that commands use unless told
# otherwise. Asking single precision for more than its rounding allows costs steps and gains nothing.
USUAL_TOLERANCES: Mapping[str, tuple[float, float]] = {DOUBLE: (1e-6, 1e-9), SINGLE: (1e-4, 1e-4)}


def require_precision(precision: str) -> None:
    """Raise ``E-PRECISION`` for a precision that there is not."""
    if precision not in PRECISIONS:
        raise problem("E-PRECISION", field="--precision", value=precision, expected=", ".join(PRECISIONS))


def require_rtol(precision: str, rtol: float) -> None:
    """Raise ``E-RTOL-SINGLE`` for a relative tolerance that single precision cannot keep."""
    if precision == SINGLE and not rtol >= SMALLEST_RTOL[SINGLE]:
        raise problem("E-RTOL-SINGLE", field="--rtol", value=rtol, expected=f"{SMALLEST_RTOL[SINGLE]:g}")
