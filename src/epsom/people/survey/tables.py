"""Find and read one table of the survey: a transport file, or its lossless CSV form."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import polars as pl

from epsom.base.errors import problem
from epsom.people.survey.cycles import Cycle
from epsom.people.survey.xpt import read_transport

_ENDINGS = (".xpt", ".csv.xz", ".csv.gz", ".csv")
# The table of drugs holds Latin-1 texts; in all other tables the two encodings agree.
_ENCODING = "latin-1"


def find_table(folder: Path, cycle: Cycle, table: str) -> Path | None:
    """Return the file of a table in ``folder`` or its usual subfolders, or None.

    Looked for in ``folder``, ``folder/<cycle>`` and ``folder/raw/<cycle>`` as ``<TABLE>_<letter>``
    with the endings of transport and (compressed) CSV files, in any case of letters.
    """
    for place in (folder, folder / cycle.name, folder / "raw" / cycle.name):
        if place.is_dir():
            names = {path.name.lower(): path for path in sorted(place.iterdir())}
            for ending in _ENDINGS:
                path = names.get(f"{table}_{cycle.letter}{ending}".lower())
                if path is not None and path.is_file():
                    return path
    return None


def read_table(path: Path) -> pl.DataFrame:
    """Read a table whole: numbers as Float64 (missing is null), texts as String (missing is "").

    Raises
    ------
    EpsomError
        ``E-FILE``, ``E-XPT-HEADER``, ``E-XPT-TRUNCATED`` or ``E-SURVEY-CSV``.
    """
    if path.suffix.lower() == ".xpt":
        return _from_transport(path)
    return _from_csv(path)


def _from_transport(path: Path) -> pl.DataFrame:
    transport = read_transport(path)
    columns = {
        v.name: pl.Series(transport.texts(v), dtype=pl.String)
        if v.is_text
        else pl.Series(transport.numbers(v), dtype=pl.Float64, nan_to_null=True)
        for v in transport.variables
    }
    return pl.DataFrame(columns)


def _from_csv(path: Path) -> pl.DataFrame:
    try:
        text = _unpack(path.read_bytes(), path.suffix.lower()).decode(_ENCODING)
    except (OSError, EOFError, lzma.LZMAError) as fault:
        raise problem("E-FILE", file=str(path), expected="CSV", details={"reason": str(fault)}) from fault
    try:
        raw = pl.read_csv(text.encode(), null_values="NA", infer_schema=False)
    except pl.exceptions.PolarsError as fault:
        raise problem("E-SURVEY-CSV", file=str(path), details={"reason": str(fault)}) from fault
    if "SEQN" not in raw.columns:
        raise problem("E-SURVEY-CSV", file=str(path), details={"reason": "SEQN"})
    return raw.with_columns(_tidy(raw[name]) for name in raw.columns)


def _unpack(data: bytes, ending: str) -> bytes:
    if ending == ".xz":
        return lzma.decompress(data)
    return gzip.decompress(data) if ending == ".gz" else data


def _tidy(column: pl.Series) -> pl.Series:
    """Return numbers where every value is one, else texts."""
    numbers = column.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == column.null_count() else column.fill_null("")
