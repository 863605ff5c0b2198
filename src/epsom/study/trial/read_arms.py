"""The ``[[arm]]`` tables of a trial file: treatments, phases, imposed values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from epsom.base.errors import Problem
from epsom.people.fields import person_fields
from epsom.people.plan import compounds
from epsom.study.trial.clamp import read_clamps
from epsom.study.trial.file import Arm, Phase
from epsom.study.trial.inputs import ARM_KEYS, SHARE_KEYS
from epsom.study.trial.read_people import is_number

_ABOUT = ("name", "phase", "days", "note", "clamp")
_KEYS = (*ARM_KEYS, "clamp")
_INFUSION = ("infusion_hours", "infusion_start_day")
_ROUNDING = 1e-9  # d
# Ranges of treatment keys [in the unit of their names]; what a person field bounds is not repeated here.
_RANGES: Mapping[str, tuple[float, float]] = {
    "supplement_mg_per_day": (0.0, 5000.0),
    "intake_mg_per_day": (0.0, person_fields()["intake_mg_per_day"].high),
    "doses_per_day": (1.0, 24.0),
    "meals_per_day": (1.0, 24.0),
    "infusion_mmol": (0.0, 500.0),
    "infusion_hours": (1.0 / 60.0, 24.0 * 365.0),
    "infusion_start_day": (0.0, 36525.0),
    "local_mg_mmol_per_l": (0.0, 20.0),
    "bmi_shift_kg_per_m2": (-30.0, 30.0),
    **dict.fromkeys(SHARE_KEYS, (0.0, 1.0)),
}


def read_arms(raw: Any, days: float, problems: list[Problem]) -> tuple[Arm, ...]:
    """Check the arms of a trial of so many days; faults are added to ``problems``."""
    if not isinstance(raw, list) or not raw or not all(isinstance(record, Mapping) for record in raw):
        problems.append(Problem("E-TRIAL-TABLE", field="arm", value=raw, expected="[[arm]]"))
        return ()
    arms = [_arm(record, index, days, problems) for index, record in enumerate(raw, start=1)]
    names = [arm.name for arm in arms]
    problems.extend(
        Problem("E-TRIAL-ARM-TWICE", field="arm.name", value=name)
        for name in sorted({name for name in names if names.count(name) > 1})
    )
    return tuple(arms)


def _arm(record: Mapping[str, Any], index: int, days: float, problems: list[Problem]) -> Arm:
    name = record.get("name")
    if not isinstance(name, str) or not name.strip():
        problems.append(Problem("E-TRIAL-NAME", field=f"arm {index}.name", value=name))
        name = str(index)
    phases = record.get("phase")
    if phases is None:
        return Arm(name, (_phase(record, f"arm.{name}", days, problems),))
    if not isinstance(phases, list) or not phases or not all(isinstance(phase, Mapping) for phase in phases):
        where = f"arm.{name}.phase"
        problems.append(Problem("E-TRIAL-TABLE", field=where, value=phases, expected="[[arm.phase]]"))
        return Arm(name, (Phase(days, {}),))
    # What an arm says beside its phases would be read by nobody.
    problems.extend(
        Problem("E-TRIAL-BESIDE-PHASES", field=f"arm.{name}.{key}", value=record[key])
        for key in record
        if key not in ("name", "phase", "note")
    )
    places = [f"arm.{name}.phase {number}" for number in range(1, len(phases) + 1)]
    found = [_phase(phase, place, days, problems) for phase, place in zip(phases, places, strict=True)]
    for phase, place in zip(phases[:-1], places, strict=False):
        if "days" not in phase:
            problems.append(Problem("E-TRIAL-DURATION", field=f"{place}.days", value=None))
    total = sum(phase.days for phase in (found if "days" in phases[-1] else found[:-1]))
    if total > days + _ROUNDING:
        expected = f"<= {days:g}"
        problems.append(Problem("E-TRIAL-TIME", field=f"arm.{name}.phase", value=total, expected=expected))
    return Arm(name, tuple(found))


def _phase(record: Mapping[str, Any], place: str, days: float, problems: list[Problem]) -> Phase:
    length = record.get("days", days)
    if (not is_number(length) and length is not days) or not length > 0.0:
        if "days" in record:  # otherwise duration.days is at fault, and said
            problems.append(Problem("E-TRIAL-DURATION", field=f"{place}.days", value=length))
        length = days
    stated = {key: value for key, value in record.items() if key not in _ABOUT}
    faults = list(_setting_faults(stated))
    faulty = {fault.field for fault in faults}
    settings = {key: value for key, value in stated.items() if key not in faulty}
    if not faults:
        faults += _infusion_faults(settings, float(length))
    clamps = read_clamps(record.get("clamp"), faults)
    problems.extend(replace(p, field=f"{place}.{p.field}") for p in faults)
    return Phase(float(length), settings, clamps)


def _setting_faults(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for key, value in settings.items():
        if key not in ARM_KEYS:
            yield Problem("E-KEY-UNKNOWN", field=key, value=key, expected=", ".join(_KEYS))
        elif key == "compound":
            if value not in list(compounds()):
                yield Problem("E-CHOICE", field=key, value=value, expected=", ".join(compounds()))
        elif key == "with_meals":
            if value not in (0, 1):
                yield Problem("E-FLAG", field=key, value=value, expected="true, false")
        elif not is_number(value):
            yield Problem("E-NUMBER", field=key, value=value)
        elif not _RANGES[key][0] <= value <= _RANGES[key][1]:
            low, high = _RANGES[key]
            yield Problem("E-RANGE", field=key, value=value, expected=f"{low:.4g} – {high:g}")


def _infusion_faults(settings: Mapping[str, Any], days: float) -> Iterator[Problem]:
    """Name times of an infusion that there is not, and an infusion that ends after its phase."""
    if "infusion_mmol" not in settings:
        for key in _INFUSION:
            if key in settings:
                yield Problem("E-TRIAL-INFUSION", field=key, value=settings[key])
        return
    end = settings.get("infusion_start_day", 0.0) + settings.get("infusion_hours", 8.0) / 24.0
    if end > days + _ROUNDING:
        yield Problem("E-TRIAL-TIME", field="infusion_hours", value=round(end, 4), expected=f"<= {days:g}")
