"""Families with one effect per study: pooling, heterogeneity, bias, sensitivity, regression, subgroups."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chi2

from epsom.evidence import PooledResult, pool
from epsom.evidence.bias.asymmetry import begg, egger
from epsom.evidence.bias.fail_safe import rosenberg, rosenthal
from epsom.evidence.bias.selection import selection_model
from epsom.evidence.bias.trim_and_fill import trim_and_fill
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.likelihood import log_likelihood
from epsom.evidence.pooling.sensitivity import cumulative, influence, leave_one_out
from epsom.evidence.pooling.subgroups import subgroups
from epsom.evidence.pooling.tau2 import generalised_q
from meta_cases.compare import NEAR_ZERO, Verdict
from meta_cases.table import effects, known, moderators, numbers, read

# What Q(tau2) must equal, by estimator.
TARGETS = {"PM": "mean", "EB": "mean", "DLIT": "mean", "SJIT": "mean", "PMM": "median"}


def _studies(case: dict, root: Path) -> tuple[dict, np.ndarray, np.ndarray, np.ndarray]:
    data = read(root / case["data_file"])
    y, v = effects(data, case["measure"])
    keep = np.isfinite(y) & np.isfinite(v)
    return data, y[keep], v[keep], keep


def effect_size(case: dict, root: Path, verdict: Verdict) -> None:
    """Check effects and variances."""
    y, v = effects(read(root / case["data_file"]), case["measure"], case["call"])
    # log(x / x) and similar differences are zero only to rounding.
    verdict.check("yi", y, case["outputs"]["yi"])
    verdict.check("vi", v, case["outputs"]["vi"])


def better(result: PooledResult, expected: float | None) -> str | None:
    """Tell whether our tau2 is a better solution of the defining equation than the reference value."""
    if expected is None or expected == result.tau2:
        return None
    design = ls.make_design(result.x, result.terms)
    df = design.k - design.p
    if result.method in ("ML", "REML"):
        ours, theirs = (
            log_likelihood(design, result.y, result.v, t, restricted=result.method == "REML")
            for t in (result.tau2, expected)
        )
        return f"log-likelihood {ours - theirs:.2g} above the reference" if ours > theirs else None
    if result.method not in TARGETS:
        return None
    target = df if TARGETS[result.method] == "mean" else float(chi2.median(df))
    ours, theirs = (
        abs(generalised_q(design, result.y, result.v, t) - target) for t in (result.tau2, expected)
    )
    return f"|Q(tau2) - target| {ours:.1e}, reference {theirs:.1e}" if ours < theirs else None


def at_reference(result: PooledResult, tau2: float) -> list[float]:
    """Return estimate and standard error (z) that follow from the tau2 of the reference."""
    design = ls.make_design(result.x, result.terms)
    fit = ls.weighted_fit(design, result.y, 1 / (result.v + tau2))
    vcov = design.back @ fit.cross @ design.back.T
    return [*(design.back @ fit.coefficients), *np.sqrt(np.diag(vcov))]


def _fit(result: PooledResult, out: dict, verdict: Verdict, method: str) -> None:
    h, information = result.heterogeneity, result.information
    trial = Verdict(verdict.tolerance)
    for name, found in (
        ("b", result.coefficients), ("se", result.se), ("stat", result.statistic), ("pval", result.p_value),
        ("ci_lb", result.ci_low), ("ci_ub", result.ci_high), ("vcov", result.vcov), ("tau2", result.tau2),
        ("QE", h.q), ("QE_df", h.q_df), ("QEp", h.q_p), ("k", result.k),
    ):  # fmt: skip
        trial.check(name, found, out[name])
    if method != "EE":
        trial.check("se_tau2", result.tau2_se, out["se_tau2"])
    # What an error of 1e-10 in tau2 makes of its shares, I2 in percent.
    slack = NEAR_ZERO / h.typical_variance if out["tau2"] < 1e-6 else NEAR_ZERO
    trial.check("I2", h.i2, out["I2"], floor=100 * slack)
    trial.check("H2", h.h2, out["H2"], floor=slack)
    if "df" in out:
        trial.check("df", result.residual_df, out["df"])
    for name, attribute in (("logLik", "log_likelihood"), ("AIC", "aic"), ("BIC", "bic"), ("AICc", "aicc")):
        if name in out:
            trial.check(name, getattr(information, attribute), out[name])
    keep(verdict, trial, result, out["tau2"], [*out["b"], *out["se"]] if result.test == "z" else None)


def keep(
    verdict: Verdict, trial: Verdict, result: PooledResult, tau2: float | None, expected: list | None
) -> None:
    """Take over a trial, unless the reference is shown to be the worse solution of the same problem.

    That needs both: our tau2 solves the defining equation better, and the reference's other numbers follow
    from its own tau2, so that nothing else differs.
    """
    note = better(result, tau2) if trial.faults and np.isfinite(trial.worst) else None
    if note and expected is not None:
        check = Verdict(1e-7)
        check.check("numbers at the tau2 of the reference", at_reference(result, tau2), expected)
        verdict.faults += check.faults
    if note:
        verdict.notes.append(f"{note}; largest deviation {trial.worst:.2g} x allowed in {trial.where}")
        return
    verdict.faults += trial.faults
    if trial.worst > verdict.worst:
        verdict.worst, verdict.where = trial.worst, trial.where


def pooled(case: dict, root: Path, verdict: Verdict) -> None:
    """Check a pooled effect with its intervals."""
    _, y, v, _ = _studies(case, root)
    out = case["outputs"]
    result = pool(y, variance=v, method=case["method"], test=case["test"], prediction="fit")
    _fit(result, out, verdict, case["method"])
    if "pi_lb_default" in out:
        riley = pool(y, variance=v, method=case["method"], test=case["test"]).prediction
        trial = Verdict(verdict.tolerance)
        for interval, name in ((result.prediction, "default"), (riley, "riley_t_k_minus_2")):
            trial.check(f"pi_lb_{name}", interval and interval.low, out[f"pi_lb_{name}"])
            trial.check(f"pi_ub_{name}", interval and interval.high, out[f"pi_ub_{name}"])
        keep(verdict, trial, result, out["tau2"], None)


def heterogeneity_ci(case: dict, root: Path, verdict: Verdict) -> None:
    """Check Q-profile intervals."""
    _, y, v, _ = _studies(case, root)
    result = pool(y, variance=v, method=case["method"])
    profile, h = result.profile, result.heterogeneity
    for name, estimate, limits in (
        ("tau2", result.tau2, profile.tau2), ("tau", float(np.sqrt(result.tau2)), profile.tau),
        ("I2", h.i2, profile.i2), ("H2", h.h2, profile.h2),
    ):  # fmt: skip
        expected = case["outputs"][name]
        verdict.check(name, [estimate, *(limits or (np.nan, np.nan))], expected)


def meta_regression(case: dict, root: Path, verdict: Verdict) -> None:
    """Check a regression on moderators."""
    if "measure" not in case:
        _univariate(case, root, verdict)
        return
    data, y, v, keep = _studies(case, root)
    formula = re.search(r"yi ~\s*(.+?), (?:EE|DL|REML|ML|PM)", case["call"]).group(1)
    complete = known(data, formula)
    y, v, keep = y[complete[keep]], v[complete[keep]], keep & complete
    result = pool(
        y, variance=v, moderators=moderators(data, formula, keep), method=case["method"], test=case["test"]
    )
    out = case["outputs"]
    _fit(result, out, verdict, case["method"])
    test = result.moderators
    verdict.check("QM", test.statistic, out["QM"])
    verdict.check("QM_df", [test.df1, np.nan if test.df2 is None else test.df2], out["QM_df"])
    verdict.check("QMp", test.p, out["QMp"])
    if out["R2"] is not None:
        verdict.check("R2", result.r2, out["R2"], scale=100.0)


def _univariate(case: dict, root: Path, verdict: Verdict) -> None:
    data = read(root / case["data_file"])
    response, formula = re.search(r"meta-regression (\w+) ~ (.+?), \w+ \(", case["call"]).groups()
    y, v = numbers(data[response]), numbers(data["var"])
    method = {"fixed": "EE", "mm": "DL"}.get(case["method"], case["method"].upper())
    chosen = moderators(data, formula, np.ones(len(y), dtype=bool))
    result = pool(y, variance=v, moderators=chosen, method=method, test="z")
    out = case["outputs"]
    for name, found in (
        ("coef", result.coefficients), ("se", result.se), ("tau2", result.tau2),
        ("Q", result.heterogeneity.q),
    ):  # fmt: skip
        verdict.check(name, found, out[name])


def subgroup(case: dict, root: Path, verdict: Verdict) -> None:
    """Check subgroup results."""
    data, y, v, keep = _studies(case, root)
    name = re.search(r"subgroups by (\S+),", case["call"]).group(1)
    group = [x for x, kept in zip(data[name], keep, strict=True) if kept]
    result = pool(y, variance=v, method=case["method"], test="z")
    found, out = subgroups(result, group), case["outputs"]
    verdict.same("levels", list(found.levels), [str(x) for x in out["levels"]])
    groups = found.groups
    for field, values in (
        ("k", [g.k for g in groups]), ("b", [g.estimate for g in groups]), ("se", [g.se[0] for g in groups]),
        ("tau2", [g.tau2 for g in groups]), ("I2", [g.heterogeneity.i2 for g in groups]),
        ("Q", [g.heterogeneity.q for g in groups]), ("Q_between", found.q_between),
        ("df_between", found.df_between), ("p_between", found.p_between), ("common_tau2", found.common_tau2),
        ("common_b", found.common_estimate), ("common_se", found.common_se),
        ("common_QM_between", found.common_q), ("common_QMp", found.common_p),
    ):  # fmt: skip
        verdict.check(field, values, out[field], floor=100 * NEAR_ZERO if field == "I2" else None)


def sensitivity(case: dict, root: Path, verdict: Verdict) -> None:
    """Check leave-one-out, cumulative and influence figures."""
    data, y, v, keep = _studies(case, root)
    kind, method = case["id"].split(".")[-2:]
    result, out = pool(y, variance=v, method=method, test="z"), case["outputs"]
    if kind == "influence":
        found = influence(result)
        for name, field in (("cook", "cook"), ("tau2_del", "tau2_deleted"), ("QE_del", "q_deleted")):
            verdict.check(name, getattr(found, field), out[name])
        for name in ("rstudent", "dffits", "covratio", "hat", "weight"):
            verdict.check(name, getattr(found, name), out[name])
        return
    if kind == "loo":
        series = leave_one_out(result)
    else:
        key = re.search(r"in order of (\w+)", case["call"]).group(1)
        series = cumulative(result, numbers(data[key])[keep])
    # A tau2 below 1e-10 means zero, and so does its share.
    zero = np.array([x is not None and x < NEAR_ZERO for x in out["tau2"]])
    shares = [0.0 if none else x for x, none in zip(out["I2"], zero, strict=True)]
    fields = {"b": "estimate", "se": "se", "tau2": "tau2", "I2": "i2", "Q": "q", "p": "p_value"}
    for name in out.keys() & fields.keys():
        expected = _series(shares if name == "I2" else out[name])
        known = np.isfinite(expected)
        if not np.all(known):
            verdict.notes[:] = [f"{int(np.sum(~known))} fits that the reference could not find"]
        floor = 100 * NEAR_ZERO if name == "I2" else None
        verdict.check(name, getattr(series, fields[name])[known], expected[known], floor=floor)


def _series(values: list) -> np.ndarray:
    return np.array([np.nan if x is None else x for x in values])


def bias(case: dict, root: Path, verdict: Verdict) -> None:
    """Check tests and models of publication bias."""
    _, y, v, _ = _studies(case, root)
    kind, out = ".".join(case["id"].split(".")[2:]), case["outputs"]
    if kind.startswith("trimfill"):
        _trimfill(y, v, kind, out, verdict)
    elif kind.startswith("selmodel"):
        _selection(y, v, case, verdict)
    elif kind == "begg":
        found = begg(pool(y, variance=v))
        verdict.check("tau", found.tau, out["tau"])
        verdict.check("p", found.p, out["p"])
    elif kind == "fsn":
        result = pool(y, variance=v)
        verdict.same("rosenthal", rosenthal(result), out["rosenthal"])
        verdict.same("rosenberg", rosenberg(result), out["rosenberg"])
    elif kind == "petpeese":
        for name, predictor in (("pet", "se"), ("peese", "variance")):
            fit = egger(pool(y, variance=v), predictor=predictor)
            verdict.check(name, [fit.limit, fit.limit_se, fit.limit_statistic, fit.limit_p], out[name])
    else:
        _egger(y, v, kind, out, verdict)


def _egger(y: np.ndarray, v: np.ndarray, kind: str, out: dict, verdict: Verdict) -> None:
    base = pool(y, variance=v, method="REML")
    if kind == "egger.lm":
        fit = egger(base)
        for name, found in (
            ("t", fit.statistic), ("df", fit.df), ("p", fit.p), ("intercept", fit.limit),
            ("intercept_se", fit.limit_se), ("slope", fit.slope), ("slope_se", fit.slope_se),
        ):  # fmt: skip
            verdict.check(name, found, out[name])
        return
    fit = egger(base, model="additive", predictor="se" if kind.endswith("sei") else "variance")
    for name, found in (
        ("stat", fit.statistic), ("p", fit.p), ("limit_estimate", fit.limit), ("limit_ci", fit.limit_ci),
        ("coef", [fit.limit, fit.slope]), ("coef_se", [fit.limit_se, fit.slope_se]),
    ):  # fmt: skip
        verdict.check(name, found, out[name])


def _trimfill(y: np.ndarray, v: np.ndarray, kind: str, out: dict, verdict: Verdict) -> None:
    _, method, estimator = kind.split(".")
    found = trim_and_fill(pool(y, variance=v, method=method, test="z"), estimator=estimator)
    filled = found.filled
    verdict.same("side", found.side, out["side"])
    verdict.same("k0", found.missing, out["k0"])
    verdict.check("se_k0", found.missing_se, out["se_k0"])
    verdict.check("vi_filled", filled.v, out["vi_filled"])
    trial = Verdict(verdict.tolerance)
    for name, value in (
        ("b", filled.estimate), ("se", filled.se[0]), ("ci", filled.ci), ("tau2", filled.tau2),
        ("QE", filled.heterogeneity.q), ("yi_filled", filled.y),
    ):  # fmt: skip
        trial.check(name, value, out[name])
    keep(verdict, trial, filled, out["tau2"], [out["b"], out["se"]])


def _selection(y: np.ndarray, v: np.ndarray, case: dict, verdict: Verdict) -> None:
    direction = re.search(r"alternative (\w+)", case["call"]).group(1)
    cut = float(re.search(r"p=(\.\d+)", case["call"]).group(1))
    found, out = selection_model(pool(y, variance=v), alternative=direction, cut=cut), case["outputs"]
    gain = found.log_likelihood - out["logLik"]
    if gain > 1e-5:
        verdict.notes.append(f"log-likelihood {gain:.3g} above the reference")
        return
    verdict.check("logLik", found.log_likelihood, out["logLik"], scale=1.0, factor=1e-2)
    for name, value in (("b", found.estimate), ("se", found.se), ("tau2", found.tau2),
                        ("delta", [1.0, found.delta]), ("LRT", found.lrt), ("LRTp", found.p)):  # fmt: skip
        verdict.check(name, value, out[name])


HANDLERS: dict[str, Any] = {
    "effect_size": effect_size, "pooled": pooled, "pooled_hksj": pooled, "heterogeneity_ci": heterogeneity_ci,
    "bias": bias, "sensitivity": sensitivity, "meta_regression": meta_regression, "subgroup": subgroup,
}  # fmt: skip
