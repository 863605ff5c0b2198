"""Families that use counts or several effects per study: tables, binomial models, levels, outcomes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from epsom.evidence.multivariate.entry import multivariate
from epsom.evidence.pooling.binomial import binomial_normal
from epsom.evidence.pooling.fixed_tables import mantel_haenszel, peto
from epsom.evidence.pooling.multilevel import MultilevelResult, multilevel
from meta_cases.compare import Verdict
from meta_cases.table import numbers, read, two_by_two


def tables(case: dict, root: Path, verdict: Verdict) -> None:
    """Check Mantel-Haenszel and Peto pooling."""
    table, out = two_by_two(read(root / case["data_file"])), case["outputs"]
    found = peto(table) if case["measure"] == "PETO" else mantel_haenszel(table, case["measure"])
    names = {"b": "estimate", "Q": "q", "Q_p": "q_p", "I2": "i2", "CMH": "cmh", "CMH_p": "cmh_p"}
    for name, expected in out.items():
        verdict.check(name, getattr(found, names.get(name, name)), expected)


def glmm(case: dict, root: Path, verdict: Verdict) -> None:
    """Check binomial-normal models."""
    model = "unconditional" if "model UM.FS" in case["call"] else "conditional"
    table, out = two_by_two(read(root / case["data_file"])), case["outputs"]
    found = binomial_normal(table, model=model, random=case["id"].endswith("ML"))
    for name, value in (("b", found.estimate), ("se", found.se), ("tau2", found.tau2),
                        ("QE_Wald", found.q_wald), ("QE_LRT", found.q_lrt)):  # fmt: skip
        verdict.check(name, value, out[name])


def _levels(case: dict, root: Path) -> MultilevelResult:
    data = read(root / case["data_file"])
    y = numbers(data["yi" if "yi" in data else "effect"])
    v = numbers(data["vi" if "vi" in data else "var"])
    found = re.search(r"(?:intercepts? for|by) (\w+)", case["call"])
    return multilevel(y, data[found.group(1)], variance=v, method=case["method"].upper())


def levels(case: dict, root: Path, verdict: Verdict) -> None:
    """Check three-level models."""
    found, out = _levels(case, root), case["outputs"]
    for name, value in (
        ("b", found.coefficients[0]), ("coef", found.coefficients), ("QE", found.q),
        ("logLik", found.log_likelihood), ("sigma2", [found.sigma2_between, found.sigma2_within]),
    ):  # fmt: skip
        if name in out:
            verdict.check(name, value, out[name])
    verdict.check("se", found.se if isinstance(out["se"], list) else found.se[0], out["se"])


def robust(case: dict, root: Path, verdict: Verdict) -> None:
    """Check cluster-robust errors."""
    found, out = _levels(case, root), case["outputs"]
    b, se = found.coefficients[0], found.robust_se[0]
    for name, value in (
        ("b", b),
        ("se", se),
        ("t", b / se),
        ("df", found.robust_df),
        ("p", found.robust_p[0]),
    ):
        verdict.check(name, value, out[name])


def _outcomes(data: dict[str, list[str]]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Find outcomes and their covariance columns by the three ways of naming them."""
    names = [m.group(1) for c in data if (m := re.fullmatch(r"var_(.+)", c))]
    pattern, diagonal, columns = "cov_{}_{}", "var_{}", names
    if not names:
        names = [m.group(1) for c in data if (m := re.fullmatch(r"V_(\w+)_\1", c))]
        pattern, diagonal, columns = "V_{}_{}", "V_{0}_{0}", [f"b{n}" for n in names]
    if not names:
        names = [m.group(1) for c in data if (m := re.fullmatch(r"S(\w)\1", c))]
        pattern, diagonal, columns = "S{}{}", "S{0}{0}", [f"y{n}" for n in names]
    y = np.column_stack([numbers(data[c]) for c in columns])
    s = np.zeros((len(y), len(names), len(names)))
    for i, a in enumerate(names):
        s[:, i, i] = numbers(data[diagonal.format(a)])
        for j in range(i + 1, len(names)):
            both = pattern.format(a, names[j])
            s[:, i, j] = s[:, j, i] = numbers(data[both if both in data else pattern.format(names[j], a)])
    return columns, y, s


def outcomes(case: dict, root: Path, verdict: Verdict) -> None:
    """Check multivariate models."""
    data, out, method = read(root / case["data_file"]), case["outputs"], case["method"]
    names, y, s = _outcomes(data)
    shift = re.search(r"moderator (\w+?)-(\d+)", case["call"])
    chosen = {shift.group(1): numbers(data[shift.group(1)]) - float(shift.group(2))} if shift else None
    structure = re.search(r"structure (\w+)", case["call"])
    found = multivariate(
        y, s, outcomes=names, moderators=chosen, method=method,
        structure=structure.group(1) if structure else "unstructured", starts=16,
    )  # fmt: skip
    fit = found.effects
    order = np.arange(len(fit.coefficients))
    if method in ("fixed", "mm", "vc"):
        # These come from the package as it stores them: all intercepts, then all slopes.
        order = order.reshape(len(names), -1).T.ravel()
    value = fit.log_likelihood_with_design if method == "reml" else fit.log_likelihood
    likelihood(verdict, value, out, case["tolerance"])
    if verdict.notes:
        return
    se = np.array(out["se"])
    if case["tolerance"].startswith("boundary"):
        verdict.check("coef", fit.coefficients[order], out["coef"], scale=se, factor=1e3)
        verdict.check("se", found.se[order], se, factor=1e3)
        return
    verdict.check("coef", fit.coefficients[order], out["coef"], scale=np.maximum(np.abs(out["coef"]), se))
    verdict.check("se", found.se[order], se)
    if out.get("Psi") is not None:
        verdict.check("Psi", fit.psi, out["Psi"], scale=np.max(np.abs(out["Psi"])))
    if "vcov" in out:
        verdict.check("vcov", fit.vcov[np.ix_(order, order)], out["vcov"], scale=np.max(se) ** 2)
    if "Q" in out:
        for name, values in (("Q", found.q), ("Q_p", found.q_p), ("I2", found.i2)):
            known = [i for i, x in enumerate(out[name]) if x is not None]
            verdict.check(name, values[known], [out[name][i] for i in known])
        verdict.check("Q_df", found.q_df, out["Q_df"])
    if "blup" in out:
        verdict.check("blup", fit.shrunken, out["blup"], scale=np.max(np.abs(out["blup"])))


def likelihood(verdict: Verdict, value: float | None, out: dict, tolerance: str) -> None:
    """Compare the log-likelihood first: a better one is a pass, and makes the other numbers ours."""
    expected = out["logLik"]
    if expected is None:
        return
    allowed = 1e-6 if tolerance.startswith("boundary") else verdict.tolerance * max(1.0, abs(expected))
    if value - expected > max(allowed, 1e-6):
        verdict.notes.append(f"log-likelihood {value - expected:.3g} above the reference {expected:.9g}")
        return
    verdict.check("logLik", value, expected, scale=allowed / verdict.tolerance)


HANDLERS: dict[str, Any] = {
    "mantel_haenszel": tables, "peto": tables, "glmm": glmm, "multilevel": levels, "robust": robust,
    "multivariate": outcomes,
}  # fmt: skip
