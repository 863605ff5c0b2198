"""Code for a GPU is written, compiled to PTX, kept, and taken by NVIDIA's own assembler."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from epsom.base.store import Store
from epsom.engine.cuda.ptx import program_name, ptx
from epsom.engine.graph import Graph
from epsom.engine.ops import Op
from epsom.engine.system import System
from epsom.model.system import epsom_system
from tests.engine.simd.test_events import ball
from tests.engine.systems import decay, logistic, system_of


def _assemble(ptxas: str, code: bytes, architecture: str, folder: Path, *options: str) -> str:
    source = folder / "program.ptx"
    source.write_bytes(code)
    target = folder / f"{architecture}.cubin"
    done = subprocess.run(
        [ptxas, "-v", *options, f"-arch={architecture}", str(source), "-o", str(target)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert target.stat().st_size > 0
    return done.stderr


@pytest.mark.parametrize("architecture", ["sm_75", "sm_80", "sm_90", "sm_100"])
def test_a_small_program_is_taken_for_gpus_old_and_new(ptxas: str, tmp_path: Path, architecture: str) -> None:
    _assemble(ptxas, ptx(logistic(), ["x"], Store(tmp_path)), architecture, tmp_path)


def test_the_program_of_epsoms_own_model_is_taken(ptxas: str, tmp_path: Path) -> None:
    code = ptx(epsom_system(), ["sbp", "serum_mg"], Store(tmp_path))
    said = _assemble(
        ptxas, code, "sm_90", tmp_path, "-O1"
    )  # the driver does its best; here it takes too long
    assert "Compiling entry function 'integrate'" in said


def test_a_program_is_kept_and_a_damaged_one_written_again(tmp_path: Path) -> None:
    system, store = decay(), Store(tmp_path)
    first = ptx(system, ["x"], store)
    assert b".visible .entry integrate" in first
    (kept,) = tmp_path.iterdir()
    assert kept.name == f"{program_name(system, ['x'])}.ptx"
    kept.write_bytes(kept.read_bytes().replace(b"integrate", b"integrats"))
    assert ptx(system, ["x"], store) == first
    assert store.read(kept.name) == first


@pytest.mark.parametrize(("system", "names"), [(logistic(), ["x"]), (decay(), ["k"]), (decay(), ["x", "x"])])
def test_another_model_or_choice_of_observables_is_another_program(system: System, names: list[str]) -> None:
    assert program_name(system, names) != program_name(decay(), ["x"])


@pytest.mark.parametrize("single", [False, True])
def test_a_program_with_events_is_taken(ptxas: str, tmp_path: Path, single: bool) -> None:
    code = ptx(ball(), ball().states, Store(tmp_path), single=single)
    _assemble(ptxas, code, "sm_80", tmp_path)


def test_functions_of_the_c_library_are_written_out(ptxas: str, tmp_path: Path) -> None:
    def rates(g: Graph, y: list[int], p: list[int]) -> list[int]:
        return [g.mul(p[0], g.sum(g.node(op, y[0]) for op in (Op.SIN, Op.ATAN, Op.TANH, Op.ASINH)))]

    system = system_of({"p": 0.1}, {"x": 1.0}, rates)
    _assemble(ptxas, ptx(system, ["x"], Store(tmp_path)), "sm_80", tmp_path)
