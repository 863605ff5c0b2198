"""Score people: fill in what may be assumed, guard units and limits, compute, say what was done.

A person whose score cannot be had keeps NaN and a status; the others are not touched by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from epsom.base.arrays import FloatArray
from epsom.risk.fields import pairs
from epsom.risk.reading import Note, Read, canonical_columns, length, read_input
from epsom.risk.scores import Output, Score

_BLOCK = 32768  # people per block: the terms of one block stay in the processor's cache


class Status(IntEnum):
    """Say how a person fared; what is not OK says why, the gravest reason last."""

    OK = 0
    PARTIAL = 1
    MISSING = 2
    UNIT = 3
    IMPOSSIBLE = 4
    NOT_APPLICABLE = 5


# Which code stands behind which status; warnings change no status.
_STATUS_OF = {
    "E-RISK-MISSING": Status.MISSING,
    "E-RISK-UNIT": Status.UNIT,
    "E-RISK-RANGE": Status.IMPOSSIBLE,
    "E-RISK-PAIR": Status.IMPOSSIBLE,
    "E-RISK-DIFFER": Status.IMPOSSIBLE,
    "E-RISK-NOT-FOR": Status.NOT_APPLICABLE,
}


@dataclass(frozen=True)
class Scored:
    """Hold the results of one score for n people.

    Parameters
    ----------
    score, constants
        Names of the score and of the constants used.
    values
        Output -> values [unit of the output], NaN where there is none (n,).
    status
        `Status` of each person (n,).
    notes
        What was assumed, moved or refused, for whom.
    """

    score: str
    constants: str
    values: Mapping[str, FloatArray]
    status: npt.NDArray[np.int8]
    notes: Sequence[Note]


def _pair_notes(read: Mapping[str, Read]) -> list[Note]:
    """Find people of whom one value should lie below another and does not."""
    by_field = {r.input.key.field.name: r for r in read.values()}
    notes = []
    for pair in pairs():
        low, high = by_field.get(pair.lower), by_field.get(pair.upper)
        if low is not None and high is not None:
            rows = low.values >= high.values
            if rows.any():
                code = "E-RISK-PAIR" if pair.impossible else "W-RISK-PAIR"
                notes.append(Note(code, low.input.key.name, rows, low.values, high.input.key.name))
    return notes


def _compute(
    score: Score, read: Mapping[str, Read], constants: Mapping[str, Any], n: int
) -> dict[str, FloatArray]:
    """Run the formula in blocks; people with an unknown choice get NaN."""
    results = {name: np.empty(n) for name in score.outputs}
    for start in range(0, n, _BLOCK):
        part = slice(start, start + _BLOCK)
        x: dict[str, Any] = {}
        unknown = np.zeros(min(_BLOCK, n - start), dtype=bool)
        for name, r in read.items():
            x[name] = r.values[part]
            if r.input.key.field.kind == "choice":
                unknown |= np.isnan(x[name])
                x[name] = np.nan_to_num(x[name], nan=0.0).astype(np.intp)
        for name, values in score.formula.compute(x, constants).items():
            results[name][part] = np.where(unknown, np.nan, values)
    return results


def _limit_output(output: Output, values: FloatArray, read: Mapping[str, Read]) -> list[Note]:
    """Blank an output for whom it does not exist, keep it within its shown range; changes ``values``."""
    notes = []
    for name, limit in output.only.items():
        rows = ~limit.holds(read[name].values) & ~np.isnan(values)
        if rows.any():
            values[rows] = np.nan
            notes.append(Note("W-RISK-HORIZON", name, rows, read[name].values, limit.text, output.name))
    if output.shown is not None:
        low, high = output.shown
        rows = (values < low) | (values > high)
        if rows.any():
            notes.append(
                Note("W-RISK-SHOWN", output.name, rows, values.copy(), f"{low:g}–{high:g}", output.name)
            )
            np.clip(values, low, high, out=values)
    return notes


def _status(values: Mapping[str, FloatArray], notes: Sequence[Note], n: int) -> npt.NDArray[np.int8]:
    """Give each person the gravest reason why a result is lacking, OK if none is."""
    blank = [np.isnan(v) for v in values.values()]
    some, none = np.logical_or.reduce(blank), np.logical_and.reduce(blank)
    reason = np.zeros(n, dtype=np.int8)
    for note in notes:
        if (found := _STATUS_OF.get(note.code)) is not None:
            np.maximum(reason, np.where(note.rows, np.int8(found), np.int8(0)), out=reason)
    return np.where(none, reason, np.where(some & (reason > 0), np.int8(Status.PARTIAL), np.int8(Status.OK)))


def evaluate(score: Score, columns: Mapping[str, Any], *, constants: str | None = None) -> Scored:
    """Score n people.

    Parameters
    ----------
    score
        From `epsom.risk.scores.score`.
    columns
        Key -> values (n,) or one value for all. Keys carry their unit; other spellings of
        ``data/fields.json`` are understood, columns that no score knows are left alone. Missing
        numbers are NaN; choices are words, or codes with NaN for missing.
    constants
        Name of a set of constants; None takes the score's default.

    Returns
    -------
    Scored
        Values, a status and notes. Nothing is raised for a person's values.

    Raises
    ------
    EpsomError
        ``E-RISK-CONSTANTS``, ``E-RISK-TWICE`` or ``E-RISK-LENGTH``: the request itself is wrong.

    Examples
    --------
    >>> from epsom.risk.scores import score
    >>> person = dict(sex="female", age_years=57, total_cholesterol_mg_per_dl=236, hdl_mg_per_dl=87,
    ...               sbp_mmhg=178, antihypertensive=0, smoker=0, type2_diabetes=0)
    >>> evaluate(score("framingham_cvd_2008_lipid"), person).values["risk_10y"].round(4)
    array([0.1269])
    """
    chosen = score.constants_named(constants)
    given = canonical_columns(columns)
    n = length(given)
    read = {name: read_input(score, wanted, given, n) for name, wanted in score.inputs.items()}
    notes: list[Note] = [note for r in read.values() for note in r.notes]
    notes += _pair_notes(read)
    values = _compute(score, read, chosen, n)
    refused = np.zeros(n, dtype=bool)
    for note in notes:
        if note.code in ("E-RISK-NOT-FOR", "E-RISK-PAIR"):
            refused |= note.rows
    for found in values.values():
        found[refused] = np.nan
    status = _status(values, notes, n)
    for name, found in values.items():
        notes += _limit_output(score.outputs[name], found, read)
    return Scored(score.name, constants or score.default_constants, values, status, tuple(notes))
