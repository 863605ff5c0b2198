"""Keep compiled code on disk: whole or not at all, checked before use, rebuilt when damaged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from epsom.base.store import Store, cache_folder


@dataclass(frozen=True)
class Entry:
    """Hold object code and the vectors of work space that it needs."""

    code: bytes
    vectors: int


def default_folder() -> Path:
    """Return where code is kept: ``EPSOM_CACHE``, or the user's cache folder."""
    return cache_folder("kernels")


@dataclass(frozen=True)
class Cache:
    """Read and write entries in a folder that belongs to the user alone.

    Examples
    --------
    >>> import tempfile
    >>> cache = Cache(Path(tempfile.mkdtemp()))
    >>> cache.write("name", Entry(b"code", 3))
    >>> cache.read("name")
    Entry(code=b'code', vectors=3)
    """

    folder: Path

    def read(self, name: str) -> Entry | None:
        """Return an entry; None when there is none, when it is damaged, or when it is another user's."""
        body = Store(self.folder).read(f"{name}.o")
        return None if body is None else Entry(body[8:], int.from_bytes(body[:8], "little"))

    def write(self, name: str, entry: Entry) -> None:
        """Store an entry under its final name at once; without room or permission nothing is stored."""
        Store(self.folder).write(f"{name}.o", entry.vectors.to_bytes(8, "little") + entry.code)
