"""A table of members: one row each, a column for every parameter or starting value that is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from epsom.base.errors import EpsomError, Problem, problem
from epsom.engine.members import Members
from epsom.engine.system import System

if TYPE_CHECKING:
    import polars as pl

MEMBER = "member"
# Most bytes of members' numbers that are read ahead.
WINDOW_BYTES = 200_000_000


@dataclass(frozen=True)
class MembersTable:
    """Read members in slices, so that a table larger than memory can be simulated."""

    path: Path | None
    system: System
    columns: tuple[tuple[str, int], ...]
    count: int
    named: bool

    @classmethod
    def open(cls, path: Path | None, system: System) -> MembersTable:
        """Check the columns of a Parquet or CSV table; without a table there is one default member.

        Raises
        ------
        EpsomError
            ``E-FILE`` when it cannot be read, ``E-TABLE-EMPTY``, ``E-COLUMN`` for each column that is
            no parameter, starting value or ``member``, and ``E-COLUMN-TYPE`` for each that holds no numbers.
        """
        import polars as pl

        if path is None:
            return cls(None, system, (), 1, False)
        try:
            lazy = _scan(path)
            schema = lazy.collect_schema()
            count = int(lazy.select(pl.len()).collect().item())
        except (OSError, pl.exceptions.PolarsError) as fault:
            reason = str(fault).strip().splitlines()[0][:200] if str(fault).strip() else type(fault).__name__
            raise problem(
                "E-FILE", file=str(path), expected="Parquet, CSV", details={"reason": reason}
            ) from None
        if not count:
            raise problem("E-TABLE-EMPTY", file=path.name)
        places = {name: k for k, name in enumerate(system.parameters)}
        columns: list[tuple[str, int]] = []
        faults: list[Problem] = []
        for name, kind in schema.items():
            place = places.get(name, places.get(f"init({name})"))
            if name == MEMBER:
                continue
            if place is None:
                near = ", ".join(_close(name, system.parameters))
                faults.append(Problem("E-COLUMN", file=path.name, field=name, value=name, expected=near))
            elif not _has_numbers(lazy, name, kind):
                faults.append(Problem("E-COLUMN-TYPE", file=path.name, field=name, value=str(kind)))
            else:
                columns.append((name, place))
        if faults:
            raise EpsomError.of(faults)
        by_place = tuple(sorted(columns, key=lambda column: column[1]))
        return cls(path, system, by_place, count, MEMBER in schema)

    def rows(self, start: int, length: int) -> pl.DataFrame:
        """Read some rows as they are; none without a table."""
        import polars as pl

        return pl.DataFrame() if self.path is None else _scan(self.path).slice(start, length).collect()

    def members(self, rows: pl.DataFrame, start: int, length: int) -> tuple[pl.Series, Members]:
        """Return identifiers and members of rows; empty cells are NaN, which the engine reports."""
        import polars as pl

        names = pl.Series(MEMBER, np.arange(start + 1, start + length + 1))
        if self.named:
            names = rows[MEMBER]
        places = [place for _, place in self.columns]
        given = np.empty((length, 0))
        if places:
            cells = pl.col([name for name, _ in self.columns]).cast(pl.Float64, strict=False)
            given = rows.select(cells.fill_null(np.nan)).to_numpy()
        if places == [*range(len(self.system.parameters))]:
            return names, Members(np.ascontiguousarray(given))
        parameters = np.tile(np.asarray(self.system.defaults, dtype=np.float64), (length, 1))
        parameters[:, places] = given
        return names, Members(parameters)


class MembersReader:
    """Hand out slices of a table, and read many rows at once for them.

    To read any row of a Parquet file a whole row group is unpacked (some 100,000 rows), and for a row of
    a CSV file all rows before it.
    """

    def __init__(self, table: MembersTable) -> None:
        self._table = table
        self._first = 0
        self._rows: pl.DataFrame | None = None

    def slice(self, start: int, length: int) -> tuple[pl.Series, Members]:
        """Return identifiers and members of rows from ``start`` on."""
        table = self._table
        length = min(length, table.count - start)
        held = self._rows
        if held is None or not self._first <= start <= start + length <= self._first + held.height:
            room = WINDOW_BYTES // (8 * (len(table.columns) + 1))
            held = table.rows(start, max(length, room))
            self._first, self._rows = start, held
        return table.members(held.slice(start - self._first, length), start, length)


def _has_numbers(lazy: pl.LazyFrame, name: str, kind: pl.DataType) -> bool:
    """Tell whether a column can be read as numbers; in text, one number suffices.

    A stray word in a column costs its own row, not the table.
    """
    import polars as pl

    if kind.is_numeric() or kind == pl.Boolean:
        return True
    if kind != pl.String:
        return False
    number = pl.col(name).cast(pl.Float64, strict=False).is_not_null().any()
    return bool(lazy.select(number).collect().item())


def _scan(path: Path) -> pl.LazyFrame:
    import polars as pl

    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path.name}")
    if path.suffix.lower() in (".parquet", ".pq"):
        return pl.scan_parquet(path)
    return pl.scan_csv(path, infer_schema_length=10_000)


def _close(name: str, known: Sequence[str]) -> list[str]:
    """Return the known names nearest to a mistaken one, or else the first few."""
    import difflib

    plain = [k.removeprefix("init(").removesuffix(")") for k in known]
    return difflib.get_close_matches(name, plain, n=5, cutoff=0.5) or plain[:8]
