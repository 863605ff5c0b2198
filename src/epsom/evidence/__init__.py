"""The evidence engine: study records, effect sizes, pooling, dose-response, bias and certainty.

Public entry points of the numerics: `pool` and `dose_response`. They are loaded at first use, so that
reading study records does not wait for numerical libraries.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epsom.evidence.curves.entry import dose_response
    from epsom.evidence.curves.result import DoseResponseResult
    from epsom.evidence.pooling.pool import pool
    from epsom.evidence.pooling.result import PooledResult

__all__ = ["DoseResponseResult", "PooledResult", "dose_response", "pool"]

_HOMES = {
    "DoseResponseResult": "curves.result",
    "PooledResult": "pooling.result",
    "dose_response": "curves.entry",
    "pool": "pooling.pool",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"epsom.evidence.{_HOMES[name]}"), name)
