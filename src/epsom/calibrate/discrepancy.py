"""The model-discrepancy term: which family a row belongs to, and the unit of its extra error."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from epsom.base.arrays import FloatArray

RATIO = "ratio"
_ABOUT = ("schema", "kappa")


@cache
def _record() -> dict[str, Any]:
    return tomllib.loads(files("epsom.calibrate").joinpath("discrepancy.toml").read_text("utf-8"))


def families() -> tuple[str, ...]:
    """Return the names of the families, in the order in which their kappas stand."""
    return tuple(name for name in _record() if name not in _ABOUT)


def family_and_unit(outcome: str, *, ratio: bool) -> tuple[int, float]:
    """Return the family's number and the unit of discrepancy of an outcome.

    Raises
    ------
    KeyError
        When no family lists the outcome.

    Examples
    --------
    >>> number, unit = family_and_unit("sbp", ratio=False)
    >>> families()[number], unit
    ('pressure', 1.0)
    """
    for number, name in enumerate(families()):
        if outcome in _record()[name]:
            return number, float(_record()[name][RATIO if ratio else outcome])
    raise KeyError(outcome)


def kappas(coordinate: FloatArray) -> FloatArray:
    """Turn standard normal coordinates (..., n_families) into kappas, by their lognormal prior."""
    prior = _record()["kappa"]
    return np.asarray(prior["median"] * np.exp(prior["sd_log"] * coordinate))
