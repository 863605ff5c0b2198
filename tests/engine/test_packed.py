"""A system survives its journey through bytes, and damaged bytes are refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epsom.base.store import Store
from epsom.engine.packed import pack, unpack
from epsom.model.system import assemble_system, epsom_system


def test_packing_keeps_every_bit() -> None:
    system = assemble_system()
    again = unpack(pack(system))
    assert pack(again) == pack(system)
    assert again.graph.ops == system.graph.ops
    assert np.array_equal(again.defaults, system.defaults)


def test_the_kept_model_is_the_assembled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPSOM_CACHE", str(tmp_path))
    try:
        for _ in range(2):  # made and kept, then read
            epsom_system.cache_clear()
            assert pack(epsom_system()) == pack(assemble_system())
            assert len(list((tmp_path / "models").iterdir())) == 1
    finally:
        epsom_system.cache_clear()


@pytest.mark.parametrize("data", [b"{}", b'{"nodes": [[10, [5, 6], "0x0p+0"]]}', b"[]"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not"):
        unpack(data)


@given(st.binary(min_size=1, max_size=60), st.integers(0, 200))
def test_a_damaged_entry_is_absent(body: bytes, where: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        assert store.read("x") is None
        store.write("x", body)
        assert store.read("x") == body
        path = Path(folder) / "x"
        data = bytearray(path.read_bytes())
        data[where % len(data)] ^= 1
        path.write_bytes(bytes(data))
        assert store.read("x") is None
