"""A calibration in words and numbers: did the chains agree, and does the model show what was seen."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from epsom.base.i18n import Translator
from epsom.report.forecast.glyphs import columns
from epsom.study.calibration import Calibration
from epsom.study.export import without_nan

AGREED = 1.05  # R-hat below which chains count as agreeing
MISS = 2.0  # standard errors


def calibration_json(found: Calibration, seconds: float) -> dict[str, Any]:
    """Return settings, diagnostics, parameters and checks."""
    kept = found.draws
    low, median, high = np.quantile(kept, (0.05, 0.5, 0.95), axis=0)
    shape = {
        "record": dict(found.record),
        "seconds": seconds,
        "kappa": found.kappa,
        "coordinates": [
            {"name": name, "low": a, "median": b, "high": c, "r_hat": h, "effective_size": e}
            for name, a, b, c, h, e in zip(
                found.names, low, median, high, found.r_hat, found.effective_size, strict=True
            )
        ],
        "checks": [asdict(check) for check in found.checks],
        "within_2_se": _within(found),
    }
    checked: dict[str, Any] = without_nan(shape)
    return checked


def calibration_lines(found: Calibration, seconds: float, out: Path, t: Translator) -> list[str]:
    """Write diagnostics, then the rows that the calibrated model misses."""
    d = found.record["diagnostics"]
    agreed = "agreed" if d["worst_r_hat"] < AGREED else "disagreed"
    lines = [
        t(
            "calibrate.done",
            rows=found.record["n_rows"],
            trials=found.record["n_trials"],
            draws=len(found.draws),
            minutes=t.number(seconds / 60.0, 1),
        ),
        t(
            f"calibrate.{agreed}",
            r_hat=t.number(d["worst_r_hat"], 3),
            size=t.number(d["smallest_effective_size"], 0),
            accepted=t.number(100.0 * d["accepted"], 0),
        ),
        t("calibrate.within", share=t.number(100.0 * _within(found), 0)),
        t("calibrate.kappa", list=", ".join(_kappa(name, v, t) for name, v in found.kappa.items())),
        "",
        t("calibrate.moved"),
    ]
    lines += columns(_moved(found, t), "lrr")
    misses = sorted((c for c in found.checks if abs(c.z) > MISS), key=lambda c: -abs(c.z))
    if misses:
        heads = ("trial", "outcome", "day", "statistic", "observed", "model", "z")
        table = [(*(t(f"trial.head.{name}") for name in heads), "p")]
        table += [
            (
                c.trial,
                c.outcome,
                t.number(c.at_days, 0),
                t(f"trial.statistic.{c.statistic}"),
                t.number(c.observed, 2),
                f"{t.number(c.median, 2)} ({t.number(c.low, 2)} – {t.number(c.high, 2)})",
                t.number(c.z, 1, sign=True),
                t.number(c.p, 2),
            )
            for c in misses
        ]
        lines += ["", t("calibrate.misses"), *columns(table, "llrlrlrr")]
    return [*lines, "", t("calibrate.written", folder=str(out))]


def _kappa(name: str, value: float, t: Translator) -> str:
    return f"{t(f'calibrate.scale.{name}')} {t.number(value, 2)}"


def _within(found: Calibration) -> float:
    return float(np.mean([abs(check.z) <= MISS for check in found.checks]))


def _moved(found: Calibration, t: Translator) -> list[tuple[str, ...]]:
    """Return the parameters that the evidence moved or narrowed most, in prior standard deviations."""
    middle, spread = found.draws.mean(axis=0), found.draws.std(axis=0)
    table = [tuple(t(f"calibrate.head.{name}") for name in ("parameter", "moved", "left"))]
    table += [
        (found.names[number], t.number(middle[number], 2, sign=True), t.number(spread[number], 2))
        for number in np.argsort(-np.abs(middle))[:12]
    ]
    return table
