"""Time the evidence engine beside other programs, in one interleaved run, with the error of each.

Usage: ``python benchmarks/evidence.py [--repeats N] [--json]``.

CPU seconds (process time) of the median repeat; repeats of all programs are interleaved so that a busy
machine slows them alike. The error column is the deviation from Epsom's converged result, in units of the
standard error. Peers that are not installed are named as absent.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from epsom.evidence import dose_response, pool

Job = Callable[[], tuple[float, float]]  # returns estimate and standard error


def effects(k: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(k)
    v = rng.uniform(0.01, 0.2, k)
    return 0.3 + np.sqrt(v + 0.05) * rng.standard_normal(k), v


def curves(m: int, levels: int = 4) -> dict[str, Any]:
    """Simulate rate data with a quadratic truth."""
    rng = np.random.default_rng(m)
    dose = np.concatenate((np.zeros((m, 1)), np.cumsum(rng.uniform(5, 15, (m, levels)), axis=1)), axis=1)
    slope = -0.02 + 0.008 * rng.standard_normal((m, 1))
    bend = 0.0003 + 0.0001 * rng.standard_normal((m, 1))
    n = rng.uniform(5000, 50_000, dose.shape)
    cases = np.maximum(rng.poisson(n * 0.01 * np.exp(slope * dose + bend * dose**2)), 3).astype(float)
    y = np.log(cases / n) - np.log(cases[:, :1] / n[:, :1])
    se = np.sqrt(1 / cases + 1 / cases[:, :1])
    y[:, 0] = se[:, 0] = 0.0
    study = np.repeat([f"s{i}" for i in range(m)], levels + 1)
    return {
        "study": list(study), "dose": dose.ravel(), "estimate": y.ravel(), "se": se.ravel(),
        "cases": cases.ravel(), "n": n.ravel(), "kind": "ir",
    }  # fmt: skip


def _epsom(y: np.ndarray, v: np.ndarray, method: str) -> Job:
    def job() -> tuple[float, float]:
        result = pool(y, variance=v, method=method, test="z")
        return result.estimate, float(result.se[0])

    return job


def _statsmodels(y: np.ndarray, v: np.ndarray, method: str) -> Job | None:
    if method not in ("DL", "PM"):
        return None
    module = importlib.import_module("statsmodels.stats.meta_analysis")

    def job() -> tuple[float, float]:
        found = module.combine_effects(y, v, method_re="chi2" if method == "DL" else "iterated")
        return float(found.mean_effect_re), float(found.sd_eff_w_re)

    return job


def _pymare(y: np.ndarray, v: np.ndarray, method: str) -> Job | None:
    if method not in ("DL", "REML"):
        return None
    core = importlib.import_module("pymare")
    estimators = importlib.import_module("pymare.estimators")

    def job() -> tuple[float, float]:
        data = core.Dataset(y[:, None], v[:, None])
        made = (
            estimators.DerSimonianLaird(small_sample_correction="wald")
            if method == "DL"
            else estimators.VarianceBasedLikelihoodEstimator(method="REML", small_sample_correction="wald")
        )
        summary = made.fit_dataset(data).summary()
        table = summary.get_fe_stats()
        return float(np.ravel(table["est"])[0]), float(np.ravel(table["se"])[0])

    return job


def _meta_analyze(y: np.ndarray, v: np.ndarray, method: str) -> Job | None:
    if method not in ("DL", "PM", "REML"):
        return None
    module = importlib.import_module("meta_analyze")

    def job() -> tuple[float, float]:
        found = module.meta_analysis(effect=y, variance=v, tau2_method=method)
        return float(found.estimate), float(found.standard_error)

    return job


PEERS = {"statsmodels": _statsmodels, "pymare": _pymare, "meta_analyze": _meta_analyze}


def _available() -> tuple[dict[str, Any], list[str]]:
    found, absent = {}, []
    for name, build in PEERS.items():
        try:
            importlib.import_module(name)
            found[name] = build
        except ImportError:
            absent.append(name)
    return found, absent


def _race(jobs: dict[str, Job], repeats: int) -> dict[str, tuple[float, float, float]]:
    """Run all jobs in turn; return median CPU seconds and the last answer of each."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    answers = {name: job() for name, job in jobs.items()}  # the first call loads code
    for _ in range(repeats):
        for name, job in jobs.items():
            before = time.process_time()
            answers[name] = job()
            times[name].append(time.process_time() - before)
    return {name: (median(times[name]), *answers[name]) for name in jobs}


def run(repeats: int) -> dict[str, Any]:
    """Time everything and return the shape that every benchmark prints."""
    peers, absent = _available()
    rows: list[dict[str, Any]] = []
    ratios: dict[str, dict[str, float]] = {}
    for k in (10, 1000, 10_000):
        y, v = effects(k)
        for method in ("DL", "PM", "REML"):
            jobs: dict[str, Job] = {"epsom": _epsom(y, v, method)}
            for name, build in peers.items():
                job = build(y, v, method)
                if job is not None:
                    jobs[name] = job
            found = _race(jobs, repeats)
            _, estimate, se = found["epsom"]
            for name, (seconds, b, s) in found.items():
                error = max(abs(b - estimate), abs(s - se)) / se
                task = f"pool {method} k={k}"
                rows.append({"task": task, "program": name, "cpu_seconds": seconds, "error_in_se": error})
                if name != "epsom":
                    ratio = seconds / max(found["epsom"][0], 1e-9)
                    ratios.setdefault(name, {})[task] = ratio
                    if error < 1e-5:
                        least = ratios[name].get("equal_error", np.inf)
                        ratios[name]["equal_error"] = min(least, ratio)
    for m in (10, 1000):
        data = curves(m)
        for stage, method in ((2, "fixed"), (2, "reml"), (1, "fixed"), (1, "reml")):

            def job(stage: int = stage, method: str = method, data: dict = data) -> tuple[float, float]:
                result = dose_response(**data, shape="quadratic", stage=stage, method=method)
                return float(result.coefficients[0]), float(result.se[0])

            seconds = _race({"epsom": job}, max(1, repeats // 3))["epsom"][0]
            task = f"quadratic dose-response, stage {stage} {method}, m={m}"
            rows.append({"task": task, "program": "epsom", "cpu_seconds": seconds, "error_in_se": 0.0})
    machine = {
        "cpu_count": os.cpu_count(), "python": platform.python_version(), "numpy": np.__version__,
        "machine": platform.machine(), "absent": absent,
    }  # fmt: skip
    return {"machine": machine, "rows": rows, "ratios": ratios}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = run(args.repeats)
    if args.json:
        print(json.dumps(found, indent=1))
        return 0
    for row in found["rows"]:
        print(f"{row['task']:<48}{row['program']:<14}{1000 * row['cpu_seconds']:>10.2f} ms"
              f"   error {row['error_in_se']:.1e} SE")  # fmt: skip
    for name, ratio in found["ratios"].items():
        print(f"{name}: at equal error at least {ratio.get('equal_error', float('nan')):.2f} x Epsom's time")
    if found["machine"]["absent"]:
        print("not installed here:", ", ".join(found["machine"]["absent"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
