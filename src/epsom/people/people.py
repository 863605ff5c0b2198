"""Many people as columns: what was stated about each, and what is wrong with which row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epsom.base.arrays import BoolArray, FloatArray
from epsom.base.errors import Problem
from epsom.people.fields import person_fields
from epsom.people.row import Row


@dataclass(frozen=True)
class People:
    """Hold stated facts as columns.

    Parameters
    ----------
    ids
        A name for each person (n,).
    numbers
        Field name -> values in canonical units (n,), NaN where not stated; flags are 0 or 1.
    words
        Field name -> named values (n,), empty where not stated.
    problems
        What is wrong with each row; empty for a good one. Values of a bad row are NaN.
    """

    ids: tuple[str, ...]
    numbers: Mapping[str, FloatArray]
    words: Mapping[str, NDArray[np.str_]]
    problems: tuple[tuple[Problem, ...], ...]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def good(self) -> BoolArray:
        """Return which rows can be used (n,)."""
        return np.array([not problems for problems in self.problems], dtype=np.bool_)

    def take(self, index: BoolArray) -> People:
        """Return the chosen people, in their order."""
        where = np.flatnonzero(index)
        return People(
            ids=tuple(self.ids[i] for i in where),
            numbers={name: column[where] for name, column in self.numbers.items()},
            words={name: column[where] for name, column in self.words.items()},
            problems=tuple(self.problems[i] for i in where),
        )


def people_from_rows(rows: Sequence[Row], ids: Sequence[str]) -> People:
    """Turn checked rows into columns."""
    numbers: dict[str, FloatArray] = {}
    words: dict[str, NDArray[np.str_]] = {}
    for spec in person_fields().values():
        stated = [None if row.problems else row.values.get(spec.name) for row in rows]
        if spec.choices:
            words[spec.name] = np.array([value or "" for value in stated], dtype=np.str_)
        else:
            numbers[spec.name] = np.array([np.nan if v is None else float(v) for v in stated])
    return People(tuple(ids), numbers, words, tuple(row.problems for row in rows))
