"""Bring given columns to what a score wants: unit, limits, assumptions, with a note for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from epsom.base.arrays import BoolArray, FloatArray
from epsom.base.errors import problem
from epsom.risk.fields import Key, canonical
from epsom.risk.scores import Input, Score

_AGREE = 0.05  # how far a value may differ between its two units: generous to rounding, not to another draw


@dataclass(frozen=True)
class Note:
    """Say what happened to which people: something assumed, moved, asked or refused.

    Parameters
    ----------
    code
        ``E-RISK-...`` for what blocks a result, ``W-RISK-...`` for what changes or limits it.
    key
        The key concerned, as it was given.
    rows
        People concerned (n,).
    given
        Values as given [unit of ``key``] (n,); None for an absent column.
    expected
        What was used instead, or what would have been accepted.
    output
        The output concerned, when it is not all of them.
    """

    code: str
    key: str
    rows: BoolArray
    given: npt.NDArray[Any] | None
    expected: str
    output: str = ""


@dataclass(frozen=True)
class Read:
    """Hold one input ready for the formula (n,), NaN where it cannot be used, with its notes."""

    input: Input
    values: FloatArray
    notes: tuple[Note, ...]


def canonical_columns(columns: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Return the columns that scores know, under their canonical names.

    Raises
    ------
    EpsomError
        ``E-RISK-TWICE`` when two columns are spellings of one key.
    """
    found: dict[str, npt.NDArray[Any]] = {}
    spelled: dict[str, str] = {}
    for name, values in columns.items():
        key = canonical(name)
        if key is None:
            continue
        if key in found:
            raise problem("E-RISK-TWICE", field=name, expected=spelled[key])
        found[key], spelled[key] = np.atleast_1d(np.asarray(values)), name
    return found


def length(columns: Mapping[str, npt.NDArray[Any]]) -> int:
    """Return the number of people.

    Raises
    ------
    EpsomError
        ``E-RISK-LENGTH`` when columns of more than one value differ in length.
    """
    sizes = {len(values): name for name, values in columns.items() if len(values) != 1}
    if len(sizes) > 1:
        raise problem("E-RISK-LENGTH", value=", ".join(f"{name}: {n}" for n, name in sizes.items()))
    return next(iter(sizes), 1 if columns else 0)


def _codes(key: Key, values: npt.NDArray[Any]) -> tuple[FloatArray, BoolArray]:
    """Turn words into codes (NaN for none), and tell which words are not among the choices (n,)."""
    if values.dtype.kind in "iuf":
        codes = values.astype(np.float64)
        return codes, ~np.isnan(codes) & ~np.isin(codes, np.arange(len(key.field.choices)))
    codes = np.full(len(values), np.nan)
    for index, word in enumerate(key.field.choices):
        codes[values == word] = index
    nothing = np.array([None], dtype=object)
    none = np.asarray((values == "") | (values.astype(object) == nothing), dtype=bool)
    return codes, np.isnan(codes) & ~none


def _numbers(values: npt.NDArray[Any]) -> FloatArray:
    """Return floats, None becoming NaN."""
    return values.astype(np.float64)


def _impossible(wanted: Input, key: Key, x: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Tell which values nobody can have (n,), and which of these fit the other unit (n,)."""
    low, high = key.possible
    with np.errstate(invalid="ignore"):
        wrong = (x < low) | (x > high)
        if key.field.kind == "flag" or wanted.whole:
            wrong |= ~np.isnan(x) & (x != np.round(x))
        other = key.twin
        if other is None:
            return wrong, np.zeros_like(wrong)
        return wrong, wrong & (x >= other.possible[0]) & (x <= other.possible[1])


def _checked(
    score: Score, wanted: Input, key: Key, column: npt.NDArray[Any]
) -> tuple[FloatArray, BoolArray, list[Note]]:
    """Return values in the wanted unit, the mask of missing ones, and notes on impossible ones."""
    if key.field.kind == "choice":
        x, wrong = _codes(key, column)
        notes = [Note("E-RISK-RANGE", key.name, wrong, column, ", ".join(key.field.choices))]
        missing = np.isnan(x) & ~wrong
    else:
        x = _numbers(column)
        missing = np.isnan(x)
        wrong, fits_other = _impossible(wanted, key, x)
        low, high = key.possible
        other = key.twin
        notes = [Note("E-RISK-RANGE", key.name, wrong & ~fits_other, column, f"{low:g}–{high:g}")]
        if other is not None:
            notes.append(Note("E-RISK-UNIT", key.name, fits_other, column, other.name))
    x = np.where(wrong, np.nan, x) * _factor(score, wanted, key)
    return x, missing, [note for note in notes if note.rows.any()]


def _factor(score: Score, wanted: Input, key: Key) -> float:
    """Return what brings a value from the unit of ``key`` to the wanted one."""
    if key == wanted.key or key.field.convert is None:
        return 1.0
    return score.convert(key.field.convert).to(wanted.key.unit)


def _combined(
    score: Score, wanted: Input, columns: Mapping[str, npt.NDArray[Any]], n: int
) -> tuple[Key, npt.NDArray[Any] | None, FloatArray, BoolArray, list[Note]]:
    """Take a field from its columns in either unit, or in both where they agree."""
    at = [key for key in (wanted.key, wanted.key.twin) if key is not None and key.name in columns]
    if not at:
        return wanted.key, None, np.full(n, np.nan), np.ones(n, dtype=bool), []
    given = [np.broadcast_to(columns[key.name], (n,)) for key in at]
    x, missing, notes = _checked(score, wanted, at[0], given[0])
    if len(at) == 2:
        y, also_missing, more = _checked(score, wanted, at[1], given[1])
        with np.errstate(invalid="ignore"):
            differ = np.abs(x - y) > _AGREE * np.abs(x)
        notes += more
        if differ.any():
            notes.append(Note("E-RISK-DIFFER", at[0].name, differ, given[0], at[1].name))
        x = np.where(differ, np.nan, np.where(missing, y, x))
        missing = missing & also_missing
    return at[0], given[0], x, missing, notes


def read_input(score: Score, wanted: Input, columns: Mapping[str, npt.NDArray[Any]], n: int) -> Read:
    """Read one input of a score for n people.

    Parameters
    ----------
    score
        The score, for its own conversion factors.
    wanted
        What the score wants.
    columns
        Canonical key -> values (n,) or (1,).

    Returns
    -------
    Read
        Values in the unit of ``wanted.key`` and notes in the order in which things were done:
        impossible, missing or assumed, not for this person, moved to the valid range, disputed.
    """
    key, given, x, missing, notes = _combined(score, wanted, columns, n)

    def note(code: str, rows: BoolArray, expected: str) -> None:
        if rows.any():
            notes.append(Note(code, key.name, rows, given, expected))

    if wanted.assume is not None:
        x = np.where(missing, wanted.assume, x)
        note("W-RISK-ASSUMED", missing, _shown(key, wanted.assume))
    else:
        note("W-RISK-UNKNOWN" if wanted.optional else "E-RISK-MISSING", missing, "")
    if wanted.only is not None:
        text = "= 0" if key.field.kind == "flag" else wanted.only.text
        note("E-RISK-NOT-FOR", ~np.isnan(x) & ~wanted.only.holds(x), text)
    if wanted.valid is not None:
        low, high = wanted.valid
        with np.errstate(invalid="ignore"):
            shown = "–".join(f"{bound / _factor(score, wanted, key):.4g}" for bound in wanted.valid)
            note("W-RISK-MOVED", (x < low) | (x > high), f"{shown} {key.unit_name}".strip())
        x = np.clip(x, low, high)
    if wanted.disputed_above is not None:
        note("W-RISK-DISPUTED", x > wanted.disputed_above, "")
    return Read(wanted, x, tuple(notes))


def _shown(key: Key, value: float) -> str:
    return key.field.choices[int(value)] if key.field.kind == "choice" else f"{value:g}"
