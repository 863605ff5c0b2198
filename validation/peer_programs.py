"""Show where well-known programs are wrong or stop short, by recomputing both sides.

Usage: ``python validation/peer_programs.py FILE.json [--json]`` with a file of the form that
``meta_reference.py`` reads (it carries what the programs return by default).

* dosresmeta, one and two stages: Epsom's likelihood is evaluated at the program's own between-study
  matrix. That gives the program's own log-likelihood back, so both mean the same thing; the gap to Epsom's
  optimum is then the program's shortfall.
* dosresmeta, Hamling counts: do they give back the reported relative risks and variances? Epsom's do.
* statsmodels (when installed): DL and iterated tau2 beside the closed form and the root of Q(tau2) = k - 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from meta_cases.curves import _categories, _contrasts
from meta_cases.table import effects, read

from epsom.evidence import pool
from epsom.evidence.curves.fit import Plan, fit_curve, study_curves
from epsom.evidence.curves.hamling import pseudo_counts
from epsom.evidence.curves.shapes import make_shape
from epsom.evidence.multivariate.blocks import make_blocks, whiten
from epsom.evidence.multivariate.likelihood import evaluate


def _likelihood_at(case: dict, root: Path, psi: np.ndarray) -> float:
    """Evaluate Epsom's log-likelihood at a given between-study matrix."""
    data = _contrasts(root / case["data_file"], case["covariance"])
    shape = make_shape(case["model"] if case["knots"] is None else "spline", case["knots"])
    x = np.where(
        data.mask[:, :, None], shape.columns(data.dose) - shape.columns(data.dose_ref)[:, None, :], 0.0
    )
    white = whiten(data.y, data.s, x, data.sizes)
    if case["proc"] == "2stage":
        studies = study_curves(data, white, len(shape.terms))
        m, q = studies.coefficients.shape
        eye = np.broadcast_to(np.eye(q), (m, q, q))
        white = whiten(studies.coefficients, studies.vcov, eye, np.full(m, q))
    blocks = make_blocks(white)
    values, vectors = np.linalg.eigh(psi)
    factor = blocks.scale @ (vectors * np.sqrt(np.maximum(values, 0.0)))
    return evaluate(blocks, factor, restricted=case["method"] == "reml").value


def shortfalls(cases: list[dict], root: Path) -> dict[str, Any]:
    """Recompute what the dose-response program reaches, and what there is to reach."""
    rows = []
    for case in cases:
        package = case["outputs"].get("dosresmeta_default")
        if case["family"] != "dose_response" or not package or package.get("Psi") is None:
            continue
        if case["method"] not in ("ml", "reml"):
            continue
        theirs = _likelihood_at(case, root, np.array(package["Psi"], dtype=float))
        shape = make_shape(case["model"] if case["knots"] is None else "spline", case["knots"])
        data = _contrasts(root / case["data_file"], case["covariance"])
        ours = fit_curve(data, shape, Plan(int(case["proc"][0]), case["method"], 0.95, 12)).log_likelihood
        rows.append({"id": case["id"], "proc": case["proc"], "short": ours - theirs,
                     "says_converged": package.get("converged")})  # fmt: skip
    summary = {}
    for proc in ("1stage", "2stage"):
        of = [r for r in rows if r["proc"] == proc]
        summary[proc] = {
            "fits": len(of),
            "short_by_0.001": sum(r["short"] > 0.001 for r in of),
            "short_by_0.1": sum(r["short"] > 0.1 for r in of),
            "short_by_1": sum(r["short"] > 1 for r in of),
            "short_by_0.1_yet_converged_it_says": sum(r["short"] > 0.1 and r["says_converged"] for r in of),
            "epsom_lower_by_1e-6": sum(r["short"] < -1e-6 for r in of),
            "worst": max(of, key=lambda r: r["short"]) if of else None,
        }
    return summary


def hamling_counts(cases: list[dict], root: Path) -> dict[str, Any]:
    """Ask of the program's pseudo-counts what defines them: the relative risks and their variances."""
    found: dict[str, dict[str, list[float]]] = {}
    for case in cases:
        out = case["outputs"]
        if case["family"] != "dr_covariance" or "dosresmeta_default_A" not in out:
            continue
        data = _categories(root / case["data_file"])
        ours = pseudo_counts(data)
        for i, kind in enumerate(data.kind or ()):
            k = int(data.sizes[i])
            a, n = out["dosresmeta_default_A"][i], out["dosresmeta_default_N"][i]
            if ours.ok[i] and a is not None and all(x is not None for x in np.ravel(a)):
                own = [np.append(ref[i], rest[i, :k]) for ref, rest in
                       ((ours.cases_ref, ours.cases), (ours.n_ref, ours.n))]  # fmt: skip
                for who, counts in (("dosresmeta", (np.array(a, float), np.array(n, float))), ("epsom", own)):
                    gap = _variance_gap(kind, *counts, data.v[i, :k])
                    found.setdefault(kind, {}).setdefault(who, []).append(gap)
    return {
        kind: {who: {"studies": len(gaps), "median": float(np.median(gaps)), "largest": float(np.max(gaps))}
               for who, gaps in by.items()} for kind, by in found.items()
    }  # fmt: skip


def _variance_gap(kind: str, a: np.ndarray, n: np.ndarray, v: np.ndarray) -> float:
    """Return the largest relative error of the variances that the counts give back."""
    part = {"cc": 1 / a + 1 / (n - a), "ci": 1 / a - 1 / n, "ir": 1 / a}[kind]
    return float(np.max(np.abs(part[1:] + part[0] - v) / v))


def statsmodels_tau2(cases: list[dict], root: Path) -> dict[str, Any] | None:
    """Hold statsmodels' tau2 beside ours, on the pooled cases of the file."""
    try:
        from statsmodels.stats.meta_analysis import combine_effects
    except ImportError:
        return None
    rows = []
    for case in cases:
        if case["family"] != "pooled" or case["method"] not in ("DL", "PM"):
            continue
        y, v = effects(read(root / case["data_file"]), case["measure"])
        keep = np.isfinite(y) & np.isfinite(v)
        how = "chi2" if case["method"] == "DL" else "iterated"
        theirs = combine_effects(y[keep], v[keep], method_re=how, atol=1e-12)
        ours = pool(y[keep], variance=v[keep], method=case["method"], test="z")
        rows.append({"id": case["id"], "theirs": float(theirs.tau2), "ours": ours.tau2,
                     "se_ratio": float(theirs.sd_eff_w_re) / float(ours.se[0])})  # fmt: skip
    wrong = [r for r in rows if abs(r["theirs"] - r["ours"]) > 1e-6 * max(r["ours"], 1e-3)]
    return {"cases": len(rows), "negative": sum(r["theirs"] < 0 for r in rows), "differing": wrong}


def main() -> int:
    """Parse, compute, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    cases = json.loads(args.file.read_text(encoding="utf-8"))["cases"]
    root = args.file.parent
    found = {
        "hamling": hamling_counts(cases, root),
        "statsmodels": statsmodels_tau2(cases, root),
        "likelihood": shortfalls(cases, root),
    }
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
