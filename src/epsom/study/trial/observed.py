"""The observed rows of a trial file: outcome, unit, statistic, arms, value with its error."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from epsom.base.errors import Problem
from epsom.study.trial.file import STATISTICS, Observed
from epsom.study.trial.outcomes import Output, outputs

Z95 = 1.959963984540054  # standard normal quantile of a 95 % interval
KEYS = (
    "outcome", "unit", "at_days", "statistic", "arm", "control", "value", "ci", "se", "null_within", "note",
)  # fmt: skip


def read_observed(
    raw: Any, arms: Collection[str], days: float, problems: list[Problem]
) -> tuple[Observed, ...]:
    """Check the observed rows; faults are added to ``problems`` and their rows left out."""
    found = []
    for index, record in enumerate(raw if isinstance(raw, list) else [], start=1):
        faults = list(_faults(record, arms, days))
        output = outputs().get(str(record.get("outcome")))
        if output is not None and not faults:
            faults = list(_unit_faults(record, output))
        if output is None or faults:
            problems.extend(replace(p, field=f"observed {index}.{p.field}") for p in faults)
            continue
        found.append(_row(record, output, days))
    return tuple(found)


def _faults(record: Mapping[str, Any], arms: Collection[str], days: float) -> Iterator[Problem]:
    for key in record:
        if key not in KEYS:
            yield Problem("E-KEY-UNKNOWN", field=key, value=key, expected=", ".join(KEYS))
    if record.get("outcome") not in outputs():
        outcome = record.get("outcome")
        yield Problem("E-TRIAL-OUTCOME", field="outcome", value=outcome, expected=", ".join(outputs()))
    statistic = record.get("statistic")
    if statistic not in STATISTICS:
        yield Problem("E-CHOICE", field="statistic", value=statistic, expected=", ".join(STATISTICS))
    for key in ("arm", "control"):
        named = record.get(key)
        if named not in arms and not (key == "control" and named is None):
            yield Problem("E-TRIAL-ARM", field=key, value=named, expected=", ".join(sorted(arms)))
    if str(statistic).startswith("net") and record.get("control") is None:
        yield Problem("E-TRIAL-CONTROL", field="control", value=statistic)
    at = record.get("at_days", days)
    if not isinstance(at, int | float) or not 0.0 <= at <= days:
        yield Problem("E-TRIAL-TIME", field="at_days", value=at, expected=f"0 – {days:g}")
    yield from _error_faults(record)


def _error_faults(record: Mapping[str, Any]) -> Iterator[Problem]:
    null, ci, value = (record.get(key) for key in ("null_within", "ci", "value"))
    expected = "value with ci or se, or null_within"
    for pair in (null, ci):
        if pair is not None and not (isinstance(pair, list) and len(pair) == 2 and pair[0] < pair[1]):
            yield Problem("E-TRIAL-ERROR", field="ci", value=pair, expected=expected)
            return
    if null is not None:
        return
    if not isinstance(value, int | float) or (ci is None and "se" not in record):
        yield Problem("E-TRIAL-ERROR", field="value", value=value, expected=expected)
    elif ci is not None and not ci[0] <= value <= ci[1]:
        yield Problem("E-TRIAL-INTERVAL", field="ci", value=value, expected=f"{ci[0]:g} – {ci[1]:g}")
    elif "se" in record and not (isinstance(record["se"], int | float) and record["se"] > 0.0):
        yield Problem("E-TRIAL-SE", field="se", value=record["se"])


def _conversion(record: Mapping[str, Any], output: Output) -> tuple[float, float] | None:
    """Return (offset, factor) to the unit of the comparison; a ratio in % is a rise in per cent."""
    ratio = str(record["statistic"]).endswith("ratio")
    unit = record.get("unit", "1" if ratio else output.unit)
    if ratio:
        return (1.0, 0.01) if unit == "%" else (0.0, 1.0) if unit in ("1", "ratio") else None
    if unit == output.unit:
        return 0.0, 1.0
    return (0.0, output.also[unit]) if unit in output.also else None


def _unit_faults(record: Mapping[str, Any], output: Output) -> Iterator[Problem]:
    if _conversion(record, output) is None:
        expected = ", ".join([output.unit, *output.also])
        yield Problem("E-UNIT", field="unit", unit=str(record["unit"]), expected=expected)


def _row(record: Mapping[str, Any], output: Output, days: float) -> Observed:
    conversion = _conversion(record, output)
    if conversion is None:
        raise ValueError("a row with a fault in its unit is not to be used")
    offset, factor = conversion
    null = record.get("null_within")
    ends = null or record.get("ci")
    value = (null[0] + null[1]) / 2.0 if null else float(record["value"])
    se = (ends[1] - ends[0]) / (2.0 * Z95) if ends else float(record["se"])
    return Observed(
        outcome=output.name,
        at_days=float(record.get("at_days", days)),
        statistic=record["statistic"],
        arm=record["arm"],
        control=record.get("control"),
        value=offset + factor * value,
        se=factor * se,
        null=None if null is None else (offset + factor * null[0], offset + factor * null[1]),
    )
