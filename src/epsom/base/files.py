"""Write files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from epsom.base.errors import problem


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name and give it its own name when it is complete.

    Raises
    ------
    EpsomError
        ``E-WRITE`` when the folder is missing or may not be written; nothing is left behind.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
            temporary = Path(stream.name)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise problem("E-WRITE", file=str(path), details={"reason": error.strerror or str(error)}) from None
