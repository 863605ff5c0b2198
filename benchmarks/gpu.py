"""Time the GPU engine beside the fast engine on the same machine, with errors; without a GPU, say so.

Usage: ``python benchmarks/gpu.py [--members 65536,262144] [--rounds N] [--json]``.

Lives of Epsom's own model over ten years, yearly outputs, 368 mg/d from day 0; parameters drawn with a
coefficient of variation of 10 %, seed fixed; relative tolerance 1e-6. Both engines get the same members and
rounds are interleaved. Seconds are wall seconds of a whole `solve`, copying to and from the GPU included,
translation of the program not; the shortest of the rounds counts. The fast engine uses all processors and
at most 16,384 members, since its cost per member is flat from 256 on. The error of a member is the largest
deviation over states and times from the fast engine at 1e-11, as a share of |y| plus a thousandth of the
state's largest value.

What needs no GPU is reported on every machine: how long the program takes to write, its size, and what
NVIDIA's assembler says of it (registers, stack, spills), where that is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from epsom.base.errors import EpsomError
from epsom.base.i18n import Translator
from epsom.base.store import Store
from epsom.engine.cuda.device import CudaDevice
from epsom.engine.cuda.engine import CudaEngine
from epsom.engine.cuda.ptx import ptx
from epsom.engine.interface import Engine
from epsom.engine.members import Members, Schedule
from epsom.engine.simd.engine import SimdEngine
from epsom.model.system import epsom_system

TIMES = np.arange(1, 11) * 365.25
RTOL = 1e-6
MOST_SIMD, CHECKED = 16_384, 256
ARCHITECTURES = ("sm_80", "sm_90")


def lives(n: int) -> Members:
    """Draw members of Epsom's model."""
    system = epsom_system()
    draws = np.exp(0.1 * np.random.default_rng(20_261_122).standard_normal((n, len(system.parameters))))
    schedule = Schedule(("supplement",), np.zeros((n, 1)), np.full((n, 1, 1), 368.0))
    return Members(np.asarray(system.defaults) * draws, schedule=schedule)


def assembler() -> str | None:
    """Find ptxas on the path or in the package nvidia-cuda-nvcc-cu12."""
    spec = importlib.util.find_spec("nvidia")
    packaged = [
        Path(p) / "cuda_nvcc" / "bin" / "ptxas" for p in (spec and spec.submodule_search_locations) or ()
    ]
    return shutil.which("ptxas") or next((str(p) for p in packaged if p.is_file()), None)


def program() -> dict[str, Any]:
    """Write the program of Epsom's model and let NVIDIA's assembler take it."""
    system, ptxas = epsom_system(), assembler()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        code = ptx(system, system.states, Store(Path(folder)))
        found: dict[str, Any] = {"written_s": time.process_time() - begun, "ptx_bytes": len(code)}
        source = Path(folder) / "program.ptx"
        source.write_bytes(code)
        for architecture in ARCHITECTURES if ptxas else ():
            command = [str(ptxas), "-v", f"-arch={architecture}", str(source), "-o", f"{folder}/out"]
            begun = time.monotonic()
            said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
            found[architecture] = {
                "assembled_s": time.monotonic() - begun,
                "registers": int(re.findall(r"Used (\d+) registers", said)[0]),
                "stack_bytes": int(re.findall(r"(\d+) bytes cumulative stack", said)[0]),
                "spill_bytes": sum(map(int, re.findall(r"(\d+) bytes spill stores", said))),
            }
    return found


def error(values: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Return the largest deviation of each member."""
    size = np.abs(exact) + 1e-3 * np.abs(exact).max(axis=(0, 1))
    return (np.abs(values - exact) / np.where(size > 0.0, size, 1.0)).max(axis=(1, 2))


def measure(device: CudaDevice, sizes: list[int], rounds: int) -> list[dict[str, Any]]:
    """Run both engines in turns."""
    system, members = epsom_system(), lives(max(sizes))
    checked = members.take(slice(0, CHECKED))
    exact = SimdEngine().solve(system, checked, TIMES, rtol=1e-11, atol=1e-11)
    engines: dict[tuple[str, int], Engine] = {("cuda", n): CudaEngine(device) for n in sizes}
    engines[("simd", min(max(sizes), MOST_SIMD))] = SimdEngine()

    def solve(engine: Engine, n: int) -> np.ndarray:
        return engine.solve(system, members.take(slice(0, n)), TIMES, rtol=RTOL, atol=RTOL).values

    first = {key: solve(engine, min(key[1], CHECKED)) for key, engine in engines.items()}  # compiles too
    shortest = dict.fromkeys(engines, np.inf)
    for _ in range(rounds):
        for (name, n), engine in engines.items():
            seconds = timed(partial(solve, engine, n))
            shortest[name, n] = min(shortest[name, n], seconds)
    rows = []
    for (name, n), seconds in shortest.items():
        deviation = error(first[name, n], exact.values[: len(first[name, n])])
        rows.append(
            {
                "model": "epsom", "solver": name, "rtol": RTOL, "members": n, "wall_s": seconds,
                "members_per_s": n / seconds, "error_median": float(np.median(deviation)),
                "error_max": float(deviation.max()),
            }
        )  # fmt: skip
    return rows


def timed(run: Callable[[], Any]) -> float:
    begun = time.monotonic()
    run()
    return time.monotonic() - begun


def opened() -> tuple[CudaDevice | None, str]:
    """Open the GPU, or say why there is none."""
    try:
        return CudaDevice.open(), ""
    except EpsomError as fault:
        return None, fault.problems[0].words(Translator("en"))[0]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", default="65536,262144")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    device, reason = opened()
    rows = measure(device, [int(n) for n in args.members.split(",")], args.rounds) if device else []
    machine = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "gpu": f"{device.name} ({device.kind})" if device else None,
        "why_no_gpu": reason or None,
    }
    rates = {
        name: max(r["members_per_s"] for r in rows if r["solver"] == name)
        for name in ("cuda", "simd")
        if rows
    }
    ratios = {"simd": {"equal_rtol": rates["cuda"] / rates["simd"]}} if rows else {}
    found = {"machine": machine, "rows": rows, "ratios": ratios, "program": program()}
    if args.json:
        print(json.dumps(found, indent=1))
        return
    if device is None:
        print(f"NOTHING WAS MEASURED ON A GPU: {reason}.")
    for r in rows:
        print(
            f"{r['solver']:<6}{r['members']:>9} members {r['wall_s']:>9.3f} s"
            f"{r['members_per_s']:>12.0f} a second   "
            f"error {r['error_median']:.1e} (largest {r['error_max']:.1e})"
        )
    print(json.dumps({"machine": machine, "ratios": ratios, "program": found["program"]}, indent=1))


if __name__ == "__main__":
    main()
