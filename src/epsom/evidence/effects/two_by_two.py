"""Effects of two groups with events: odds ratio, risk ratio, risk difference, Peto, arcsine.

Zero cells: ``only0`` adds the correction to all four cells of each study that has one, ``if0all`` to every
study when any study has one, ``all`` to every study, ``none`` to none. Peto's odds ratio and the arcsine
difference need no correction. Variances: delta method (Fleiss & Berlin 2009; Rücker et al. 2009 for AS).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epsom.evidence.arrays import Bools, Floats

ZERO_RULES = ("only0", "if0all", "all", "none")


@dataclass(frozen=True)
class Table:
    """Hold 2 x 2 tables, possibly corrected: events a, c and non-events b, d of groups 1 and 2, (k,)."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @property
    def n1(self) -> Floats:
        """Return the size of group 1."""
        return self.a + self.b

    @property
    def n2(self) -> Floats:
        """Return the size of group 2."""
        return self.c + self.d

    def corrected(self, rule: str, add: float) -> Table:
        """Apply a zero-cell rule.

        Parameters
        ----------
        rule
            One of `ZERO_RULES`.
        add
            The correction, usually 1/2 [person].
        """
        zero = (self.a == 0) | (self.b == 0) | (self.c == 0) | (self.d == 0)
        if rule == "none":
            return self
        chosen = zero if rule == "only0" else np.full(zero.shape, rule == "all" or bool(np.any(zero)))
        plus = np.where(chosen, add, 0.0)
        return Table(self.a + plus, self.b + plus, self.c + plus, self.d + plus)

    def uninformative(self) -> Bools:
        """Tell which studies have no events, or only events, in both groups."""
        return np.asarray(((self.a == 0) & (self.c == 0)) | ((self.b == 0) & (self.d == 0)))


def log_odds_ratio(t: Table) -> tuple[Floats, Floats]:
    """Return the log odds ratio and its variance; NaN or infinite where a cell is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(t.a * t.d / (t.b * t.c)), 1 / t.a + 1 / t.b + 1 / t.c + 1 / t.d


def log_risk_ratio(t: Table) -> tuple[Floats, Floats]:
    """Return the log risk ratio and its variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(t.a / t.n1 / (t.c / t.n2)), 1 / t.a - 1 / t.n1 + 1 / t.c - 1 / t.n2


def risk_difference(t: Table) -> tuple[Floats, Floats]:
    """Return the risk difference and its variance."""
    return t.a / t.n1 - t.c / t.n2, t.a * t.b / t.n1**3 + t.c * t.d / t.n2**3


def peto(t: Table) -> tuple[Floats, Floats]:
    """Return Peto's log odds ratio (observed minus expected events over their variance) and its variance."""
    total, events = t.n1 + t.n2, t.a + t.c
    expected = events * t.n1 / total
    spread = events * (t.b + t.d) * t.n1 * t.n2 / (total**2 * (total - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return (t.a - expected) / spread, 1 / spread


def arcsine_difference(t: Table) -> tuple[Floats, Floats]:
    """Return the difference of arcsine-root risks and its variance."""
    y = np.arcsin(np.sqrt(t.a / t.n1)) - np.arcsin(np.sqrt(t.c / t.n2))
    return y, 1 / (4 * t.n1) + 1 / (4 * t.n2)
