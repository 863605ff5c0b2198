"""Time models with events side by side: the fast engine, the reference engine and libroadrunner.

Usage: ``python benchmarks/events.py [--rounds N] [--models doses,clock,...] [--json]``.

Members, errors, yardstick and ratios as in ``benchmarks/engine.py``; members are left out of the errors in
which the yardstick itself did not come to the end.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from engine import Case, error, libroadrunner, ratios, reference, simd

from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.model.sbml import antimony_to_sbml, read_sbml

MODELS = Path(__file__).parent / "events"
# The last moment, and the number of moments asked for up to it.
TIMES = {"doses": (130.0, 10), "clock": (130.0, 10), "ball": (3.0, 10), "division": (200.0, 10)}
TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
PEER_TOLERANCE = 1e-6
MEMBERS = {"simd": 512, "libroadrunner": 16, "reference": 4}


def case(name: str) -> Case:
    """Read a model and draw its members."""
    sbml = antimony_to_sbml((MODELS / f"{name}.ant").read_text(encoding="utf-8"), source=name)
    end, count = TIMES[name]
    return Case.of(name, sbml, read_sbml(sbml, source=name), np.linspace(0.0, end, count + 1)[1:], {})


def measure(one: Case, rounds: int, cache: Cache) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Run all solvers on one model, in turns."""
    exact = SimdEngine(threads=1, cache=cache).solve(
        one.system, one.members, one.times, rtol=1e-11, atol=1e-11
    )
    good = exact.status == 0
    check = reference(one, 1e-10)(2)
    runs = {("simd", rtol): simd(one, rtol, cache) for rtol in TOLERANCES}
    runs["libroadrunner", PEER_TOLERANCE] = libroadrunner(one, PEER_TOLERANCE)
    runs["reference", PEER_TOLERANCE] = reference(one, PEER_TOLERANCE)
    values = {key: run(MEMBERS[key[0]]) for key, run in runs.items()}
    shortest = dict.fromkeys(runs, np.inf)
    for _ in range(rounds):
        for key, run in runs.items():
            begun = time.process_time()
            run(MEMBERS[key[0]])
            shortest[key] = min(shortest[key], (time.process_time() - begun) / MEMBERS[key[0]])
    rows = []
    for (solver, rtol), seconds in shortest.items():
        n = MEMBERS[solver]
        deviation = error(values[solver, rtol], exact.values[:n])[good[:n]]
        rows.append(
            {
                "model": one.name, "solver": solver, "rtol": rtol, "cpu_ms": 1e3 * seconds, "members": n,
                "members_a_second": 1.0 / seconds,
                "error_median": float(np.median(deviation)), "error_max": float(deviation.max()),
            }
        )  # fmt: skip
    apart = error(check, exact.values[:2])[good[:2]]
    return rows, {"members_ok": float(good.mean()), "yardstick_against_reference": float(apart.max())}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--models", default=",".join(TIMES))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    notes: dict[str, Any] = {}
    compared: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in args.models.split(","):
            found, notes[name] = measure(case(name), args.rounds, Cache(Path(folder)))
            rows += found
            for peer, ratio in ratios(found).items():
                compared.setdefault(peer, {})[name] = ratio
    machine = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    if args.json:
        print(json.dumps({"machine": machine, "rows": rows, "ratios": compared, "notes": notes}, indent=1))
        return
    print(f"{'model':<12}{'solver':<15}{'rtol':>8}{'members/s':>11}{'median error':>14}{'largest':>10}")
    for r in rows:
        print(
            f"{r['model']:<12}{r['solver']:<15}{r['rtol']:>8.0e}{r['members_a_second']:>11.0f}"
            f"{r['error_median']:>14.1e}{r['error_max']:>10.1e}"
        )
    for peer, by_model in compared.items():
        for model, ratio in by_model.items():
            mark = "" if ratio["inside"] else " (outside the measured line)"
            at_error = f"{ratio['equal_error']:.0f} x at equal error{mark}"
            print(f"{peer} on {model}: {at_error}, {ratio['equal_rtol']:.0f} x at equal rtol")
    print(json.dumps(notes, indent=1))


if __name__ == "__main__":
    main()
