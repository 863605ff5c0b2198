"""Read the linked mortality file: one fixed-width line a person."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from epsom.base.errors import problem

# Columns (first, last), counted from 1: public-use linked mortality files of NCHS, 2019 release.
_FIELDS = {
    "seqn": (1, 6),
    "eligstat": (15, 15),
    "mortstat": (16, 16),
    "ucod_leading": (17, 19),
    "dm_mcod": (20, 20),
    "htn_mcod": (21, 21),
    "permth_int": (43, 45),
    "permth_exm": (46, 48),
}
_SHORTEST = 46  # blanks at the end of a line are not always kept


def find_mortality(folder: Path, cycle: str) -> Path | None:
    """Return the linked mortality file of a cycle in ``folder`` or its usual subfolders, or None."""
    name = f"NHANES_{cycle.replace('-', '_')}_MORT_2019_PUBLIC.dat"
    places = (folder, folder / cycle, folder / "raw" / cycle)
    return next((p / name for p in places if (p / name).is_file()), None)


def read_mortality(path: Path) -> pl.DataFrame:
    """Read follow-up: months, death and its cause; ``.`` and blanks are missing.

    NCHS has altered follow-up time and cause for some of the deceased, so that a person's own line
    must not be taken as true.

    Raises
    ------
    EpsomError
        ``E-MORTALITY`` for a line that is too short or holds something else than numbers.
    """
    lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    columns: dict[str, list[float | None]] = {name: [] for name in _FIELDS}
    for number, line in enumerate(lines, start=1):
        if len(line) < _SHORTEST:
            raise problem("E-MORTALITY", file=str(path), row=number, value=line)
        for name, (first, last) in _FIELDS.items():
            columns[name].append(_number(line[first - 1 : last], path, number))
    return pl.DataFrame(columns, schema=dict.fromkeys(_FIELDS, pl.Float64)).with_columns(
        pl.col("seqn").cast(pl.Int64)
    )


def _number(text: str, path: Path, row: int) -> float | None:
    word = text.strip()
    if word in ("", "."):
        return None
    try:
        return float(word)
    except ValueError as fault:
        raise problem("E-MORTALITY", file=str(path), row=row, value=word) from fault
