"""With a GPU: the real run. Without one: a coded fault that says what to do, and nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from epsom.base.errors import EpsomError
from epsom.cli.main import main
from epsom.engine.cuda.device import CudaDevice
from epsom.engine.cuda.engine import CudaEngine
from epsom.engine.members import Members
from epsom.engine.registry import engine
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.system import System
from epsom.model.system import epsom_system
from tests.engine.cuda.test_program import lives
from tests.engine.simd.test_stiff import hires, robertson
from tests.engine.systems import logistic


def _gpu() -> CudaDevice:
    try:
        return CudaDevice.open()
    except EpsomError as fault:
        pytest.skip(f"no GPU here ({fault}): the real run is not compared")


def _no_gpu() -> str:
    """Return the code of the fault that this machine gives."""
    try:
        CudaDevice.open()
    except EpsomError as fault:
        return fault.problems[0].code
    pytest.skip("a GPU is here: its absence cannot be shown")


@pytest.mark.parametrize("build", [logistic, robertson, hires])
def test_a_gpu_agrees_with_the_fast_engine(build: type[System]) -> None:
    device = _gpu()
    system, times = build(), np.array([0.0, 1.0, 10.0])
    members = Members.of(system, 1000)
    found = CudaEngine(device).solve(system, members, times, rtol=1e-8, atol=1e-10)
    wide = SimdEngine().solve(system, members, times, rtol=1e-8, atol=1e-10)
    np.testing.assert_array_equal(found.status, wide.status)
    np.testing.assert_allclose(found.values, wide.values, rtol=1e-6, atol=1e-12)


def test_a_gpu_agrees_on_lives_with_switching_inputs() -> None:
    device = _gpu()
    system, members, times = epsom_system(), lives(300), np.arange(1, 6) * 365.25
    found = CudaEngine(device).solve(system, members, times, observe=["sbp", "serum_mg"])
    wide = SimdEngine().solve(system, members, times, observe=["sbp", "serum_mg"])
    np.testing.assert_array_equal(found.status, wide.status)
    np.testing.assert_allclose(found.values, wide.values, rtol=1e-6)


def test_without_a_gpu_there_is_a_coded_fault() -> None:
    code = _no_gpu()
    assert code in ("E-CUDA-PACKAGE", "E-CUDA-DEVICE")
    with pytest.raises(EpsomError, match=code):
        engine("cuda")


def test_without_the_package_the_fault_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    with pytest.raises(EpsomError, match="E-CUDA-PACKAGE"):
        engine("cuda")


def test_without_a_driver_the_fault_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cuda.bindings.driver", reason="without cuda-bindings the driver is never asked")
    if _no_gpu() != "E-CUDA-DEVICE":
        pytest.fail("cuda-bindings is here, and so the fault must be the driver's")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Or choose --engine simd."), ("nl", "Of kies --engine simd.")]
)
def test_a_command_without_a_gpu_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    _no_gpu()
    model = tmp_path / "m.ant"
    model.write_text("model m; x = 2; x' = -k*x; k = 0.5; end", encoding="utf-8")
    out = tmp_path / "out.csv"
    arguments = ["simulate", str(model), "--times", "0:1:1", "--out", str(out), "--engine", "cuda", "--json"]
    assert main(["--lang", language, *arguments]) == 2
    said = capsys.readouterr()
    problems = json.loads(said.out or said.err)
    assert words in json.dumps(problems, ensure_ascii=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.ant"]
