"""Ontology terms for the exported model, read from ``terms.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

ADDRESS = "https://identifiers.org/"

Terms = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Terminology:
    """Hold who made the model and when, the terms of the model as a whole and of its variables.

    Terms are grouped by biomodels.net qualifier (``isPropertyOf``, ``occursIn``, ...); ``labels`` names each.
    """

    creator: str
    created: str
    modified: str
    labels: Mapping[str, str]
    model: Terms
    elements: Mapping[str, Terms]


def _grouped(record: Mapping[str, Any]) -> Terms:
    return {qualifier: tuple(terms) for qualifier, terms in record.items()}


@cache
def terminology() -> Terminology:
    """Return the terms.

    Examples
    --------
    >>> terminology().elements["sbp"]["isVersionOf"]
    ('efo:0006335',)
    """
    record = tomllib.loads(files("epsom.model").joinpath("terms.toml").read_text("utf-8"))
    return Terminology(
        **record["history"],
        labels=record["labels"],
        model=_grouped(record["model"]),
        elements={name: _grouped(terms) for name, terms in record["elements"].items()},
    )
