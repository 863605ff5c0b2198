"""Keep compiled code on disk: whole or not at all, checked before use, rebuilt when damaged."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"epsom-kernel-1\n"
_DIGEST = 32


@dataclass(frozen=True)
class Entry:
    """Hold object code and the vectors of work space that it needs."""

    code: bytes
    vectors: int


def default_folder() -> Path:
    """Return where code is kept: ``EPSOM_CACHE``, or the user's cache folder."""
    named = os.environ.get("EPSOM_CACHE")
    if named:
        return Path(named) / "kernels"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "epsom" / "kernels"


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

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.o"

    def read(self, name: str) -> Entry | None:
        """Return an entry; None when there is none, when it is damaged, or when it is another user's."""
        path = self._path(name)
        try:
            if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
                return None
            data = path.read_bytes()
        except OSError:
            return None
        start = len(_MAGIC) + _DIGEST
        body = data[start:]
        if not data.startswith(_MAGIC) or data[len(_MAGIC) : start] != _checksum(name, body):
            return None
        return Entry(body[8:], int.from_bytes(body[:8], "little"))

    def write(self, name: str, entry: Entry) -> None:
        """Store an entry under its final name at once; without room or permission nothing is stored."""
        body = entry.vectors.to_bytes(8, "little") + entry.code
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(_MAGIC + _checksum(name, body) + body)
                os.replace(temporary, self._path(name))
            except BaseException:
                os.unlink(temporary)
                raise


def _checksum(name: str, body: bytes) -> bytes:
    return hashlib.blake2b(name.encode() + body, digest_size=_DIGEST).digest()
