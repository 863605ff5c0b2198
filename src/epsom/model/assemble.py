"""Compose the Antimony modules and the parameter records into one flat SBML model.

The text of the modules holds equations only; every number comes from a record, or from the posterior
where that parameter was calibrated, so that no parameter has two values. Strict units: whatever libSBML
cannot prove consistent is an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from epsom.model.posterior import central_values
from epsom.model.records import MODULES, input_fields, parameters, person_fields, state_scales

MODEL_ID = "epsom"


def _fragment(name: str) -> str:
    return files("epsom.model").joinpath("antimony", f"{name}.ant").read_text("utf-8")


def _constant(name: str, value: float, unit: str) -> str:
    return f"const {name}; {name} = {value!r}; {name} has {unit};"


def _lines() -> Iterator[str]:
    yield _fragment("functions")
    yield f"model {MODEL_ID}"
    yield _fragment("units")
    for field in (*person_fields().values(), *input_fields().values()):
        yield _constant(field.name, field.default, field.unit)
    central = central_values()
    for parameter in parameters().values():
        yield _constant(parameter.name, central.get(parameter.name, parameter.value), parameter.unit)
    for module in MODULES:
        yield _fragment(module)
    yield "end"


def antimony_text() -> str:
    """Return the whole model as one Antimony document."""
    return "\n".join(_lines()) + "\n"


@cache
def sbml_text() -> str:
    """Return the whole model as SBML Level 3 Version 2, every number with a unit."""
    from epsom.model.sbml.antimony_text import antimony_to_sbml  # late: needed once per model, then kept
    from epsom.model.units import with_plain_numbers_dimensionless

    return with_plain_numbers_dimensionless(antimony_to_sbml(antimony_text()))


def equations_hash() -> str:
    """Return the SHA-256 of the equations alone: what a posterior was drawn for."""
    text = "".join(_fragment(name) for name in ("functions", "units", *MODULES))
    return hashlib.sha256(text.encode()).hexdigest()


def model_hash() -> str:
    """Return the SHA-256 of the assembled Antimony text and the scales: the identity of the model."""
    return hashlib.sha256((antimony_text() + repr(state_scales())).encode()).hexdigest()
