"""The model-discrepancy term: which scale a row belongs to, and the unit of its extra error."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from epsom.base.arrays import FloatArray

RATIO = "ratio"
SINGLE = "single_trial"
_ABOUT = ("schema", "kappa")


@cache
def _record() -> dict[str, Any]:
    return tomllib.loads(files("epsom.calibrate").joinpath("discrepancy.toml").read_text("utf-8"))


def families() -> tuple[str, ...]:
    """Return the names of the families."""
    return tuple(name for name in _record() if name not in _ABOUT)


def scales() -> tuple[str, ...]:
    """Return the names of the kappas, in their order: each family has one for single trials.

    Examples
    --------
    >>> scales()[:2]
    ('magnesium', 'magnesium_single_trial')
    """
    return tuple(name for family in families() for name in (family, f"{family}_{SINGLE}"))


def scale_and_unit(outcome: str, *, ratio: bool, kind: str) -> tuple[int, float]:
    """Return the number of the kappa and the unit of discrepancy of an outcome.

    Parameters
    ----------
    kind
        Kind of evidence, as a trial's source says: ``single_trial`` has kappas of its own.

    Raises
    ------
    KeyError
        When no family lists the outcome.

    Examples
    --------
    >>> number, unit = scale_and_unit("sbp", ratio=False, kind="pooled")
    >>> scales()[number], unit
    ('pressure', 1.0)
    """
    for number, name in enumerate(families()):
        if outcome in _record()[name]:
            unit = float(_record()[name][RATIO if ratio else outcome])
            return 2 * number + (kind == SINGLE), unit
    raise KeyError(outcome)


def kappas(coordinate: FloatArray) -> FloatArray:
    """Turn standard normal coordinates (..., n_scales) into kappas, by their lognormal prior."""
    prior = _record()["kappa"]
    return np.asarray(prior["median"] * np.exp(prior["sd_log"] * coordinate))


def log_spread() -> float:
    """Return the prior's standard deviation of the logarithm of a kappa."""
    return float(_record()["kappa"]["sd_log"])
