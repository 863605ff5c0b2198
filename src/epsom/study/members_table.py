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
        return cls(path, system, tuple(columns), count, MEMBER in schema)

    def slice(self, start: int, length: int) -> tuple[pl.Series, Members]:
        """Return identifiers and members of some rows; empty cells are NaN, which the engine reports."""
        import polars as pl

        length = min(length, self.count - start)
        parameters = np.tile(np.asarray(self.system.defaults, dtype=np.float64), (length, 1))
        names = pl.Series(MEMBER, np.arange(start + 1, start + length + 1))
        if self.path is not None:
            rows = _scan(self.path).slice(start, length).collect()
            if self.named:
                names = rows[MEMBER]
            for name, place in self.columns:
                parameters[:, place] = rows[name].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
        return names, Members(parameters)


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
