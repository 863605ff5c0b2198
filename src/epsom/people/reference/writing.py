"""Write people of a reference population as a table, with beside it what they were made of."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from epsom.base.errors import problem
from epsom.base.files import write_whole
from epsom.people.fields import person_fields
from epsom.people.reference.drawing import draw
from epsom.people.reference.tables import reference

ENDINGS = (".csv", ".parquet")
MOST_PEOPLE = 5_000_000  # about two gigabytes of memory while writing
_DECIMALS = 4


def _check(people: int, seed: int, path: Path) -> None:
    if not 1 <= people <= MOST_PEOPLE:
        raise problem("E-REFERENCE-PEOPLE", field="--people", value=people, expected=f"1 – {MOST_PEOPLE}")
    if seed < 0:
        raise problem("E-SEED", field="--seed", value=seed, expected=">= 0")
    if path.suffix.lower() not in ENDINGS:
        raise problem("E-RISK-ENDING", field="--to", value=str(path), expected=", ".join(ENDINGS))


def reference_table(country: str, people: int, seed: int, *, forecast: bool = False) -> pl.DataFrame:
    """Return people of a reference population as a table.

    Parameters
    ----------
    country
        ``USA`` or ``Netherlands``.
    people, seed
        How many people, and the seed of the draws; the first people are the same for any number.
    forecast
        Keep only the facts that a forecast takes.
    """
    drawn = draw(reference(country), seed, people)
    kept = {name: values for name, values in drawn.items() if not forecast or name in person_fields()}
    columns = {
        name: values if values.dtype.kind == "U" else np.round(values.astype(np.float64), _DECIMALS)
        for name, values in kept.items()
    }
    return pl.DataFrame({"id": [str(number) for number in range(people)], **columns})


def write_reference(
    country: str, people: int, seed: int, path: Path, *, forecast: bool = False
) -> dict[str, Any]:
    """Write a table of people and its manifest (same name, ``.json``), each whole or not at all.

    Returns
    -------
    dict
        The manifest: what was drawn, from which sources, with which ranges, and what was borrowed.

    Raises
    ------
    EpsomError
        ``E-COUNTRY``, ``E-REFERENCE-PEOPLE``, ``E-SEED``, ``E-RISK-ENDING`` or ``E-WRITE``.
    """
    from epsom import __version__

    _check(people, seed, path)
    source = reference(country)
    table = reference_table(country, people, seed, forecast=forecast)
    stream = io.BytesIO()
    if path.suffix.lower() == ".csv":
        table.write_csv(stream)
    else:
        table.write_parquet(stream)
    manifest = {
        "schema": "epsom/reference-people/1",
        "country": country,
        "people": people,
        "seed": seed,
        "columns": table.columns,
        **source.origin,
        "borrowed": {n: why for n, why in source.origin["borrowed"].items() if n in table.columns},
        "epsom": __version__,
    }
    write_whole(path, stream.getvalue())
    write_whole(path.with_suffix(".json"), json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    return manifest
