"""Time the engines side by side, with errors: Epsom's fast and reference engine, libroadrunner, SciPy BDF.

Usage: ``python benchmarks/engine.py [--rounds N] [--models epsom,tyson1991,...] [--json]``.

Every solver gets the same members (parameters drawn with a spread, seed fixed) and the same times. Rounds
are interleaved and the shortest CPU time of a thread counts, since the machine may be shared. The error of
a member is the largest deviation over states and times from the fast engine at a relative tolerance of
1e-11, as a share of |y| plus a thousandth of the state's largest value; how far that yardstick is from
the reference engine at 1e-10 is printed too. ``ratios`` says how many times less CPU time the fast engine
takes at the error that the other solver has: its own work-precision line is read off at that error.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from epsom.engine.compile import Leaves
from epsom.engine.members import Members, Schedule
from epsom.engine.prepared import Prepared
from epsom.engine.reference import ReferenceEngine
from epsom.engine.simd.cache import Cache
from epsom.engine.simd.engine import SimdEngine
from epsom.engine.start import initial_values, state_scales
from epsom.engine.system import System
from epsom.model.sbml import antimony_to_sbml, read_sbml

PUBLISHED = Path(__file__).parent / "published"
SIMD_TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
PEER_TOLERANCE = 1e-6
MEMBERS = {"simd": 512, "libroadrunner": 16, "reference": 4, "scipy_bdf": 2}


@dataclass(frozen=True)
class Case:
    """Hold a model with the members and times to simulate; ``dose`` switches an input at the start."""

    name: str
    sbml: str
    system: System
    members: Members
    times: np.ndarray

    @classmethod
    def of(cls, name: str, sbml: str, system: System, times: np.ndarray, dose: dict[str, float]) -> Case:
        """Draw parameters with a coefficient of variation of 10 %, and 5 % in the published models."""
        n = MEMBERS["simd"]
        spread = 0.1 if dose else 0.05
        rng = np.random.default_rng(20_261_121)
        draws = np.exp(spread * rng.standard_normal((n, len(system.parameters))))
        members = Members(np.asarray(system.defaults) * draws)
        if dose:
            values = np.tile(np.array(list(dose.values())), (n, 1, 1))
            members = Members(members.parameters, schedule=Schedule(tuple(dose), np.zeros((n, 1)), values))
        return cls(name, sbml, system, members, times)


def cases(names: list[str]) -> list[Case]:
    """Build the models asked for."""
    ends = {"tyson1991": 200.0, "goldbeter1991": 200.0, "kholodenko2000": 4000.0}
    found = []
    for name in names:
        if name == "epsom":
            from epsom.model.assemble import sbml_text
            from epsom.model.system import epsom_system

            years = np.arange(1, 11) * 365.25
            found.append(Case.of(name, sbml_text(), epsom_system(), years, {"supplement": 368.0}))
        else:
            sbml = antimony_to_sbml((PUBLISHED / f"{name}.ant").read_text(encoding="utf-8"), source=name)
            times = np.linspace(0.0, ends[name], 11)[1:]
            found.append(Case.of(name, sbml, read_sbml(sbml, source=name), times, {}))
    return found


def error(values: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Return the largest deviation of each member."""
    size = np.abs(exact) + 1e-3 * np.abs(exact).max(axis=(0, 1))
    return (np.abs(values - exact) / np.where(size > 0.0, size, 1.0)).max(axis=(1, 2))


# the solvers: each returns a function of the members' numbers that gives the values


def simd(case: Case, rtol: float, cache: Cache) -> Callable[[int], np.ndarray]:
    engine = SimdEngine(threads=1, cache=cache)

    def run(n: int) -> np.ndarray:
        return engine.solve(
            case.system, case.members.take(slice(0, n)), case.times, rtol=rtol, atol=min(rtol, 1e-6)
        ).values

    return run


def reference(case: Case, rtol: float) -> Callable[[int], np.ndarray]:
    engine = ReferenceEngine()

    def run(n: int) -> np.ndarray:
        return engine.solve(
            case.system, case.members.take(slice(0, n)), case.times, rtol=rtol, atol=rtol
        ).values

    return run


def libroadrunner(case: Case, rtol: float) -> Callable[[int], np.ndarray]:
    """Set all values that belong to a member, then simulate; start values come from Epsom."""
    import roadrunner

    runner = roadrunner.RoadRunner(case.sbml)
    runner.integrator.relative_tolerance = rtol
    runner.integrator.absolute_tolerance = 1e-9
    runner.selections = list(case.system.states)
    system, begin = case.system, initial_values(case.system, case.members)
    table = {name: case.members.parameters[:, k] for k, name in enumerate(system.parameters)}
    table |= {name: begin.derived[:, k] for k, name in enumerate(system.derived)}
    table |= {name: begin.states[:, k] for k, name in enumerate(system.states)}
    if case.members.schedule is not None:
        names = case.members.schedule.inputs
        table |= {name: case.members.schedule.values[:, 0, k] for k, name in enumerate(names)}
    ids = [i for i in runner.model.getGlobalParameterIds() if i in table]
    index = [runner.model.getGlobalParameterIds().index(i) for i in ids]
    values = np.stack([table[i] for i in ids], axis=1)
    moments = [0.0, *case.times.tolist()]

    def run(n: int) -> np.ndarray:
        found = np.empty((n, case.times.size, len(system.states)))
        for k in range(n):
            runner.reset()
            runner.model.setGlobalParameterValues(index, values[k])
            found[k] = np.asarray(runner.simulate(times=moments))[1:]
        return found

    return run


def scipy_bdf(case: Case, rtol: float) -> Callable[[int], np.ndarray]:
    from scipy.integrate import solve_ivp

    prepared = Prepared(case.system)
    begin = initial_values(case.system, case.members)
    scales = state_scales(case.system, begin.states)
    parameters = case.members.parameters.copy()
    schedule = case.members.schedule
    if schedule is not None:
        columns = [case.system.parameter_index(name) for name in schedule.inputs]
        parameters[:, columns] = schedule.values[:, 0]

    def run(n: int) -> np.ndarray:
        found = np.empty((n, case.times.size, len(case.system.states)))
        for k in range(n):
            leaves = Leaves(parameters[k], begin.derived[k])
            rates = prepared.rates.bind(leaves)
            jacobian = prepared.bound_jacobian(leaves, rates)
            found[k] = solve_ivp(
                rates, (0.0, case.times[-1]), begin.states[k], method="BDF",
                t_eval=case.times, rtol=rtol, atol=1e-6 * scales[k], jac=jacobian,
            ).y.T  # fmt: skip
        return found

    return run


def measure(case: Case, rounds: int, cache: Cache) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Run all solvers on one model, in turns."""
    exact = SimdEngine(threads=1, cache=cache).solve(
        case.system, case.members, case.times, rtol=1e-11, atol=1e-11
    )
    good = exact.status == 0
    check = reference(case, 1e-10)(2)
    runs = {("simd", rtol): simd(case, rtol, cache) for rtol in SIMD_TOLERANCES}
    runs |= {("libroadrunner", rtol): libroadrunner(case, rtol) for rtol in (PEER_TOLERANCE, 1e-8)}
    runs["reference", PEER_TOLERANCE] = reference(case, PEER_TOLERANCE)
    runs["scipy_bdf", PEER_TOLERANCE] = scipy_bdf(case, PEER_TOLERANCE)
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
                "model": case.name, "solver": solver, "rtol": rtol, "cpu_ms": 1e3 * seconds, "members": n,
                "error_median": float(np.median(deviation)), "error_max": float(deviation.max()),
            }
        )  # fmt: skip
    yardstick = {
        "members_ok": float(good.mean()),
        "yardstick_against_reference": float(error(check, exact.values[:2]).max()),
    }
    return rows, yardstick


def ratios(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Compare at equal median error, for every other solver of one model."""
    ours = sorted((r["error_median"], r["cpu_ms"]) for r in rows if r["solver"] == "simd")
    logs = np.log(np.array(ours))
    found = {}
    for row in rows:
        if row["solver"] == "simd":
            continue
        wanted = np.log(row["error_median"])
        inside = bool(logs[0, 0] <= wanted <= logs[-1, 0])
        cost = float(np.exp(np.interp(wanted, logs[:, 0], logs[:, 1])))
        same = next(r for r in rows if r["solver"] == "simd" and r["rtol"] == row["rtol"])
        found[f"{row['solver']} {row['rtol']:g}"] = {
            "equal_error": row["cpu_ms"] / cost,
            "equal_rtol": row["cpu_ms"] / same["cpu_ms"],
            "inside": inside,
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


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", default="epsom,tyson1991,goldbeter1991,kholodenko2000")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    notes: dict[str, Any] = {}
    compared: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(args.models.split(",")):
            found, notes[case.name] = measure(case, args.rounds, Cache(Path(folder)))
            notes[case.name] |= cold_and_warm(case)
            rows += found
            for peer, ratio in ratios(found).items():
                compared.setdefault(peer, {})[case.name] = ratio
    machine = {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    if args.json:
        print(json.dumps({"machine": machine, "rows": rows, "ratios": compared, "notes": notes}, indent=1))
        return
    print(f"{'model':<16}{'solver':<15}{'rtol':>8}{'CPU ms':>10}{'median error':>14}{'largest':>10}")
    for r in rows:
        print(
            f"{r['model']:<16}{r['solver']:<15}{r['rtol']:>8.0e}{r['cpu_ms']:>10.4f}"
            f"{r['error_median']:>14.1e}{r['error_max']:>10.1e}"
        )
    for peer, by_model in compared.items():
        for model, ratio in by_model.items():
            mark = "" if ratio["inside"] else " (outside the measured line)"
            at_error = f"{ratio['equal_error']:.1f} x at equal error{mark}"
            print(f"{peer} on {model}: {at_error}, {ratio['equal_rtol']:.1f} x at equal rtol")
    print(json.dumps(notes, indent=1))


if __name__ == "__main__":
    main()
