"""Time the engines side by side, with errors, and say what limits the fast one.

Usage: ``python benchmarks/engine.py [--rounds N] [--models epsom,tyson1991,...] [--without diffrax,...]
[--only diffrax,...] [--out FILE.json] [--json]``.

Solvers: the fast engine in double and single precision, libroadrunner (CVODE), the reference engine (SciPy's
LSODA with compiled rates and the exact Jacobian), SciPy's BDF with the same rates, and diffrax (Kvaerno5
under vmap) where that is installed. Every solver gets the same members (parameters drawn with a spread, seed
fixed) and the same times. Rounds are interleaved and the shortest CPU time of a thread counts, since the
machine may be shared. The error of a member is the largest deviation over states and times from the fast
engine at a relative tolerance of 1e-11, as a share of |y| plus a thousandth of the state's largest value;
how far that yardstick is from the reference engine at 1e-10 is printed too. ``ratios`` says how many times
less CPU time the fast engine takes at the error that the other solver has: its own line of errors and times
in double precision is read off at that error.

``limits`` counts the floating-point operations of the generated step and holds the rate that was reached
against fused multiply-adds measured on this core. ``scaling`` is the cost of a member in batches of many
sizes, on one thread and on all.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from cases import Case, case, error
from floating_point import operations, peak
from record import keep
from solvers import SOLVERS

from epsom.engine.members import Members, Schedule
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.simd.target import host

TOLERANCES = {
    "simd": (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8),
    "simd single": (1e-3, 1e-4, 1e-5),
    "libroadrunner": (1e-6, 1e-8),
}
USUAL = (1e-6,)
SIZES = (64, 256, 1024, 4096, 16384)
SLOW = {"diffrax": 1, "SciPy BDF": 1}  # rounds at most


def measure(case: Case, rounds: int, cache: Cache, without: set[str]) -> tuple[list[dict[str, Any]], Any]:
    """Run all solvers on one model, in turns."""
    yardstick = SimdEngine(threads=1, cache=cache)
    exact = yardstick.solve(case.system, case.members, case.times, rtol=1e-11, atol=1e-11)
    good = exact.status == 0
    check = SOLVERS["reference (LSODA)"].make(case, 1e-10, cache)(2)
    chosen = [s for s in SOLVERS.values() if s.name not in without and not s.missing]
    runs = {(s, rtol): s.make(case, rtol, cache) for s in chosen for rtol in TOLERANCES.get(s.name, USUAL)}
    values = {key: run(key[0].members) for key, run in runs.items()}
    shortest = dict.fromkeys(runs, np.inf)
    for number in range(rounds):
        for (solver, rtol), run in runs.items():
            if number >= SLOW.get(solver.name, rounds):
                continue
            begun = time.process_time()
            run(solver.members)
            seconds = (time.process_time() - begun) / solver.members
            shortest[solver, rtol] = min(shortest[solver, rtol], seconds)
    rows = []
    for (solver, rtol), seconds in shortest.items():
        deviation = error(values[solver, rtol], exact.values[: solver.members])[good[: solver.members]]
        rows.append(
            {
                "model": case.name, "solver": solver.name, "rtol": rtol, "cpu_ms": 1e3 * seconds,
                "members": solver.members, "error_median": float(np.median(deviation)),
                "error_max": float(deviation.max()),
            }
        )  # fmt: skip
    apart = float(error(check, exact.values[:2]).max())
    load = round(os.getloadavg()[0], 1)
    notes = {"members_ok": float(good.mean()), "yardstick_against_reference": apart, "load": load}
    return rows, notes | cold_and_warm(case)


def ratios(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Compare at equal median error, for every other solver of one model."""
    ours = sorted((r["error_median"], r["cpu_ms"]) for r in rows if r["solver"] == "simd")
    logs = np.log(np.array(ours))
    found = {}
    for row in rows:
        if row["solver"] == "simd" or not np.isfinite(row["error_median"]):
            continue
        wanted = np.log(row["error_median"])
        cost = float(np.exp(np.interp(wanted, logs[:, 0], logs[:, 1])))
        found[f"{row['solver']} {row['rtol']:g}"] = {
            "equal_error": row["cpu_ms"] / cost,
            "inside": bool(logs[0, 0] <= wanted <= logs[-1, 0]),
        }
    return found


def cold_and_warm(case: Case) -> dict[str, float]:
    """Time the first use of a model, with an empty cache, and the next one in a new engine."""
    one = case.members.take(slice(0, 1))
    with tempfile.TemporaryDirectory() as folder:
        seconds = []
        for _ in range(2):
            begun = time.process_time()
            SimdEngine(threads=1, cache=Cache(Path(folder))).solve(case.system, one, case.times)
            seconds.append(time.process_time() - begun)
    return {"cold_s": seconds[0], "cached_s": seconds[1]}


def limits(case: Case, rows: list[dict[str, Any]], cache: Cache) -> list[dict[str, Any]]:
    """Hold the operations of the generated step against what this core can do at most."""
    found = []
    for precision, name, rtol in (("double", "simd", 1e-6), ("single", "simd single", 1e-4)):
        engine = SimdEngine(threads=1, cache=cache, precision=precision)
        steps = engine.solve(case.system, case.members, case.times, rtol=rtol, atol=min(rtol, 1e-4)).steps
        work, most = operations(case.system, engine.target), peak(engine.target)
        seconds = next(r["cpu_ms"] for r in rows if r["solver"] == name and r["rtol"] == rtol) / 1e3
        rate = work["per_step"] * float(steps.mean()) / seconds
        found.append(
            {
                "precision": precision, "operations_per_step": work["per_step"], "steps": float(steps.mean()),
                "fused_share": work["fused_share"], "block_kilobytes": work["bytes_touched"] / 1e3,
                "reached_gflops": rate / 1e9, "peak_gflops": most / 1e9, "share_of_peak": rate / most,
            }
        )  # fmt: skip
    return found


def scaling(case: Case, cache: Cache) -> list[dict[str, Any]]:
    """Time batches of many sizes in turns: CPU and wall microseconds a member, on one thread and on two."""
    batches = {n: _repeated(case.members, n) for n in SIZES}
    kinds = [(precision, threads) for precision in ("double", "single") for threads in (1, 2)]
    engines = {(p, t): SimdEngine(threads=t, cache=cache, precision=p) for p, t in kinds}
    best = {(*kind, n): (np.inf, np.inf) for kind in kinds for n in SIZES}
    for _ in range(4):
        for (precision, threads, n), before in best.items():
            rtol = 1e-6 if precision == "double" else 1e-4
            for _ in range(1 + 2048 // n):
                cpu, wall = time.process_time(), time.perf_counter()
                engine = engines[precision, threads]
                engine.solve(case.system, batches[n], case.times, rtol=rtol, atol=min(rtol, 1e-4))
                now = (time.process_time() - cpu, time.perf_counter() - wall)
                before = (min(before[0], now[0]), min(before[1], now[1]))
            best[precision, threads, n] = before
    return [
        {
            "precision": precision, "threads": threads, "members": n, "cpu_us": 1e6 * cpu / n,
            "wall_us": 1e6 * wall / n,
        }
        for (precision, threads, n), (cpu, wall) in best.items()
    ]  # fmt: skip


def _repeated(members: Members, n: int) -> Members:
    """Return ``n`` members: the drawn ones over and over, each time a little different."""
    index = np.arange(n) % len(members)
    taken = members.take(index)
    shift = 1.0 + 1e-3 * (np.arange(n) // len(members))[:, None] / max(1, n // len(members))
    schedule = taken.schedule
    assert isinstance(schedule, Schedule)
    return Members(taken.parameters * shift, schedule=schedule)


def machine() -> dict[str, Any]:
    """Describe the machine in words."""
    target = host()
    return {
        "architecture": os.uname().machine, "cores": os.cpu_count(), "lanes_double": target.lanes,
        "avx512": target.avx512,
    }  # fmt: skip


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", default="epsom,tyson1991,goldbeter1991,kholodenko2000")
    parser.add_argument("--without", default="", help="solvers to leave out, with commas between them")
    parser.add_argument("--out", type=Path, help="JSON file to keep the results in")
    parser.add_argument("--only", default="", help="solvers to run beside the fast engine")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    without = {name.strip() for name in args.without.split(",") if name.strip()}
    if args.only:
        without |= set(SOLVERS) - {"simd", *(name.strip() for name in args.only.split(","))}
    found: dict[str, Any] = {"machine": machine(), "rows": [], "ratios": {}, "notes": {}}
    found["missing"] = [s.name for s in SOLVERS.values() if s.missing or s.name in without]
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        for name in args.models.split(","):
            model = case(name)
            rows, found["notes"][name] = measure(model, args.rounds, cache, without)
            found["rows"] += rows
            found["ratios"][name] = ratios(rows)
            if name == "epsom" and "simd single" not in without:
                found["limits"], found["scaling"] = limits(model, rows, cache), scaling(model, cache)
    text = json.dumps(found, indent=1)
    if args.out:
        keep(args.out, found, "python benchmarks/engine.py", ratios)
    print(text if args.json else words(found))


def words(found: dict[str, Any]) -> str:
    """Write the results as tables."""
    lines = [f"{'model':<16}{'solver':<20}{'rtol':>8}{'CPU ms':>10}{'median error':>14}{'largest':>10}"]
    lines += [
        f"{r['model']:<16}{r['solver']:<20}{r['rtol']:>8.0e}{r['cpu_ms']:>10.4f}"
        f"{r['error_median']:>14.1e}{r['error_max']:>10.1e}"
        for r in found["rows"]
    ]
    lines += [f"not run: {', '.join(found['missing']) or 'none'}", ""]
    for model, peers in found["ratios"].items():
        for peer, ratio in peers.items():
            mark = "" if ratio["inside"] else " (outside the measured line)"
            lines.append(
                f"{peer} on {model}: {ratio['equal_error']:.1f} x the fast engine at equal error{mark}"
            )
    for r in found.get("limits", []):
        lines.append(
            f"{r['precision']}: {r['operations_per_step']:,.0f} operations a step, {r['steps']:.1f} steps, "
            f"{r['reached_gflops']:.1f} of {r['peak_gflops']:.0f} GFLOP/s ({r['share_of_peak']:.0%}); "
            f"{r['fused_share']:.0%} fused, {r['block_kilobytes']:.0f} kB a block"
        )
    for r in found.get("scaling", []):
        lines.append(
            f"{r['precision']}, {r['threads']} thread(s), {r['members']:>6} members: "
            f"{r['cpu_us']:.1f} us CPU, {r['wall_us']:.1f} us wall a member"
        )
    return "\n".join([*lines, "", json.dumps(found["notes"], indent=1)])


if __name__ == "__main__":
    main()
