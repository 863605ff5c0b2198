"""Families of dose-response: category covariances, pooled curves, single studies, moderators of curves."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from epsom.evidence.curves.covariances import covariance
from epsom.evidence.curves.fit import Plan, fit_curve
from epsom.evidence.curves.goodness import goodness_of_fit
from epsom.evidence.curves.greenland_longnecker import Counts, fitted_counts
from epsom.evidence.curves.hamling import pseudo_counts
from epsom.evidence.curves.means import mean_contrasts
from epsom.evidence.curves.read import read_categories
from epsom.evidence.curves.result import wald
from epsom.evidence.curves.shapes import make_shape
from epsom.evidence.curves.studies import Categories, Contrasts
from epsom.evidence.pooling.moderators import design_columns, sort_levels
from meta_cases.compare import Verdict
from meta_cases.joint import likelihood
from meta_cases.table import numbers, read

NAMES = {"gl": "gl", "h": "hamling", "indep": "independent"}
STARTS = 24


@cache
def _categories(path: Path) -> Categories:
    data = read(path)
    columns = {name: numbers(data[name]) for name in ("dose", "y", "se", "cases", "n")}
    return read_categories(
        data["id"], columns["dose"], columns["y"], columns["se"], cases=columns["cases"], n=columns["n"],
        kind=data["type"],
    )  # fmt: skip


@cache
def _contrasts(path: Path, how: str) -> Contrasts:
    if how in NAMES:
        return covariance(_categories(path), NAMES[how])
    data = read(path)
    return mean_contrasts(
        data["id"],
        numbers(data["dose"]),
        numbers(data["y"]),
        numbers(data["sd"]),
        numbers(data["n"]),
        effect=how,
    )


def _covariance(case: dict, root: Path, verdict: Verdict) -> None:
    path, how, out = root / case["data_file"], case["covariance"], case["outputs"]
    if how not in NAMES:
        found = _contrasts(path, how)
        for i, k in enumerate(found.sizes):
            verdict.check("y", found.y[i, :k], out["y"][i][1:])
            verdict.check("v", np.diag(found.s[i])[:k], out["v"][i][1:])
            verdict.check("cov", found.s[i, :k, :k], out["cov"][i])
        return
    data = _categories(path)
    counts = fitted_counts(data) if how == "gl" else pseudo_counts(data)
    filled = covariance(data, NAMES[how], "independent")
    verdict.same("ids", list(data.ids), [str(x) for x in out["ids"]])
    for i, k in enumerate(data.sizes):
        _counts(verdict, out, counts, i, int(k))
        if counts.ok[i]:
            verdict.check("cov", filled.s[i, :k, :k], out["cov"][i], scale=np.max(out["cov"][i]))


def _counts(verdict: Verdict, out: dict, counts: Counts, i: int, k: int) -> None:
    for name, first, rest in (("A", counts.cases_ref, counts.cases), ("N", counts.n_ref, counts.n)):
        expected = out.get(name)
        if expected is None:
            continue
        none = expected[i] is None or any(x is None for x in np.ravel(expected[i]))
        if none or not counts.ok[i]:
            verdict.same(f"{name} of study {i + 1} solved", bool(counts.ok[i]), not none)
        else:
            verdict.check(name, [first[i], *rest[i, :k]], expected[i])


def _curve(case: dict, root: Path, verdict: Verdict) -> None:
    data, out, boundary = _contrasts(root / case["data_file"], case["covariance"]), case["outputs"], False
    shape = make_shape(case["model"] if case["knots"] is None else "spline", case["knots"])
    stage, method = int(case["proc"][0]), case["method"]
    found = fit_curve(data, shape, Plan(stage, method, 0.95, STARTS))
    likelihood(verdict, found.log_likelihood, out, case["tolerance"])
    if verdict.notes:
        return
    verdict.same("boundary", found.boundary, out["boundary"])
    boundary = case["tolerance"].startswith("boundary")
    se = np.array(out["se"])
    near = 1e3 if boundary else 1.0
    verdict.check("coef", found.coefficients, out["coef"], factor=near,
                  scale=se if boundary else np.maximum(np.abs(out["coef"]), se))  # fmt: skip
    verdict.check("se", found.se, se, factor=near)
    _predict(verdict, found, out["predict"], case, near)
    if boundary:
        return
    verdict.check("vcov", found.vcov, out["vcov"], scale=np.outer(se, se))
    if out["Psi"] is not None and np.any(np.array(out["Psi"])):
        psi = np.array(out["Psi"])
        sd = np.sqrt(np.diag(psi))
        verdict.check("Psi", found.psi, psi, scale=np.outer(sd, sd))
    for name, test in (("wald_all", found.overall), ("wald_nonlinear", found.nonlinear)):
        if name in out:
            verdict.check(
                name, [test.chi2, test.df, test.p], [out[name][x] for x in ("chi2", "df", "p")], factor=10
            )  # a quadratic form doubles relative errors; p multiplies them again
    if "logLik_plus_half_logdet_XtX" in out:
        expected = out["logLik_plus_half_logdet_XtX"]
        verdict.check(
            "logLik_plus", found.log_likelihood_with_design, expected, scale=max(1.0, abs(expected))
        )
    _extras(verdict, found, out)


def _predict(verdict: Verdict, found: Any, out: dict, case: dict, near: float) -> None:
    curve = found.predict(out["dose"], out["xref"])
    se = np.array(out["se"])
    size = np.maximum(np.max(np.abs(out["log_effect"])), np.max(se))
    verdict.check("predict.log_effect", curve.effect, out["log_effect"], scale=size, factor=near)
    verdict.check("predict.se", curve.se, se, scale=np.max(se), factor=near)
    ratio = case["covariance"] in NAMES
    for name, values in (("effect", curve.effect), ("ci_lb", curve.ci_low), ("ci_ub", curve.ci_high)):
        shown = np.exp(values) if ratio else values
        # An exponential turns absolute errors of the logarithm into relative ones.
        yard = np.maximum(np.abs(out[name]), 1e-300) * max(1.0, 3 * size) if ratio else 3 * size
        verdict.check(f"predict.{name}", shown, out[name], scale=yard, factor=near)


def _extras(verdict: Verdict, found: Any, out: dict) -> None:
    if "Q" in out:
        h = found.heterogeneity
        verdict.check("Q", [h.q, h.df, h.p], [out["Q"], out["Q_df"], out["Q_p"]], factor=10)
        verdict.check("I2", h.i2, out["I2"], scale=100.0)
        sd = np.sqrt(np.array([np.diag(v) for v in out["study_vcov"]]))
        verdict.check(
            "study_coef",
            found.studies.coefficients,
            out["study_coef"],
            scale=np.maximum(sd, np.abs(out["study_coef"])),
        )
        verdict.check(
            "study_vcov", found.studies.vcov, out["study_vcov"], scale=sd[:, :, None] * sd[:, None, :]
        )
    if "blup_coef" in out:
        shrunken = found.studies.shrunken
        verdict.check("blup_coef", shrunken, out["blup_coef"], scale=np.max(np.abs(out["blup_coef"]), axis=0))
    if "gof" in out:
        fit, expected = goodness_of_fit(found), out["gof"]
        verdict.check(
            "gof", [fit.deviance, fit.df, fit.p], [expected[x] for x in ("D", "df", "p")], factor=10
        )
        verdict.check("gof.R2", [fit.r2, fit.r2_adjusted], [expected["R2"], expected["R2adj"]], scale=1.0)


def _single(case: dict, root: Path, verdict: Verdict) -> None:
    path, out = root / case["data_file"], case["outputs"]
    shape = make_shape(case["id"].split(".")[2])
    found = fit_curve(_contrasts(path, case["covariance"]), shape, Plan(1, "fixed", 0.95, 1))
    se = np.array(out["se"])
    verdict.check("coef", found.coefficients, out["coef"], scale=np.maximum(np.abs(out["coef"]), se))
    verdict.check("se", found.se, se)
    verdict.check("vcov", found.vcov, out["vcov"], scale=np.outer(se, se))
    counts = fitted_counts(_categories(path))
    k = int(_categories(path).sizes[0])
    verdict.check("A", [counts.cases_ref[0], *counts.cases[0, :k]], np.ravel(out["A"]))
    verdict.check("cov", found.contrasts.s[0, :k, :k], out["cov"])


def _moderated(case: dict, root: Path, verdict: Verdict) -> None:
    path, out = root / case["data_file"], case["outputs"]
    data, columns = (
        _contrasts(path, case["covariance"]) if "covariance" in case else _contrasts(path, "gl"),
        read(path),
    )
    of_study = dict(zip(columns["id"], columns[case["moderator"]], strict=True))
    values = [f"{of_study[study]}" for study in data.ids]
    rows, names = design_columns(data.m, {case["moderator"]: values})
    found = fit_curve(data, make_shape(case["model"]), Plan(2, case["method"], 0.95, STARTS), (rows, names))
    verdict.same("levels", sort_levels(values), out["levels"])
    likelihood(verdict, found.log_likelihood, out, case["tolerance"])
    if verdict.notes:
        return
    se = np.array(out["se"])
    near = 1e3 if case["tolerance"].startswith("boundary") else 1.0
    verdict.check(
        "coef", found.coefficients, out["coef"], scale=np.maximum(np.abs(out["coef"]), se), factor=near
    )
    verdict.check("se", found.se, se, factor=near)
    verdict.same("boundary", found.boundary, out["boundary"])
    q = len(found.shape.terms)
    chosen = [i for i in range(len(found.terms)) if i % (len(found.terms) // q)]
    test = wald(found.coefficients, found.vcov, chosen)
    expected = [out["wald_moderator"][x] for x in ("chi2", "df", "p")]
    verdict.check("wald_moderator", [test.chi2, test.df, test.p], expected, factor=10 * near)


HANDLERS: dict[str, Any] = {
    "dr_covariance": _covariance, "dose_response": _curve, "dose_response_single": _single,
    "dose_response_metareg": _moderated,
}  # fmt: skip
