"""What ``epsom evidence dose-response`` prints: the curve with both bands, its tests, the methods."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from epsom.base.i18n import Translator
from epsom.evidence.answers.curves import CurveFit, conservative
from epsom.evidence.answers.pooling import side
from epsom.evidence.base.values import Z95
from epsom.evidence.curves.burden import ProofBound
from epsom.report.evidence.findings import contrast_words, figures
from epsom.report.evidence.lines import name, paragraph, table, unit_name, upper
from epsom.report.evidence.methods import data_methods
from epsom.report.evidence.pool_text import remarks

POINTS = 9


LOW, HIGH = 0.1, 0.9  # quantiles of the studied doses between which the finding is stated


def reference_dose(found: CurveFit) -> float:
    """Return the dose that curves are relative to: the 10th percentile of the studied doses."""
    return round(float(np.quantile(found.curve.doses, LOW)), dose_digits(found))


def high_dose(found: CurveFit) -> float:
    """Return the dose for which the finding is stated: the 90th percentile of the studied doses."""
    return round(float(np.quantile(found.curve.doses, HIGH)), dose_digits(found))


def dose_digits(found: CurveFit) -> int:
    """Return the decimals of a dose: whole mg/day, hundredths of a mmol/L."""
    return 0 if found.curve.data.unit == "mg/day" else 2


def curve_rows(found: CurveFit, reference: float, points: int = POINTS) -> list[dict[str, float]]:
    """Return the curve within the studied doses as ratios; tables, CSV and figures share it."""
    doses = found.curve.doses
    places = dose_digits(found)
    grid = np.unique(np.round(np.linspace(doses[0], doses[-1], points), places + (points > POINTS)))
    curve = found.result.predict(grid, reference)
    arrays = {
        "dose": curve.dose,
        "ratio": np.exp(curve.effect),
        "low": np.exp(curve.ci_low),
        "high": np.exp(curve.ci_high),
        "new_low": np.exp(curve.pi_low),
        "new_high": np.exp(curve.pi_high),
    }
    return [{key: float(values[i]) for key, values in arrays.items()} for i in range(len(grid))]


def curve_title(found: CurveFit, reference: float, t: Translator) -> str:
    """State the finding at the 90th percentile of the studied doses."""
    data = found.curve.data
    high_end = high_dose(found)
    curve = found.result.predict([high_end], reference)
    ratio, low, high = (float(np.exp(v[0])) for v in (curve.effect, curve.ci_low, curve.ci_high))
    text = t(
        f"evidence.curve.{side(low, high, 1.0)}",
        outcome=name(t, data.outcome),
        dose=f"{t.number(high_end, dose_digits(found))} {unit_name(t, data.unit)}",
        reference=f"{t.number(reference, dose_digits(found))} {unit_name(t, data.unit)}",
        figures=figures(ratio, low, high, data, t),
    )
    return upper(text)


def curve_subtitle(found: CurveFit, reference: float, t: Translator) -> str:
    """Say what is drawn."""
    data = found.curve.data
    return t(
        "evidence.curve.subtitle",
        count=data.k,
        exposure=t(f"evidence.exposure.{data.family}"),
        shape=t(f"evidence.shape.{found.result.shape.name}"),
        reference=f"{t.number(reference, dose_digits(found))} {unit_name(t, data.unit)}",
    )


def line_words(found: CurveFit, t: Translator) -> str:
    """Write the straight line through the same studies, per step."""
    data = found.curve.data
    slope, se = float(found.line.coefficients[0]), float(found.line.se[0])
    size = data.step or 1.0
    values = (np.exp(size * slope), np.exp(size * (slope - Z95 * se)), np.exp(size * (slope + Z95 * se)))
    ratio, low, high = (float(v) for v in values)
    return f"{figures(ratio, low, high, data, t)} {contrast_words(data, t)}"


def bound_words(found: CurveFit, bound: ProofBound, t: Translator) -> str:
    """Say what remains when the evidence is read as carefully as it allows, and what was set aside."""
    places, unit = dose_digits(found), unit_name(t, found.curve.data.unit)
    labels = {e.id: e.label for e in found.curve.data.estimates}
    aside = [f"{labels.get(name, name)} {t.number(dose, places)} {unit}" for name, dose in bound.trimmed]
    return t(
        f"evidence.bound.{'holds' if bound.score > 0 else 'fails'}",
        ratio=t.number(float(np.exp(bound.bound[-1])), 2),
        dose=f"{t.number(float(bound.dose[-1]), places)} {unit}",
        score=t.number(bound.score, 2),
        aside=", ".join(aside) or "–",
    )


def curve_methods(found: CurveFit, hash_: str, t: Translator) -> str:
    """Write the methods paragraph of a curve."""
    data, result = found.curve.data, found.result
    parts = [t("evidence.methods.curve", count=data.k, contrasts=int(np.sum(result.contrasts.mask)))]
    parts += data_methods(data, t)[1:]
    if found.knots:
        places = dose_digits(found)
        listed = ", ".join(t.number(knot, places) for knot in found.knots)
        parts.append(t("evidence.methods.knots", knots=listed, unit=unit_name(t, data.unit)))
    parts.append(
        t(
            f"evidence.methods.fit.{result.method}",
            share=t.number(100 * result.share, 0),
            starts=result.starts,
        )
    )
    if result.boundary and result.method != "fixed":
        parts.append(t("evidence.methods.boundary"))
    parts.append(t("evidence.methods.hash", hash=hash_[:12]))
    return " ".join(parts)


def curve_text(found: CurveFit, reference: float, hash_: str, t: Translator) -> str:
    """Write a curve for a terminal of 80 columns."""
    places = dose_digits(found)
    rows = []
    for row in curve_rows(found, reference):
        ahead = (
            "–"
            if np.isnan(row["new_low"])
            else f"{t.number(row['new_low'], 2)}; {t.number(row['new_high'], 2)}"
        )
        rows.append(
            (
                t.number(row["dose"], places),
                t.number(row["ratio"], 2),
                f"{t.number(row['low'], 2)}; {t.number(row['high'], 2)}",
                ahead,
            )
        )
    head = [f"{t('evidence.head.dose')} ({unit_name(t, found.curve.data.unit)})"]
    head += [t(f"evidence.head.{key}") for key in ("ratio", "band", "new_study")]
    blocks = [paragraph(curve_title(found, reference, t)), paragraph(curve_subtitle(found, reference, t)), ""]
    blocks.append(table(head, rows, (20, 10, 20, 20), "r r r r"))
    blocks.append(paragraph(t("evidence.curve.overall", p=_p(found.result.overall.p, t))))
    if found.result.nonlinear is not None:
        blocks.append(paragraph(t("evidence.curve.bent", p=_p(found.result.nonlinear.p, t))))
        blocks.append(paragraph(t("evidence.curve.line", figures=line_words(found, t))))
    bound = conservative(found, reference)
    if bound is not None:
        blocks.append(paragraph(bound_words(found, bound, t)))
    blocks += remarks(found.result.warnings, t)
    blocks += ["", *(f"  {e.label}: {t(f'evidence.how.{e.how}')}" for e in found.curve.data.estimates)]
    blocks += ["", t("evidence.answer.methods"), paragraph(curve_methods(found, hash_, t))]
    return "\n".join(blocks)


def _p(value: float, t: Translator) -> str:
    return t("evidence.p_small") if value < 0.001 else f"p = {t.number(value, 3)}"


def curve_json(found: CurveFit, reference: float, hash_: str, t: Translator) -> dict[str, Any]:
    """Return a curve as plain values."""
    rows = [{k: None if np.isnan(v) else v for k, v in row.items()} for row in curve_rows(found, reference)]
    return {
        "outcome": found.curve.data.outcome,
        "exposure": found.curve.data.family,
        "unit": found.curve.data.unit,
        "reference": reference,
        "finding": curve_title(found, reference, t),
        "curve": rows,
        "fit": found.result.summary(),
        "knots": list(found.knots),
        "linear": found.line.summary(),
        "conservative_bound": _bound_json(found, reference),
        "studies": [asdict(e) for e in found.curve.data.estimates],
        "set_aside": [asdict(s) for s in found.curve.data.set_aside],
        "warnings": [w.as_json(t) for w in found.result.warnings],
        "methods": curve_methods(found, hash_, t),
        "hash": hash_,
    }


def _bound_json(found: CurveFit, reference: float) -> dict[str, Any] | None:
    bound = conservative(found, reference)
    if bound is None:
        return None
    return {
        "dose": [float(bound.dose[0]), float(bound.dose[-1])],
        "ratio": [float(np.exp(bound.bound[0])), float(np.exp(bound.bound[-1]))],
        "score": bound.score,
        "set_aside": [{"study": name, "dose": dose} for name, dose in bound.trimmed],
    }
