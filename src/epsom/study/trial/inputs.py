"""From an arm's words to the model's inputs over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from epsom.base.arrays import FloatArray
from epsom.people.plan import Defaults, compounds
from epsom.study.arms import with_supplement
from epsom.study.trial.file import Arm, Phase

# Key of an arm or phase -> input of the model that it sets as it stands.
DIRECT: Mapping[str, str] = {
    "thiazide": "thiazide",
    "ppi": "ppi",
    "loop_diuretic": "loop_diuretic",
    "antihypertensive": "antihypertensive",
    "alcohol": "alcohol",
    "smoker": "smoker",
    "no_block": "no_block",
    "il6_block": "il6_block",
    "local_mg_mmol_per_l": "local_mg",
    "bmi_shift_kg_per_m2": "bmi_shift",
    "meals_per_day": "meals",
    "intake_mg_per_day": "intake",
}
# Keys that are the share of an effect or of people, 0 to 1.
SHARE_KEYS = (
    "thiazide", "ppi", "loop_diuretic", "antihypertensive", "alcohol", "smoker", "no_block", "il6_block",
)  # fmt: skip
ARM_KEYS: tuple[str, ...] = (
    "supplement_mg_per_day", "compound", "doses_per_day", "with_meals",
    "infusion_mmol", "infusion_hours", "infusion_start_day", *DIRECT,
)  # fmt: skip


def phase_inputs(
    phase: Phase, rest: Mapping[str, FloatArray]
) -> tuple[dict[str, FloatArray], Mapping[str, Any] | None]:
    """Return the inputs (n,) during a phase, and its infusion if it has one.

    A supplement comes on top of what is taken already; what the phase does not name stays as at rest.
    """
    settings, found = phase.settings, dict(rest)
    n = len(next(iter(rest.values())))
    for key, name in DIRECT.items():
        if key in settings:
            found[name] = np.full(n, float(settings[key]))
    base = Defaults()
    compound = str(settings.get("compound", base.compound))
    plan = (
        settings.get("supplement_mg_per_day", 0.0),
        compounds()[compound]["dissolved"],
        settings.get("with_meals", base.with_meals),
        settings.get("doses_per_day", base.doses_per_day),
    )
    found = with_supplement(found, *(np.full(n, float(value)) for value in plan))
    for clamp in phase.clamps:
        found.update(clamp.inputs(n))
    infusion = settings if "infusion_mmol" in settings else None
    return found, infusion


def arm_steps(arm: Arm, rest: Mapping[str, FloatArray]) -> dict[float, dict[str, FloatArray]]:
    """Return the days at which an arm's inputs switch, each with the inputs (n,) from then on.

    Parameters
    ----------
    rest
        Inputs before any treatment, those of the arm's clamps included (`inputs_off`).
    """
    n = len(next(iter(rest.values())))
    switches: list[tuple[float, dict[str, FloatArray]]] = []
    begin = 0.0
    for phase in arm.phases:
        inputs, infusion = phase_inputs(phase, rest)
        switches.append((begin, inputs))
        if infusion is not None:
            start = begin + float(infusion.get("infusion_start_day", 0.0))
            length = float(infusion.get("infusion_hours", 8.0)) / 24.0
            rate = np.full(n, float(infusion["infusion_mmol"]) / length)
            switches.append((start, {**inputs, "infusion": rate}))
            switches.append((start + length, inputs))
        begin += phase.days
    # Where two switches fall on one moment, the later one in the arm's words counts.
    return dict(sorted(switches, key=lambda pair: pair[0]))


def infusion_window(arm: Arm) -> tuple[float, float] | None:
    """Return the start [d] and the size [mmol] of the arm's last infusion, or None."""
    begin, found = 0.0, None
    for phase in arm.phases:
        if "infusion_mmol" in phase.settings:
            start = begin + float(phase.settings.get("infusion_start_day", 0.0))
            found = (start, float(phase.settings["infusion_mmol"]))
        begin += phase.days
    return found
