"""The shipped posterior: parameter sets that `epsom calibrate` drew from the evidence, as it wrote them.

Draws are kept as standard normal coordinates of the records' priors (`epsom.model.priors`), one row a
draw: first the parameters, then the scales of the model discrepancy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.model.priors import from_standard_normal, uncertain_parameters
from epsom.model.records import parameters

DRAWS_FILE, RECORD_FILE = "draws.npy", "posterior.json"


@dataclass(frozen=True)
class Posterior:
    """Hold posterior draws.

    Attributes
    ----------
    names
        Uncertain parameters, in the order of the records.
    coordinates
        Standard normal coordinates of the parameters (n_draws, n_names).
    discrepancy
        Standard normal coordinates of the discrepancy's scales (n_draws, n_scales).
    record
        How it was made: settings, hashes, diagnostics.
    """

    names: tuple[str, ...]
    coordinates: FloatArray
    discrepancy: FloatArray
    record: Mapping[str, Any]

    @property
    def values(self) -> FloatArray:
        """Return parameter values in the units of their records (n_draws, n_names)."""
        return from_standard_normal(self.coordinates, self.names)


def central_of(coordinates: FloatArray) -> dict[str, float]:
    """Return the parameter set at the mean of coordinates (n_draws, n_names), in the units of the records."""
    names = uncertain_parameters()
    values = from_standard_normal(coordinates.mean(axis=0)[None], names)[0]
    return dict(zip(names, values.tolist(), strict=True))


def priors_hash() -> str:
    """Return the SHA-256 of all priors: a posterior means something only together with these."""
    text = repr([(p.name, p.value, p.prior, p.spread) for p in parameters().values()])
    return hashlib.sha256(text.encode()).hexdigest()


def _folder() -> Traversable:
    return files("epsom.model").joinpath("posterior")


@cache
def _record() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_folder().joinpath(RECORD_FILE).read_text("utf-8"))
    return found


def central_values() -> Mapping[str, float]:
    """Return the value that each calibrated parameter has where one set is run, in the unit of its record.

    Examples
    --------
    >>> 5.0 < central_values()["V_E"] < 30.0
    True
    """
    values: Mapping[str, float] = _record()["central"]
    return values


@cache
def posterior_hash() -> str:
    """Return the SHA-256 of the shipped draws."""
    return hashlib.sha256(_folder().joinpath(DRAWS_FILE).read_bytes()).hexdigest()


@cache
def posterior() -> Posterior:
    """Return the shipped posterior.

    Raises
    ------
    ValueError
        When it was made with other priors than those of the records: it would be read as something else.
    """
    record = _record()
    if record["priors"] != priors_hash():
        raise ValueError("the records' priors changed since the posterior was made: run epsom calibrate")
    with as_file(_folder().joinpath(DRAWS_FILE)) as path:
        draws = np.load(path).astype(np.float64)
    names = uncertain_parameters()
    return Posterior(names, draws[:, : len(names)], draws[:, len(names) :], record)


def calibrated(name: str) -> tuple[float, float, float] | None:
    """Return central value, 5th and 95th percentile of a parameter; None where it is fixed.

    Examples
    --------
    >>> value, low, high = calibrated("V_E")
    >>> low < value < high
    True
    """
    found = posterior()
    if name not in found.names:
        return None
    low, high = np.quantile(found.values[:, found.names.index(name)], (0.05, 0.95))
    return central_values()[name], float(low), float(high)
