"""How much magnesium several bodies advise, by age, sex and state."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

BODIES = ("iom", "efsa", "health_council_nl", "dach", "nnr", "uk")
# Proper names, the same in every language.
SHORT_NAMES = {
    "iom": "IOM",
    "efsa": "EFSA",
    "health_council_nl": "Gezondheidsraad",
    "dach": "D-A-CH",
    "nnr": "NNR",
    "uk": "UK",
}


@dataclass(frozen=True)
class ReferenceIntake:
    """Hold one advised or limiting amount.

    Parameters
    ----------
    body
        One of `BODIES`.
    kind
        EAR (average requirement), RDA or RNI (covers nearly all), AI or EV (adequate, from observed
        intakes), UL (upper level) or GL (guidance level), the last two for supplements only.
    age_from, age_below
        Ages [year] for which it holds, the second excluded.
    sex
        ``female``, ``male`` or ``both``.
    state
        ``any``, ``pregnancy`` or ``lactation``.
    mg_per_day
        Amount [mg/d].
    source, address, confidence, note
        Provenance.
    """

    body: str
    kind: str
    age_from: float
    age_below: float
    sex: str
    state: str
    mg_per_day: float
    source: str
    address: str
    confidence: str
    note: str

    def holds(self, age: float, sex: str, state: str) -> bool:
        """Tell whether this amount is meant for such a person."""
        return (
            self.age_from <= age < self.age_below
            and self.sex in (sex, "both")
            and self.state in (state, "any")
        )


@cache
def reference_intakes() -> tuple[ReferenceIntake, ...]:
    """Read all amounts from the data file."""
    with files("epsom.people").joinpath("data", "reference_intakes.csv").open(encoding="utf-8") as stream:
        return tuple(
            ReferenceIntake(
                body=row["body"],
                kind=row["kind"],
                age_from=float(row["age_from"]),
                age_below=float(row["age_below"] or math.inf),
                sex=row["sex"],
                state=row["state"],
                mg_per_day=float(row["mg_per_day"]),
                source=row["source"],
                address=row["address"],
                confidence=row["confidence"],
                note=row["note"],
            )
            for row in csv.DictReader(stream)
        )


def find_reference(
    body: str, kinds: Sequence[str], age: float, sex: str, state: str = "any"
) -> ReferenceIntake | None:
    """Return the amount of a body for a person, or None when it gives none.

    An amount for pregnancy or lactation goes before one for everybody.

    Examples
    --------
    >>> find_reference("iom", ["EAR"], 45.0, "male").mg_per_day
    350.0
    """
    fits = [r for r in reference_intakes() if r.body == body and r.kind in kinds and r.holds(age, sex, state)]
    return min(fits, key=lambda r: r.state == "any", default=None)


def reference_amounts(
    body: str, kinds: Sequence[str], age: npt.ArrayLike, female: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return the amount [mg/d] for each of many people, NaN where the body gives none.

    Parameters
    ----------
    body, kinds
        As in `find_reference`.
    age
        Age [year] (n,).
    female
        True for women (n,).
    """
    years = np.asarray(age, dtype=np.float64)
    women = np.asarray(female, dtype=bool)
    amounts = np.full(years.shape, np.nan)
    for r in reference_intakes():
        if r.body == body and r.kind in kinds and r.state == "any":
            right_sex = np.ones_like(women) if r.sex == "both" else women == (r.sex == "female")
            amounts[right_sex & (years >= r.age_from) & (years < r.age_below)] = r.mg_per_day
    return amounts
