"""The precisions in which states may be computed, and what each can be asked for."""

from __future__ import annotations

from collections.abc import Mapping

DOUBLE, SINGLE = "double", "single"
PRECISIONS = (DOUBLE, SINGLE)
# Below these relative tolerances rounding, not the method, would decide the error.
SMALLEST_RTOL: Mapping[str, float] = {DOUBLE: 3e-14, SINGLE: 1e-5}
# What commands use unless told otherwise.
USUAL_RTOL: Mapping[str, float] = {DOUBLE: 1e-6, SINGLE: 1e-5}
