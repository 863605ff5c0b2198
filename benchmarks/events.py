"""Time models with events side by side: the fast engine, the reference engine and libroadrunner.

Usage: ``python benchmarks/events.py [--rounds N] [--models doses,clock,...] [--out FILE.json] [--json]``.

Members, errors, yardstick and ratios as in ``benchmarks/engine.py``; the other solvers there know no events.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from cases import case
from engine import machine, measure, ratios
from record import keep

from epsom.engine.simd.cache import Cache

MODELS = "doses,clock,ball,division"
WITHOUT_EVENTS = {"SciPy BDF", "diffrax", "simd single"}


def words(found: dict[str, Any]) -> str:
    """Write rows and ratios as text."""
    lines = [f"{'model':<12}{'solver':<19}{'rtol':>8}{'members/s':>11}{'median error':>14}{'largest':>10}"]
    lines += [
        f"{r['model']:<12}{r['solver']:<19}{r['rtol']:>8.0e}{1e3 / r['cpu_ms']:>11.0f}"
        f"{r['error_median']:>14.1e}{r['error_max']:>10.1e}"
        for r in found["rows"]
    ]
    for model, by_peer in found["ratios"].items():
        for peer, ratio in by_peer.items():
            mark = "" if ratio["inside"] else " (outside the measured line)"
            lines.append(f"{peer} on {model}: {ratio['equal_error']:.0f} x at equal error{mark}")
    return "\n".join([*lines, json.dumps(found["notes"], indent=1)])


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--out", type=Path, help="JSON file to keep the results in")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "rows": [], "ratios": {}, "notes": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name in args.models.split(","):
            rows, found["notes"][name] = measure(case(name), args.rounds, Cache(Path(folder)), WITHOUT_EVENTS)
            found["rows"] += rows
            found["ratios"][name] = ratios(rows)
    if args.out:
        keep(args.out, found, "python benchmarks/events.py", ratios)
    print(json.dumps(found, indent=1) if args.json else words(found))


if __name__ == "__main__":
    main()
