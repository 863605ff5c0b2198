"""Time lives by the hundred thousand: the fast engine alone, and ``epsom simulate`` from table to table.

Usage: ``python benchmarks/simulate.py [--members 100000] [--solve] [--out FILE.json]``.

Epsom's own model for ten years: every parameter of every member is drawn (coefficient of variation 10 %, seed
fixed) and given in a Parquet table of 100,000 rows a row group; 368 mg/d from day 0. Eleven times, three
variables. ``--solve`` times the engine alone on all processors; without it the command runs as users run it,
in a process of its own, and its wall time, CPU time and largest resident memory are noted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from engine import machine

from epsom.engine.members import Members
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.system import System
from epsom.model.assemble import sbml_text
from epsom.model.system import epsom_system

TIMES = np.arange(11) * 365.25
OBSERVED = ("sbp", "serum_mg", "gfr")
ROWS = 100_000


def parameters(system: System, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw all parameters of ``n`` members."""
    values = np.asarray(system.defaults) * np.exp(0.1 * rng.standard_normal((n, len(system.parameters))))
    values[:, system.parameter_index("supplement")] = 368.0
    return values


def write_members(system: System, n: int, folder: Path) -> Path:
    """Write a table of members as one Parquet file, never holding more than a few row groups."""
    rng = np.random.default_rng(20_261_122)
    for number, first in enumerate(range(0, n, ROWS)):
        drawn = parameters(system, min(ROWS, n - first), rng)
        table = pl.DataFrame({name: drawn[:, k] for k, name in enumerate(system.parameters)})
        table.write_parquet(folder / f"part-{number:04d}.parquet")
    parts = sorted(folder.glob("part-*.parquet"))
    path = folder / "members.parquet"
    pl.scan_parquet(parts).sink_parquet(path, row_group_size=ROWS, maintain_order=True)
    for part in parts:
        part.unlink()
    return path


def solve_alone(n: int) -> dict[str, Any]:
    """Time the fast engine on all processors."""
    system, engine = epsom_system(), SimdEngine()
    members = Members(parameters(system, n, np.random.default_rng(20_261_122)))
    engine.solve(system, members.take(slice(0, 1)), TIMES, observe=OBSERVED)
    wall, cpu = time.perf_counter(), time.process_time()
    found = engine.solve(system, members, TIMES, observe=OBSERVED)
    return {
        "what": "solve", "members": n, "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu, "ok": int((found.status == 0).sum()),
        "steps": float(found.steps.mean()),
    }  # fmt: skip


def simulate(n: int) -> dict[str, Any]:
    """Time the command."""
    system = epsom_system()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "epsom.xml"
        model.write_text(sbml_text(), encoding="utf-8")
        members = write_members(system, n, folder)
        command = [
            sys.executable, "-m", "epsom", "simulate", str(model), "--members", str(members),
            "--times", ",".join(map(str, TIMES)), "--observe", ",".join(OBSERVED),
            "--out", str(folder / "result.parquet"), "--json",
        ]  # fmt: skip
        wall = time.perf_counter()
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        wall = time.perf_counter() - wall
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "what": "epsom simulate", "members": n, "wall_s": wall, "cpu_s": used.ru_utime + used.ru_stime,
            "peak_mb": used.ru_maxrss / 1e3, "read_mb": members.stat().st_size / 1e6,
            "written_mb": (folder / "result.parquet").stat().st_size / 1e6,
            "ok": json.loads(said)["status"].get("ok", 0),
        }  # fmt: skip


def main() -> None:
    """Run, print, and add the result to those that are kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--solve", action="store_true", help="time the engine alone")
    parser.add_argument("--out", type=Path, help="JSON file to keep the results in")
    args = parser.parse_args()
    load = round(os.getloadavg()[0], 1)
    row = (solve_alone if args.solve else simulate)(args.members) | {"load": load}
    print(json.dumps(row, indent=1))
    if args.out:
        rows = json.loads(args.out.read_text(encoding="utf-8"))["rows"] if args.out.is_file() else []
        rows = [r for r in rows if (r["what"], r["members"]) != (row["what"], row["members"])] + [row]
        text = json.dumps({"machine": machine(), "rows": rows}, indent=1)
        args.out.write_text(text + "\n", encoding="utf-8")
        args.out.with_suffix(".md").write_text(table(rows), encoding="utf-8")


def table(rows: list[dict[str, Any]]) -> str:
    """Write all rows as a table in Markdown."""
    lines = [
        "# `python benchmarks/simulate.py`",
        "",
        "| what | members | wall s | CPU s | largest memory MB | load before |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['what']} | {r['members']:,} | {r['wall_s']:.1f} | {r['cpu_s']:.1f} "
        f"| {r.get('peak_mb', float('nan')):.0f} | {r['load']} |"
        for r in rows
    ]
    return "\n".join(lines).replace(" nan ", " ") + "\n"


if __name__ == "__main__":
    main()
