"""How a planned trial compares: parallel or crossover, which analysis, which errors are accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from epsom.base.errors import Problem
from epsom.study.trial.t_test import TTest

KINDS = ("parallel", "crossover")
ANALYSES = ("ancova", "change", "final")


@dataclass(frozen=True)
class Design:
    """Hold the design of a planned trial.

    Attributes
    ----------
    kind
        ``parallel``: each person in one arm; ``crossover``: each in both, in random order.
    analysis
        Of a parallel trial: the value at the end given the one before (``ancova``), the change, or the
        value at the end alone (``final``). A crossover compares the ends of the two periods.
    power, alpha
        Chance to find the expected effect, and to find one that is not there (two-sided).
    dropout
        Share of the people who do not finish.
    washout_days
        Days between the periods of a crossover.
    """

    kind: str = "parallel"
    analysis: str = "ancova"
    power: float = 0.8
    alpha: float = 0.05
    dropout: float = 0.0
    washout_days: float = 0.0

    @property
    def crossover(self) -> bool:
        """Tell whether each person is in both arms."""
        return self.kind == "crossover"

    @property
    def test(self) -> TTest:
        """Return the t test: ANCOVA spends one number more, a crossover one on its two orders."""
        if self.crossover:
            return TTest(1, 2, self.alpha)
        return TTest(2, 3 if self.analysis == "ancova" else 2, self.alpha)


_RANGES: Mapping[str, tuple[float, float]] = {
    "power": (0.5, 0.999),
    "alpha": (1e-6, 0.5),
    "dropout": (0.0, 0.9),
    "washout_days": (0.0, 3650.0),
}
_CHOICES: Mapping[str, tuple[str, ...]] = {"kind": KINDS, "analysis": ANALYSES}


def read_design(
    raw: Mapping[str, Any], problems: list[Problem], base: Design | None = None, place: str = "design."
) -> Design:
    """Check the keys of ``[design]``; faults are added to ``problems``, after ``place``."""
    found = list(_faults(raw))
    problems.extend(replace(p, field=f"{place}{p.field}") for p in found)
    return (base or Design()) if found else replace(base or Design(), **raw)


def _faults(raw: Mapping[str, Any]) -> Iterator[Problem]:
    known = [field.name for field in fields(Design)]
    for key, value in raw.items():
        if key not in known:
            yield Problem("E-KEY-UNKNOWN", field=key, value=key, expected=", ".join(known))
        elif key in _CHOICES:
            if value not in _CHOICES[key]:
                yield Problem("E-CHOICE", field=key, value=value, expected=", ".join(_CHOICES[key]))
        else:
            low, high = _RANGES[key]
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                yield Problem("E-RANGE", field=key, value=value, expected=f"{low:g} – {high:g}")
