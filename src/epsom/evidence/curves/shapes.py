"""Shapes of a dose-response curve: functions of dose whose coefficients are pooled.

Every shape is a small frozen object with ``columns(dose)``; a curve is relative to a reference dose, so
there is never an intercept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats


class Shape(Protocol):
    """Describe a curve by its columns."""

    @property
    def name(self) -> str:
        """Return the name of the shape."""
        ...

    @property
    def terms(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        ...

    @property
    def nonlinear(self) -> tuple[int, ...]:
        """Return the columns that vanish when the curve is a straight line."""
        ...

    def columns(self, dose: Floats) -> Floats:
        """Evaluate the columns at doses of any shape; one axis of length q is added."""
        ...


@dataclass(frozen=True)
class Polynomial:
    """Describe a polynomial in dose without intercept.

    Examples
    --------
    >>> Polynomial(2).columns(np.array([3.0]))
    array([[3., 9.]])
    """

    degree: int = 1

    @property
    def name(self) -> str:
        """Return ``linear``, ``quadratic`` or ``polynomial``."""
        return {1: "linear", 2: "quadratic"}.get(self.degree, "polynomial")

    @property
    def terms(self) -> tuple[str, ...]:
        """Return ``dose``, ``dose^2``, ..."""
        return tuple("dose" if j == 1 else f"dose^{j}" for j in range(1, self.degree + 1))

    @property
    def nonlinear(self) -> tuple[int, ...]:
        """Return all columns but the first."""
        return tuple(range(1, self.degree))

    def columns(self, dose: Floats) -> Floats:
        """Evaluate the powers of dose."""
        return np.stack([dose**j for j in range(1, self.degree + 1)], axis=-1)


@dataclass(frozen=True)
class Spline:
    """Describe a restricted cubic spline: linear beyond the outer knots.

    Truncated-power basis of Harrell (Regression Modeling Strategies, 2nd ed. 2015, section 2.4.5), scaled by
    the squared distance between the outer knots so that columns keep the unit of dose.

    Examples
    --------
    >>> Spline((0.0, 10.0, 30.0)).columns(np.array([0.0, 30.0])).round(3)
    array([[ 0.   ,  0.   ],
           [30.   , 16.667]])
    """

    knots: tuple[float, ...]

    @property
    def name(self) -> str:
        """Return ``spline``."""
        return "spline"

    @property
    def terms(self) -> tuple[str, ...]:
        """Return ``dose`` and one name per curved column."""
        return ("dose", *(f"spline{j}" for j in range(1, len(self.knots) - 1)))

    @property
    def nonlinear(self) -> tuple[int, ...]:
        """Return all columns but the first."""
        return tuple(range(1, len(self.knots) - 1))

    def columns(self, dose: Floats) -> Floats:
        """Evaluate the basis."""
        t = self.knots
        last, before, span = t[-1], t[-2], t[-1] - t[-2]

        def cube(at: float) -> Floats:
            return np.asarray(np.maximum(dose - at, 0.0) ** 3)

        curved = [
            (cube(knot) - cube(before) * (last - knot) / span + cube(last) * (before - knot) / span)
            / (last - t[0]) ** 2
            for knot in t[:-2]
        ]
        return np.stack([dose, *curved], axis=-1)


@dataclass(frozen=True)
class Piecewise:
    """Describe straight lines that bend at the knots; column j is the change of slope at knot j."""

    knots: tuple[float, ...]

    @property
    def name(self) -> str:
        """Return ``piecewise``."""
        return "piecewise"

    @property
    def terms(self) -> tuple[str, ...]:
        """Return ``dose`` and one name per bend."""
        return ("dose", *(f"bend@{knot:g}" for knot in self.knots))

    @property
    def nonlinear(self) -> tuple[int, ...]:
        """Return all columns but the first."""
        return tuple(range(1, len(self.knots) + 1))

    def columns(self, dose: Floats) -> Floats:
        """Evaluate the basis."""
        return np.stack([dose, *(np.maximum(dose - knot, 0.0) for knot in self.knots)], axis=-1)


@dataclass(frozen=True)
class FractionalPolynomial:
    """Describe a fractional polynomial of Royston and Altman (Appl Stat 1994;43:429).

    Power 0 is the logarithm; a repeated power is multiplied by the logarithm of the dose once more.

    Attributes
    ----------
    powers
        One or two powers, usually from -2, -1, -0.5, 0, 0.5, 1, 2, 3.
    shift, scale
        The dose enters as ``(dose + shift) / scale`` [dose unit].
    """

    powers: tuple[float, ...]
    shift: float = 0.0
    scale: float = 1.0

    @property
    def name(self) -> str:
        """Return ``fractional``."""
        return "fractional"

    @property
    def terms(self) -> tuple[str, ...]:
        """Return one name per power."""
        return tuple(
            f"fp({power:g})" + "*log" * self.powers[:j].count(power) for j, power in enumerate(self.powers)
        )

    @property
    def nonlinear(self) -> tuple[int, ...]:
        """Return the columns other than a plain power of one; empty when no straight line is nested."""
        if 1 not in self.powers:
            return ()
        straight = self.powers.index(1)
        return tuple(j for j in range(len(self.powers)) if j != straight)

    def columns(self, dose: Floats) -> Floats:
        """Evaluate the powers.

        Raises
        ------
        EpsomError
            ``E-EV-DOSE-POSITIVE`` when a logarithm or a negative power meets a dose at or below zero.
        """
        x = (np.asarray(dose, dtype=np.float64) + self.shift) / self.scale
        needs_positive = any(p <= 0 or p != int(p) for p in self.powers) or len(set(self.powers)) < len(
            self.powers
        )
        if needs_positive and np.any(x <= 0):
            raise EpsomError(
                Problem("E-EV-DOSE-POSITIVE", field="dose", value=float(np.min(x)), expected="> 0")
            )
        log = np.log(x) if needs_positive else np.zeros_like(x)
        columns: list[Floats] = []
        for j, power in enumerate(self.powers):
            column = log if power == 0 else x**power
            columns.append(np.asarray(column * log ** self.powers[:j].count(power)))
        return np.stack(columns, axis=-1)


def make_shape(shape: str | Shape, knots: Sequence[float] | None = None) -> Shape:
    """Find a shape by name, or take one as it is.

    Parameters
    ----------
    shape
        ``linear``, ``quadratic``, ``cubic``, ``spline``, ``piecewise``, or a `Shape`.
    knots
        Doses of the knots [dose unit]; at least 3 for a spline, 1 for piecewise.

    Raises
    ------
    EpsomError
        ``E-EV-CHOICE`` for an unknown name, ``E-EV-KNOTS`` for too few or tied knots.

    Examples
    --------
    >>> make_shape("spline", [0, 10, 30]).terms
    ('dose', 'spline1')
    """
    if not isinstance(shape, str):
        return shape
    degrees = {"linear": 1, "quadratic": 2, "cubic": 3}
    if shape in degrees:
        return Polynomial(degrees[shape])
    if shape not in ("spline", "piecewise"):
        known = "linear, quadratic, cubic, spline, piecewise"
        raise EpsomError(Problem("E-EV-CHOICE", field="shape", value=shape, expected=known))
    given = tuple(float(knot) for knot in knots or ())
    least = 3 if shape == "spline" else 1
    rising = all(a < b for a, b in pairwise(given))
    if len(given) < least or not rising:
        raise EpsomError(Problem("E-EV-KNOTS", field="knots", value=list(given), expected=str(least)))
    return Spline(given) if shape == "spline" else Piecewise(given)
