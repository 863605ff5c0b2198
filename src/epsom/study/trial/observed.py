"""The observed rows of a trial file: outcome, unit, statistic, arms, value with its error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from epsom.base.errors import Problem
from epsom.study.trial.file import STATISTICS, Arm, Observed
from epsom.study.trial.inputs import infusion_window
from epsom.study.trial.measurement import measurements
from epsom.study.trial.outcomes import RETENTION, Output, outputs
from epsom.study.trial.read_people import is_number

Z95 = 1.959963984540054  # standard normal quantile of a 95 % interval
LARGEST = 1e9  # of a value in any unit; beyond it a file is damaged
KEYS = (
    "outcome", "unit", "at_days", "statistic", "arm", "control", "value", "ci", "se", "null_within", "note",
    "within_sd", "method", "readings",
)  # fmt: skip


def read_observed(
    raw: Any, arms: Sequence[Arm], days: float, problems: list[Problem], *, planned: bool = False
) -> tuple[Observed, ...]:
    """Check the observed rows; faults are added to ``problems`` and their rows left out.

    Rows of a planned trial need no value.
    """
    if not isinstance(raw, list):
        problems.append(Problem("E-TRIAL-TABLE", field="observed", value=raw, expected="[[observed]]"))
        return ()
    found = []
    for index, record in enumerate(raw, start=1):
        faults = list(_row_faults(record, arms, days, planned))
        problems.extend(
            replace(p, field=f"observed {index}{'.' if p.field else ''}{p.field}") for p in faults
        )
        if not faults:
            found.append(_row(record, outputs()[record["outcome"]], days))
    return tuple(found)


def _row_faults(record: Any, arms: Sequence[Arm], days: float, planned: bool) -> Iterator[Problem]:
    if not isinstance(record, Mapping):
        yield Problem("E-TRIAL-TABLE", field="", value=record, expected="[[observed]]")
        return
    faults = [*_faults(record, {arm.name: arm for arm in arms}, days), *_measurement_faults(record)]
    if not planned or any(key in record for key in ("value", "ci", "se", "null_within")):
        faults += _error_faults(record)
    yield from faults
    if not faults:
        yield from _unit_faults(record, outputs()[record["outcome"]])


def _faults(record: Mapping[str, Any], arms: Mapping[str, Arm], days: float) -> Iterator[Problem]:
    for key in record:
        if key not in KEYS:
            yield Problem("E-KEY-UNKNOWN", field=key, value=key, expected=", ".join(KEYS))
    outcome, statistic, control = (record.get(key) for key in ("outcome", "statistic", "control"))
    if outcome not in list(outputs()):
        yield Problem("E-TRIAL-OUTCOME", field="outcome", value=outcome, expected=", ".join(outputs()))
    if statistic not in STATISTICS:
        yield Problem("E-CHOICE", field="statistic", value=statistic, expected=", ".join(STATISTICS))
    for key in ("arm", "control"):
        named = record.get(key)
        if named not in list(arms) and not (key == "control" and named is None):
            yield Problem("E-TRIAL-ARM", field=key, value=named, expected=", ".join(sorted(arms)))
    if str(statistic).startswith("net") and control is None:
        yield Problem("E-TRIAL-CONTROL", field="control", value=statistic)
    if control is not None and control == record.get("arm"):
        yield Problem("E-TRIAL-CONTROL-SAME", field="control", value=control)
    at = record.get("at_days", 0.0)
    if not is_number(at) or at < 0.0 or at > days:  # an unknown duration is a fault of its own
        yield Problem("E-TRIAL-TIME", field="at_days", value=at, expected=f"0 – {days:g}")
    elif outcome == RETENTION and record.get("arm") in list(arms):
        yield from _retention_faults(arms[record["arm"]], float(record.get("at_days", days)))


def _retention_faults(arm: Arm, at: float) -> Iterator[Problem]:
    window = infusion_window(arm)
    if window is None:
        yield Problem("E-TRIAL-RETENTION", field="arm", value=arm.name)
    elif at <= window[0]:
        yield Problem("E-TRIAL-TIME", field="at_days", value=at, expected=f"> {window[0]:g}")


def _measurement_faults(record: Mapping[str, Any]) -> Iterator[Problem]:
    known = [m.method for m in measurements().get(str(record.get("outcome")), ())]
    if "method" in record and record["method"] not in known:
        yield Problem("E-CHOICE", field="method", value=record["method"], expected=", ".join(known))
    readings = record.get("readings", 1)
    if not isinstance(readings, int) or isinstance(readings, bool) or not 1 <= readings <= 1000:
        yield Problem("E-RANGE", field="readings", value=readings, expected="1 – 1000")
    within = record.get("within_sd", 1.0)
    if not is_number(within) or within <= 0.0:
        yield Problem("E-TRIAL-SE", field="within_sd", value=within)


def _error_faults(record: Mapping[str, Any]) -> Iterator[Problem]:
    null, ci, value = (record.get(key) for key in ("null_within", "ci", "value"))
    expected = "value with ci or se, or null_within"
    for key, pair in (("null_within", null), ("ci", ci)):
        if pair is not None and not _is_interval(pair):
            yield Problem("E-TRIAL-ERROR", field=key, value=pair, expected=expected)
            return
    if null is not None:
        if value is not None or ci is not None:
            yield Problem("E-TRIAL-ERROR", field="null_within", value=null, expected=expected)
        return
    if not is_number(value) or (ci is None and "se" not in record):
        yield Problem("E-TRIAL-ERROR", field="value", value=value, expected=expected)
    elif ci is not None and not ci[0] <= value <= ci[1]:
        yield Problem("E-TRIAL-INTERVAL", field="ci", value=value, expected=f"{ci[0]:g} – {ci[1]:g}")
    elif value is not None and not -LARGEST <= value <= LARGEST:
        yield Problem("E-RANGE", field="value", value=value, expected=f"-{LARGEST:g} – {LARGEST:g}")
    elif "se" in record and not (is_number(record["se"]) and 0.0 < record["se"] <= LARGEST):
        yield Problem("E-TRIAL-SE", field="se", value=record["se"])


def _is_interval(pair: Any) -> bool:
    if not (isinstance(pair, list) and len(pair) == 2 and all(map(is_number, pair))):
        return False
    return bool(-LARGEST <= pair[0] < pair[1] <= LARGEST)


def _conversion(record: Mapping[str, Any], output: Output) -> tuple[float, float] | None:
    """Return (offset, factor) to the unit of the comparison; a ratio in % is a rise in per cent."""
    ratio = str(record["statistic"]).endswith("ratio")
    unit = record.get("unit", "1" if ratio else output.unit)
    if ratio:
        return (1.0, 0.01) if unit == "%" else (0.0, 1.0) if unit in ("1", "ratio") else None
    if unit == output.unit:
        return 0.0, 1.0
    return (0.0, output.also[unit]) if unit in list(output.also) else None


def _unit_faults(record: Mapping[str, Any], output: Output) -> Iterator[Problem]:
    if _conversion(record, output) is None:
        ratio = str(record["statistic"]).endswith("ratio")
        expected = "1, ratio, %" if ratio else ", ".join([output.unit, *output.also])
        yield Problem("E-UNIT", field="unit", unit=str(record["unit"]), expected=expected)


def _row(record: Mapping[str, Any], output: Output, days: float) -> Observed:
    conversion = _conversion(record, output)
    if conversion is None:
        raise ValueError("a row with a fault in its unit is not to be used")
    offset, factor = conversion
    null = record.get("null_within")
    ends = null or record.get("ci")
    value = (null[0] + null[1]) / 2.0 if null else float(record.get("value", math.nan))
    se = (ends[1] - ends[0]) / (2.0 * Z95) if ends else float(record.get("se", math.nan))
    return Observed(
        outcome=output.name,
        at_days=float(record.get("at_days", days)),
        statistic=record["statistic"],
        arm=record["arm"],
        control=record.get("control"),
        value=offset + factor * value,
        se=factor * se,
        null=None if null is None else (offset + factor * null[0], offset + factor * null[1]),
        within_sd=factor * record["within_sd"] if "within_sd" in record else None,
        method=record.get("method"),
        readings=record.get("readings", 1),
    )
