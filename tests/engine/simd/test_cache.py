"""Compiled code on disk: found again, rebuilt when damaged, safe with several writers."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from epsom.engine.members import Members
from epsom.engine.simd import program
from epsom.engine.simd.cache import Cache, Entry
from epsom.engine.simd.engine import SimdEngine
from tests.engine.systems import decay


def _value(folder: Path) -> float:
    engine = SimdEngine(threads=1, cache=Cache(folder))
    return float(engine.solve(decay(), Members.of(decay(), 1), np.array([1.0]))["x"][0, 0])


def test_a_second_process_would_find_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _value(tmp_path)

    def refuse(text: str, target: object) -> bytes:
        raise AssertionError("compiled again")

    monkeypatch.setattr(program, "assemble", refuse)
    assert _value(tmp_path) == first


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "foreign"])
def test_damaged_code_is_rebuilt_not_run(tmp_path: Path, damage: str) -> None:
    first = _value(tmp_path)
    whole = {path: path.read_bytes() for path in tmp_path.glob("*.o")}
    assert len(whole) == 3  # start, steps, observables
    for path, data in whole.items():
        middle = len(data) // 2
        path.write_bytes(
            {
                "flip": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
                "cut": data[:middle],
                "empty": b"",
                "foreign": next(d for p, d in whole.items() if p != path),
            }[damage]
        )
    assert _value(tmp_path) == first
    for path, data in whole.items():
        assert path.read_bytes() == data


def _write(folder: str, start: int) -> None:
    cache = Cache(Path(folder))
    for round_ in range(30):
        cache.write("shared", Entry(bytes([start + round_ % 2]) * 50_000, 3))


def test_several_writers_leave_one_whole_entry(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(str(tmp_path), 10 * k)) for k in (1, 2)]
    for writer in writers:
        writer.start()
    cache = Cache(tmp_path)
    seen = 0
    while any(writer.is_alive() for writer in writers):
        entry = cache.read("shared")
        if entry is not None:
            seen += 1
            assert len(set(entry.code)) == 1
            assert len(entry.code) == 50_000
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert cache.read("shared") is not None
    assert seen
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert _value(blocked / "kernels") == pytest.approx(2.0 * np.exp(-0.5), rel=1e-5)


@pytest.mark.skipif(sys.platform != "linux", reason="reserves addresses as Linux does")
def test_code_is_loaded_whole_where_memory_is_in_pieces(tmp_path: Path) -> None:
    """Parts of the code that lay far from each other once ended the program, in one with JAX loaded."""
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    subprocess.run(
        [sys.executable, "-m", "tests.engine.simd.crowded", str(tmp_path)],
        check=True, cwd=root, env=environment,
    )  # fmt: skip
