"""The Magnesium Depletion Score: how much favours loss of magnesium through the kidney."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]


@cache
def status_rules() -> Mapping[str, Any]:
    """Read the rules and limits of magnesium status."""
    text = files("epsom.people").joinpath("data", "status.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def depletion_parts(
    diuretic: npt.ArrayLike,
    ppi: npt.ArrayLike,
    egfr: npt.ArrayLike,
    drinks_per_day: npt.ArrayLike,
    female: npt.ArrayLike,
) -> dict[str, F64]:
    """Return the points of each domain, NaN where its input is missing.

    Parameters
    ----------
    diuretic, ppi
        1 when used, 0 when not, NaN when unknown (n,).
    egfr
        Glomerular filtration rate [mL/min/1.73 m2] (n,).
    drinks_per_day
        Usual alcoholic drinks [1/d] (n,).
    female
        True for women (n,).

    References
    ----------
    Fan et al., J Nutr 2021;151:2226-2235.
    """
    rule = status_rules()["depletion_score"]
    limit = np.where(
        np.asarray(female, dtype=bool), rule["drinks_per_day"]["female"], rule["drinks_per_day"]["male"]
    )
    rate = np.asarray(egfr, dtype=np.float64)
    drinks = np.asarray(drinks_per_day, dtype=np.float64)
    kidney = np.where(rate < rule["egfr_reduced"], 2.0, np.where(rate < rule["egfr_normal"], 1.0, 0.0))
    return {
        "diuretic": np.asarray(diuretic, dtype=np.float64),
        "ppi": np.asarray(ppi, dtype=np.float64),
        "kidney": np.where(np.isnan(rate), np.nan, kidney),
        "alcohol": np.where(np.isnan(drinks), np.nan, (drinks > limit).astype(np.float64)),
    }


def depletion_score(
    diuretic: npt.ArrayLike,
    ppi: npt.ArrayLike,
    egfr: npt.ArrayLike,
    drinks_per_day: npt.ArrayLike,
    female: npt.ArrayLike,
) -> F64:
    """Return the score, 0 to 5, NaN where any domain is unknown; inputs as in `depletion_parts`.

    Examples
    --------
    >>> float(depletion_score(1.0, 1.0, 55.0, 1.5, True))
    5.0
    """
    parts = depletion_parts(diuretic, ppi, egfr, drinks_per_day, female)
    return np.asarray(sum(parts.values()), dtype=np.float64)
