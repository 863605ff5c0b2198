"""Keep derived bytes on disk: whole or not at all, checked before use, made again when damaged.

For what can always be made again and takes long to make. A damaged, foreign or missing entry is
simply absent; several processes may read and write at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_DIGEST = 32


def cache_folder(room: str) -> Path:
    """Return where a room keeps what it can make again: below ``EPSOM_CACHE`` or the user's cache folder."""
    named = os.environ.get("EPSOM_CACHE")
    if named:
        return Path(named) / room
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "epsom" / room


@dataclass(frozen=True)
class Store:
    """Read and write entries in a folder that belongs to the user alone.

    Examples
    --------
    >>> store = Store(Path(tempfile.mkdtemp()))
    >>> store.write("name", b"content")
    >>> store.read("name")
    b'content'
    """

    folder: Path

    def read(self, name: str) -> bytes | None:
        """Return an entry; None when there is none, when it is damaged, or when it is another user's."""
        path = self.folder / name
        try:
            if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
                return None
            data = path.read_bytes()
        except OSError:
            return None
        body = data[_DIGEST:]
        return body if data[:_DIGEST] == _checksum(name, body) else None

    def write(self, name: str, body: bytes) -> None:
        """Store an entry under its final name at once; without room or permission nothing is stored."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(_checksum(name, body) + body)
                os.replace(temporary, self.folder / name)
            except BaseException:
                os.unlink(temporary)
                raise


def _checksum(name: str, body: bytes) -> bytes:
    return hashlib.blake2b(name.encode() + body, digest_size=_DIGEST).digest()
