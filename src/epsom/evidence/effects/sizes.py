"""Effect sizes by name: the one entry that turns reported columns into effects and variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Bools, Floats, at_row, column, same_length
from epsom.evidence.effects import means, single, two_by_two
from epsom.evidence.effects.two_by_two import ZERO_RULES, Table

_TABLES = {
    "OR": two_by_two.log_odds_ratio,
    "RR": two_by_two.log_risk_ratio,
    "RD": two_by_two.risk_difference,
    "PETO": two_by_two.peto,
    "AS": two_by_two.arcsine_difference,
}
_MEANS = {
    "MD": means.mean_difference,
    "SMD": means.standardised,
    "SMDH": means.standardised_unequal,
    "SMD1": means.glass,
    "ROM": means.log_ratio_of_means,
    "VR": means.log_variability_ratio,
    "CVR": means.log_cv_ratio,
}
_PROPORTIONS = ("PR", "PLN", "PLO", "PAS", "PFT")
_RATES = ("IRR", "IRD")
_SINGLE_RATES = ("IR", "IRLN", "IRS")
_SINGLE_MEANS = ("MN", "MNLN")
_NEEDS = {
    **dict.fromkeys(_TABLES, ("events1", "n1", "events2", "n2")),
    **dict.fromkeys(_MEANS, ("mean1", "sd1", "n1", "mean2", "sd2", "n2")),
    **dict.fromkeys(_PROPORTIONS, ("events1", "n1")),
    **dict.fromkeys(_RATES, ("events1", "time1", "events2", "time2")),
    **dict.fromkeys(_SINGLE_RATES, ("events1", "time1")),
    **dict.fromkeys(_SINGLE_MEANS, ("mean1", "sd1", "n1")),
    **dict.fromkeys(("ZCOR", "COR"), ("correlation", "n1")),
}
MEASURES = tuple(_NEEDS)
_UNCORRECTED = ("PETO", "AS", "PAS", "PFT", "IRS")


@dataclass(frozen=True)
class EffectSizes:
    """Hold effects [analysis scale] and variances, (k,), with a status per study.

    Attributes
    ----------
    measure
        One of `MEASURES`.
    y, v
        NaN exactly where ``ok`` is False.
    ok
        False for a study whose effect is undefined (zero cells without a correction) or was dropped.
    labels
        Names of the studies.
    warnings
        A remark for each such study, and for studies without events in both groups.
    """

    measure: str
    y: Floats
    v: Floats
    ok: Bools
    labels: tuple[str, ...]
    warnings: tuple[Problem, ...]


def effect_sizes(
    measure: str,
    *,
    labels: Sequence[Any] | None = None,
    zero: str | None = None,
    add: float = 0.5,
    drop_uninformative: bool = False,
    variance: str = "LS",
    **columns: ArrayLike,
) -> EffectSizes:
    """Compute effects and sampling variances from what studies report.

    Parameters
    ----------
    measure
        Two groups with events: ``OR``, ``RR``, ``RD``, ``PETO``, ``AS`` from ``events1, n1, events2, n2``.
        Two groups with means: ``MD``, ``SMD``, ``SMDH``, ``SMD1``, ``ROM``, ``VR``, ``CVR`` from ``mean1,
        sd1, n1, mean2, sd2, n2``. One group: ``PR``, ``PLN``, ``PLO``, ``PAS``, ``PFT`` from ``events1,
        n1``; ``IR``, ``IRLN``, ``IRS`` from ``events1, time1``; ``MN``, ``MNLN`` from ``mean1, sd1, n1``;
        ``ZCOR``, ``COR`` from ``correlation, n1``. Person-time: ``IRR``, ``IRD`` from ``events1, time1,
        events2, time2``. Ratios are returned as logarithms.
    labels
        Names of the studies.
    zero, add
        Zero-cell rule (``only0``, ``if0all``, ``all``, ``none``) and the correction [person]. None: ``none``
        for the measures that are defined without one (``PETO``, ``AS``, ``PAS``, ``PFT``), else ``only0``.
    drop_uninformative
        Leave out studies with no events, or only events, in both groups.
    variance
        For ``SMD``: ``LS``, ``LS2``, ``UB`` or ``AV``.
    **columns
        The columns named above, (k,).

    Raises
    ------
    EpsomError
        ``E-EV-CHOICE``, ``E-EV-NUMBER``, ``E-EV-LENGTH``, ``E-EV-COUNT``, ``E-EV-CASES``, ``E-EV-SD``,
        ``E-EV-CORRELATION``, ``E-EV-ONE-OF``.

    Examples
    --------
    >>> e = effect_sizes("OR", events1=[4], n1=[123], events2=[11], n2=[139])
    >>> float(e.y[0].round(4)), float(e.v[0].round(4))
    (-0.9387, 0.3571)
    """
    _choose("measure", measure, MEASURES)
    rule = zero or ("none" if measure in _UNCORRECTED else "only0")
    _choose("zero", rule, ZERO_RULES)
    _choose("variance", variance, ("LS", "LS2", "UB", "AV"))
    needs = _NEEDS[measure]
    if set(columns) != set(needs):
        raise EpsomError(Problem("E-EV-COLUMNS", value=", ".join(sorted(columns)), expected=", ".join(needs)))
    names = None if labels is None else [str(label) for label in labels]
    data = {name: column(columns[name], name, names) for name in needs}
    same_length(**data)
    _refuse(data, names)
    y, v, uninformative = _compute(measure, data, rule, add, variance)
    ok = np.isfinite(y) & np.isfinite(v) & (v > 0)
    if drop_uninformative:
        ok &= ~uninformative
    shown = tuple(names) if names is not None else tuple(str(i + 1) for i in range(len(y)))
    remarks = [at_row("W-EV-UNDEFINED", int(i), needs[0], None, shown) for i in np.flatnonzero(~ok)]
    remarks += [
        at_row("W-EV-NO-EVENTS", int(i), "events1", data["events1"][i], shown)
        for i in np.flatnonzero(uninformative & ok)
    ]
    return EffectSizes(measure, np.where(ok, y, np.nan), np.where(ok, v, np.nan), ok, shown, tuple(remarks))


def _choose(field: str, value: str, options: Sequence[str]) -> None:
    if value not in options:
        raise EpsomError(Problem("E-EV-CHOICE", field=field, value=value, expected=", ".join(options)))


def _refuse(data: dict[str, Floats], names: Sequence[str] | None) -> None:
    problems: list[Problem] = []

    def note(code: str, name: str, bad: Bools) -> None:
        problems.extend(at_row(code, int(i), name, data[name][i], names) for i in np.flatnonzero(bad))

    for name, values in data.items():
        if name.startswith("events"):
            note("E-EV-COUNT", name, values < 0)
            if "n" + name[-1] in data:
                problems.extend(_too_many(name, values, data["n" + name[-1]], names))
        elif name.startswith(("n", "time")):
            note("E-EV-COUNT", name, values <= (0.0 if "events1" in data else 1.0))
        elif name.startswith("sd"):
            note("E-EV-SD", name, values <= 0)
        elif name == "correlation":
            note("E-EV-CORRELATION", name, (np.abs(values) >= 1) | (data["n1"] <= 3))
    if problems:
        raise EpsomError.of(problems)


def _too_many(name: str, events: Floats, size: Floats, names: Sequence[str] | None) -> list[Problem]:
    return [
        at_row("E-EV-CASES", int(i), name, events[i], names, limit=float(size[i]))
        for i in np.flatnonzero(events > size)
    ]


def _compute(
    measure: str, data: dict[str, Floats], rule: str, add: float, variance: str
) -> tuple[Floats, Floats, Bools]:
    k = len(next(iter(data.values())))
    nothing = np.zeros(k, dtype=bool)
    if measure in _TABLES:
        a, c = data["events1"], data["events2"]
        table = Table(a, data["n1"] - a, c, data["n2"] - c)
        return (*_TABLES[measure](table.corrected(rule, add)), table.uninformative())
    if measure in _MEANS:
        groups = means.Groups(*(data[name] for name in _NEEDS[measure]))
        if measure == "SMD":
            return (*means.standardised(groups, variance), nothing)
        return (*_MEANS[measure](groups), nothing)
    if measure in _PROPORTIONS:
        x, n = data["events1"], data["n1"]
        plus = _plus((x == 0) | (x == n), rule, add)
        return (*single.proportion(measure, x + plus, n + 2 * plus), nothing)
    if measure in _RATES:
        x1, x2 = data["events1"], data["events2"]
        plus = _plus((x1 == 0) | (x2 == 0), rule, add)
        both = (x1 == 0) & (x2 == 0)
        return (*single.incidence(measure, x1 + plus, data["time1"], x2 + plus, data["time2"]), both)
    return (*_one_group(measure, data, rule, add), nothing)


def _one_group(measure: str, data: dict[str, Floats], rule: str, add: float) -> tuple[Floats, Floats]:
    if measure in _SINGLE_RATES:
        x = data["events1"]
        return single.rate(measure, x + _plus(x == 0, rule, add), data["time1"])
    if measure in _SINGLE_MEANS:
        return single.mean(measure, data["mean1"], data["sd1"], data["n1"])
    if measure == "COR":
        return single.correlation(data["correlation"], data["n1"])
    return single.fisher_z(data["correlation"], data["n1"])


def _plus(zero: Bools, rule: str, add: float) -> Floats:
    if rule == "none":
        return np.zeros(len(zero))
    if rule == "only0":
        return np.where(zero, add, 0.0)
    return np.full(len(zero), add if rule == "all" or bool(np.any(zero)) else 0.0)
