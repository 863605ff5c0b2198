"""Score a table of people, or one: read the cells, score, keep what is wrong beside each row."""

from __future__ import annotations

import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from epsom.base.arrays import FloatArray
from epsom.base.errors import EpsomError, Problem, problem
from epsom.base.files import write_whole
from epsom.people.fields import accepted_names, person_fields
from epsom.people.reading import load_table
from epsom.people.values import NO_WORDS, UNKNOWN_WORDS, YES_WORDS
from epsom.risk.fields import Key, canonical, key, spellings
from epsom.risk.reading import Note
from epsom.risk.scores import Score
from epsom.risk.scoring import Scored, Status, evaluate
from epsom.risk.wording import codes_by_person, problems

ENDINGS = (".csv", ".parquet")
# Kind of a field -> code of a cell that means nothing for it, and what it should have been.
_MEANT = {"number": ("E-NUMBER", "1.5"), "flag": ("E-FLAG", "yes, no"), "choice": ("E-CHOICE", "")}


@dataclass(frozen=True)
class Cells:
    """Hold cells ready to score.

    Parameters
    ----------
    ids
        A name for each person (n,).
    columns
        Key -> numbers, NaN where not known, or words, empty where not known (n,).
    faults
        Cells that are no number, no yes or no, or no known word, and whose they are.
    """

    ids: Sequence[str]
    columns: Mapping[str, Any]
    faults: tuple[Note, ...]


@dataclass(frozen=True)
class ScoredTable:
    """Hold one score of a table of people, with the names of the people and of the file."""

    score: Score
    scored: Scored
    ids: Sequence[str]
    file: str | None

    @property
    def complete(self) -> bool:
        """Tell whether every person has every result that the score can give them."""
        return not self.scored.status.any()

    @property
    def problems(self) -> list[Problem]:
        """Return what was refused, asked, moved or assumed, with how many people it concerns."""
        return [p.at(file=self.file) for p in problems(self.scored)]


def _unknown_column(name: str) -> Problem | None:
    """Return what is wrong with a column that no score and no other command knows."""
    if name == "id" or canonical(name) is not None or name in accepted_names():
        return None
    near = difflib.get_close_matches(name.lower(), spellings(), n=1, cutoff=0.7)
    if near:
        return Problem("E-KEY", field=name, value=name, expected=near[0])
    return Problem("E-RISK-COLUMN", field=name, value=name)


def _words(at: Key, cells: pl.Series) -> tuple[Any, pl.Series]:
    """Return words of a choice (n,), and which cells are no known word."""
    known = dict.fromkeys(at.field.choices)
    spec = person_fields().get(at.name)
    means = {word: word for word in known} | {
        word: meant for word, meant in (spec.words.items() if spec else ()) if meant in known
    }
    found = cells.str.replace_all("-", "_").replace_strict(means, default=None, return_dtype=pl.String)
    return found.fill_null("").to_numpy(), found.is_null() & cells.is_not_null()


def _numbers(at: Key, cells: pl.Series) -> tuple[FloatArray, pl.Series]:
    """Return numbers of cells of text (n,), and which cells are none; a single comma is a decimal one."""
    if at.field.kind == "flag":
        means = dict.fromkeys(YES_WORDS, 1.0) | dict.fromkeys(NO_WORDS, 0.0)
        found = cells.replace_strict(means, default=None, return_dtype=pl.Float64)
    else:
        comma = (cells.str.count_matches(",") == 1) & ~cells.str.contains(".", literal=True)
        text = pl.select(pl.when(comma).then(cells.str.replace(",", ".")).otherwise(cells)).to_series()
        found = text.cast(pl.Float64, strict=False)
    return found.to_numpy().astype(np.float64), found.is_null() & cells.is_not_null()


def _cells(name: str, column: pl.Series) -> tuple[Any, Note | None]:
    """Read one column: values (n,), and a note on cells that mean nothing."""
    at = key(str(canonical(name)))
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Float64).fill_null(np.nan).to_numpy(), None
    cells = column.cast(pl.String).str.strip_chars().str.to_lowercase()
    cells = pl.select(pl.when(cells.is_in(list(UNKNOWN_WORDS))).then(None).otherwise(cells)).to_series()
    values, wrong = _words(at, cells) if at.field.kind == "choice" else _numbers(at, cells)
    if not wrong.any():
        return values, None
    code, expected = _MEANT[at.field.kind]
    rows = wrong.to_numpy().astype(np.bool_)
    return values, Note(code, name, rows, column.to_numpy(), expected or ", ".join(at.field.choices))


def read_cells(
    table: pl.DataFrame, defaults: Mapping[str, str], *, file: str | None = None, ignore: bool = False
) -> Cells:
    """Read a table of people for the scores.

    Parameters
    ----------
    table
        One row a person; cells may be text.
    defaults
        Values for columns that the table lacks, such as a region.
    file
        Named in problems.
    ignore
        Leave unknown columns alone instead of refusing them.

    Raises
    ------
    EpsomError
        ``E-KEY`` or ``E-RISK-COLUMN`` for each unknown column, ``E-EMPTY`` for a table without rows.
    """
    if table.is_empty():
        raise problem("E-EMPTY", file=file)
    unknown = (
        [] if ignore else [p for p in map(_unknown_column, [*table.columns, *defaults]) if p is not None]
    )
    if unknown:
        raise EpsomError.of(p.at(file=file) for p in unknown)
    given = {canonical(name) for name in table.columns}
    fixed = {name: value for name, value in defaults.items() if canonical(name) not in given}
    whole = table.with_columns(pl.lit(value).alias(name) for name, value in fixed.items())
    columns: dict[str, Any] = {}
    faults = []
    for name in whole.columns:
        if name != "id" and canonical(name) is not None:
            columns[name], fault = _cells(name, whole[name])
            faults += [fault] if fault is not None else []
    ids = (
        table["id"].cast(pl.String).to_list()
        if "id" in table.columns
        else [str(i + 1) for i in range(len(table))]
    )
    return Cells(ids, columns, tuple(faults))


def _apart_from(note: Note, faults: Sequence[Note]) -> Note:
    """Return a note without the people whose cell of that field could not be read."""
    rows = note.rows
    for fault in faults:
        if canonical(fault.key) == note.key:
            rows = rows & ~fault.rows
    return replace(note, rows=rows)


def score_cells(
    score: Score, cells: Cells, *, constants: str | None = None, file: str | None = None
) -> ScoredTable:
    """Score people; a row with a broken cell gets no result and costs no other row its own.

    Raises
    ------
    EpsomError
        For faults of the request as a whole; see `epsom.risk.scoring.evaluate`.
    """
    scored = evaluate(score, cells.columns, constants=constants)
    status = scored.status.copy()
    for fault in cells.faults:
        status[fault.rows] = Status.IMPOSSIBLE
        for values in scored.values.values():
            values[fault.rows] = np.nan
    # What could not be read is said once, as that, and not again as missing or assumed.
    others = [_apart_from(note, cells.faults) for note in scored.notes]
    whole = replace(scored, status=status, notes=(*cells.faults, *(n for n in others if n.rows.any())))
    return ScoredTable(score, whole, cells.ids, file)


def score_file(
    score: Score,
    path: Path,
    defaults: Mapping[str, str],
    *,
    constants: str | None = None,
    ignore: bool = False,
) -> ScoredTable:
    """Score the people of a CSV or Parquet file."""
    cells = read_cells(load_table(path), defaults, file=str(path), ignore=ignore)
    return score_cells(score, cells, constants=constants, file=str(path))


def score_person(score: Score, facts: Mapping[str, str], *, constants: str | None = None) -> ScoredTable:
    """Score one person whose facts are given as text."""
    table = pl.DataFrame({name: [value] for name, value in facts.items()})
    return score_cells(score, read_cells(table, {}), constants=constants)


def status_names(result: ScoredTable) -> list[str]:
    """Return the status of each person as a word, ``ok`` when there is nothing to say."""
    names = np.array([status.name.lower() for status in Status])
    found: list[str] = names[result.scored.status].tolist()
    return found


def result_table(result: ScoredTable) -> pl.DataFrame:
    """Return one row a person: id, results in the units of the score, status, codes of notes."""
    return pl.DataFrame(
        {
            "id": result.ids,
            **{name: pl.Series(values, nan_to_null=True) for name, values in result.scored.values.items()},
            "status": status_names(result),
            "notes": codes_by_person(result.scored),
        }
    )


def write_result(result: ScoredTable, path: Path) -> None:
    """Write the results as CSV or Parquet, whole or not at all.

    Raises
    ------
    EpsomError
        ``E-RISK-ENDING`` for another ending, ``E-WRITE`` when the place cannot be written.
    """
    check_ending(path)
    stream = io.BytesIO()
    table = result_table(result)
    if path.suffix.lower() == ".csv":
        table.write_csv(stream)
    else:
        table.write_parquet(stream)
    write_whole(path, stream.getvalue())


def check_ending(path: Path) -> None:
    """Refuse a result file that is neither CSV nor Parquet, before anything is computed."""
    if path.suffix.lower() not in ENDINGS:
        raise problem("E-RISK-ENDING", field="--out", value=str(path), expected=", ".join(ENDINGS))
