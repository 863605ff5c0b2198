"""Find the shared facts that some tests hold Epsom against, or say that they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[1].parent / "shared"


def shared(*parts: str) -> Path:
    """Return the path of a shared file, or skip the test and say what it ran without."""
    path = Path(os.environ.get("EPSOM_SHARED", _BESIDE)).joinpath(*parts)
    if not path.exists():
        pytest.skip(f"runs without shared facts: {'/'.join(parts)} is not beside this checkout")
    return path
