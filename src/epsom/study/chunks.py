"""A long table made in parts: each part is written whole or not at all, and a rerun goes on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epsom.base.errors import problem

if TYPE_CHECKING:
    import polars as pl

# Rows per row group of the joined file: fixed, so that the bytes do not depend on the parts' history.
_ROW_GROUP = 100_000


# Bytes that are hashed together; the digest of a file is that of its pieces' digests.
_PIECE = 1 << 24


def digest_of_file(path: Path) -> str:
    """Return a BLAKE2b digest of a file's bytes, made piece by piece on all processors.

    Tables of members have gigabytes, and nothing can begin before they are told apart.
    """
    pieces = range(0, path.stat().st_size, _PIECE)
    with ThreadPoolExecutor() as pool:
        whole = hashlib.blake2b(b"".join(pool.map(lambda first: _digest_of_piece(path, first), pieces)))
    return whole.hexdigest()[:64]


def _digest_of_piece(path: Path, first: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(first)
        return hashlib.blake2b(stream.read(_PIECE)).digest()


@dataclass(frozen=True)
class Chunks:
    """Keep the parts of one result beside it, in ``<out>.parts``.

    Parameters
    ----------
    out
        Where the whole table will appear.
    recipe
        All that decides the bytes of the result: hashes of the input, settings, versions. Parts made by
        another recipe are thrown away.
    count
        Number of parts.
    """

    out: Path
    recipe: Mapping[str, Any]
    count: int

    @property
    def folder(self) -> Path:
        """Return the folder of the parts."""
        return self.out.with_name(self.out.name + ".parts")

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}.parquet"

    def open(self) -> int:
        """Prepare the folder, and return how many parts are there already.

        Raises
        ------
        EpsomError
            ``E-FILE`` when the folder cannot be made.
        """
        text = json.dumps({**self.recipe, "parts": self.count}, sort_keys=True, indent=1)
        manifest = self.folder / "manifest.json"
        try:
            if not (manifest.is_file() and manifest.read_text(encoding="utf-8") == text):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.folder.mkdir(parents=True)
                _replace(manifest, lambda path: path.write_text(text, encoding="utf-8"))
        except OSError as fault:
            reason = fault.strerror
            raise problem(
                "E-FILE", file=str(self.out), expected=".parquet, .csv", details={"reason": reason}
            ) from None
        return self.count - len(self.missing())

    def missing(self) -> list[int]:
        """List the parts that are still to be made."""
        return [number for number in range(self.count) if not self._part(number).is_file()]

    def write(self, number: int, table: pl.DataFrame) -> None:
        """Write one part under its name once it is whole."""
        _replace(self._part(number), lambda path: table.write_parquet(path))

    def join(self) -> None:
        """Write the whole table in the order of the parts, put it in place, and remove the parts."""
        import polars as pl

        paths = [self._part(number) for number in range(self.count)]
        whole = pl.scan_parquet(paths)
        if self.out.suffix == ".csv":
            _replace(self.out, lambda path: whole.sink_csv(path, maintain_order=True))
        else:
            _replace(
                self.out,
                lambda path: whole.sink_parquet(path, row_group_size=_ROW_GROUP, maintain_order=True),
            )
        shutil.rmtree(self.folder)

    def statuses(self, rows_per_member: int) -> Iterator[str]:
        """Return the status of each member, part by part."""
        import polars as pl

        for number in range(self.count):
            rows = pl.read_parquet(self._part(number), columns=["status"])
            yield from rows["status"].gather_every(rows_per_member).to_list()


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write to a temporary name, force it to the disk, then rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
