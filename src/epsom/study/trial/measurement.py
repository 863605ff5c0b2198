"""What one measurement of a person is worth: within-person spread by outcome and method, with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Form = Literal["cv", "sd", "log"]
FORMS: tuple[Form, ...] = ("cv", "sd", "log")


@dataclass(frozen=True)
class Measurement:
    """Hold the within-person spread of one measurement.

    Attributes
    ----------
    form, size
        ``cv``: a share of the mean; ``sd``: in the outcome's unit; ``log``: SD of the logarithm.
    seen
        ``abstract`` or ``memory``: how the number was taken from its source; ``file``: from the trial file.
    """

    method: str
    form: Form
    size: float
    source: str
    doi: str
    seen: str

    @property
    def ratio(self) -> bool:
        """Tell whether the outcome is compared as a ratio."""
        return self.form == "log"

    def sd(self, mean: float) -> float:
        """Return the SD in the unit of the comparison, for people of that mean."""
        return self.size * mean if self.form == "cv" else self.size


def _measurement(record: Mapping[str, Any]) -> Measurement:
    (form,) = (form for form in FORMS if form in record)
    return Measurement(
        record["method"], form, float(record[form]), record["source"], record.get("doi", ""), record["seen"]
    )


@cache
def measurements() -> Mapping[str, tuple[Measurement, ...]]:
    """Return the known ways to measure each outcome, the usual one first.

    Examples
    --------
    >>> measurements()["sbp"][0].sd(145.0)
    12.47
    """
    text = files("epsom.study.trial").joinpath("measurement.toml").read_text("utf-8")
    records = {name: found for name, found in tomllib.loads(text).items() if name != "schema"}
    return {name: tuple(map(_measurement, found)) for name, found in records.items()}
