"""Draw what an error costs: CPU time of a life against its error, for a sweep of tolerances and each engine.

Usage: ``python benchmarks/work_precision.py [--models epsom,hires,robertson] [--out FOLDER] [--redraw]``.

Members, times, errors and CPU time are those of ``engine.py``. Writes ``work_precision.json`` (all numbers),
``work_precision.md`` (a table) and ``work_precision.svg``. Down and to the left is better.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from cases import Case, case, error
from engine import machine
from solvers import SOLVERS, Solver

from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.report.charts import svg
from epsom.report.charts.scale import Scale

TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
ROUNDS = {"simd": 5, "simd single": 5, "libroadrunner": 3}
TITLES = {"epsom": "Epsom's own model", "hires": "HIRES", "robertson": "Robertson"}
LOOKS = {
    "simd": ("l l-with", "t-with"), "simd single": ("l l-with dash", "t-with"),
    "libroadrunner": ("l l-without", "t-without"), "reference (LSODA)": ("l l-difference", ""),
    "SciPy BDF": ("l l-difference dash", ""), "diffrax": ("l l-without dash", "t-without"),
}  # fmt: skip
PANEL, GAP, LEFT, HEIGHT = 196.0, 62.0, 44.0, 300.0
LEGEND = 24.0


def sweep(case: Case, cache: Cache, without: set[str]) -> list[dict[str, Any]]:
    """Run each solver at each tolerance that it takes."""
    yardstick = SimdEngine(threads=1, cache=cache)
    exact = yardstick.solve(case.system, case.members, case.times, rtol=1e-12, atol=1e-13)
    good = exact.status == 0
    rows = []
    for solver in SOLVERS.values():
        if solver.name in without or solver.missing:
            continue
        taken = (rtol for rtol in TOLERANCES if rtol >= solver.smallest_rtol)
        rows += [_point(solver, case, rtol, cache, exact.values, good) for rtol in taken]
    return rows


def _point(
    solver: Solver, case: Case, rtol: float, cache: Cache, exact: np.ndarray, good: np.ndarray
) -> dict[str, Any]:
    n = solver.members
    run = solver.make(case, rtol, cache)
    values, best = run(n), np.inf
    for _ in range(ROUNDS.get(solver.name, 1)):
        begun = time.process_time()
        run(n)
        best = min(best, (time.process_time() - begun) / n)
    deviation = error(values, exact[:n])[good[:n]]
    return {
        "model": case.name, "solver": solver.name, "rtol": rtol, "cpu_ms": 1e3 * best,
        "error_median": float(np.median(deviation)), "error_max": float(deviation.max()),
    }  # fmt: skip


def table(rows: list[dict[str, Any]]) -> str:
    """Write all points as a table in Markdown."""
    lines = [
        "| model | engine | relative tolerance | CPU ms a member | median error | largest error |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['model']} | {r['solver']} | {r['rtol']:.0e} | {r['cpu_ms']:.4g} "
        f"| {r['error_median']:.1e} | {r['error_max']:.1e} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def drawing(rows: list[dict[str, Any]]) -> svg.Drawing:
    """Draw one panel a model: errors to the right, times upwards, both by powers of ten."""
    kept = [r for r in rows if 0.0 < r["error_median"] < 1.0]
    errors = [math.log10(r["error_median"]) for r in kept]
    times = [math.log10(r["cpu_ms"]) for r in kept]
    across = (math.floor(min(errors)), math.ceil(max(errors)))
    up = (math.floor(min(times)), math.ceil(max(times)))
    models = list(dict.fromkeys(r["model"] for r in kept))
    pieces: list[str] = []
    for number, model in enumerate(models):
        left = LEFT + number * (PANEL + GAP)
        x = Scale(across[0], across[1], left, left + PANEL)
        y = Scale(up[0], up[1], HEIGHT, 30.0)
        pieces += [svg.words(left, 14.0, TITLES.get(model, model), "b")]
        pieces += _grid(x, y, across, up)
        pieces += _lines(x, y, [r for r in kept if r["model"] == model])
    pieces.append(svg.words(LEFT, HEIGHT + 38.0, "median error of a member", "s m"))
    pieces.append(svg.words(0.0, 14.0, "ms", "s m"))
    pieces += _legend(list(dict.fromkeys(r["solver"] for r in kept)), HEIGHT + 62.0)
    width = LEFT + len(models) * PANEL + (len(models) - 1) * GAP + 20.0
    return svg.Drawing(
        "work-precision", width, HEIGHT + 62.0 + LEGEND, "CPU time of a member against its error",
        "For each engine one line over tolerances; lower and further left is better. The same numbers are in "
        "work_precision.md.",
        tuple(pieces),
    )  # fmt: skip


def _power(exponent: int) -> str:
    """Write a power of ten as people read it."""
    if -2 <= exponent <= 3:
        return f"{10.0**exponent:g}"
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _grid(x: Scale, y: Scale, across: tuple[int, int], up: tuple[int, int]) -> list[str]:
    pieces = []
    for exponent in range(up[0], up[1] + 1):
        pieces.append(svg.line(x.start, y(exponent), x.end, y(exponent), "grid"))
        pieces.append(svg.words(x.start - 6.0, y(exponent) + 4.0, _power(exponent), "s m e"))
    for exponent in range(across[0], across[1] + 1, 2):
        pieces.append(svg.line(x(exponent), y.start, x(exponent), y.start + 4.0, "axis"))
        pieces.append(svg.words(x(exponent), y.start + 18.0, _power(exponent), "s m c"))
    pieces.append(svg.line(x.start, y.start, x.end, y.start, "axis"))
    return pieces


def _lines(x: Scale, y: Scale, rows: list[dict[str, Any]]) -> list[str]:
    pieces = []
    for name in dict.fromkeys(r["solver"] for r in rows):
        points = [r for r in rows if r["solver"] == name]
        places = np.array([[math.log10(r["error_median"]), math.log10(r["cpu_ms"])] for r in points])
        across, up = x(places[:, 0]), y(places[:, 1])
        pieces.append(svg.polyline(across, up, LOOKS[name][0]))
        pieces += [svg.circle(a, b, 2.2, "dot") for a, b in zip(across, up, strict=True)]
    return pieces


def _legend(names: list[str], top: float) -> list[str]:
    pieces, left = [], LEFT
    for name in names:
        pieces.append(svg.line(left, top - 4.0, left + 26.0, top - 4.0, LOOKS[name][0]))
        pieces.append(svg.words(left + 32.0, top, name, LOOKS[name][1]))
        left += 50.0 + 7.6 * len(name)
    return pieces


def main() -> None:
    """Run, write the three files and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default="epsom,hires,robertson")
    parser.add_argument("--without", default="diffrax", help="engines to leave out, with commas between them")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--redraw", action="store_true", help="draw again from the numbers that are there")
    args = parser.parse_args()
    target = args.out / "work_precision.json"
    if args.redraw:
        found = json.loads(target.read_text(encoding="utf-8"))
    else:
        without = {name.strip() for name in args.without.split(",")}
        with tempfile.TemporaryDirectory() as folder:
            cache = Cache(Path(folder))
            rows = [r for name in args.models.split(",") for r in sweep(case(name), cache, without)]
        found = {"machine": machine(), "rows": rows}
    args.out.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    target.with_suffix(".md").write_text(table(found["rows"]), encoding="utf-8")
    target.with_suffix(".svg").write_text(drawing(found["rows"]).standalone(), encoding="utf-8")
    print(table(found["rows"]))


if __name__ == "__main__":
    main()
