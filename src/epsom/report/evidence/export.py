"""Write results to files: under a temporary name first, so that nothing half-written remains."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from epsom.base.errors import EpsomError, Problem


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one go.

    Raises
    ------
    EpsomError
        ``E-FILE`` when the place cannot be written.
    """
    passing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        passing.write_bytes(content)
        passing.replace(path)
    except OSError as error:
        passing.unlink(missing_ok=True)
        raise EpsomError(
            Problem("E-FILE", file=str(path), expected=path.suffix, details={"reason": error.strerror or ""})
        ) from error


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV with a header; NaN and nothing are empty cells."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: "" if v is None or v != v else v for k, v in row.items()})
    return stream.getvalue()


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV."""
    write_whole(path, csv_text(rows).encode())
