"""Power of t tests: how many people, how large an effect, with what chance to see it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import f, ncf, norm

from epsom.base.arrays import FloatArray

MOST = 1_000_000  # people in a group; an effect that needs more is no effect for a trial
_CERTAIN = 100.0  # noncentrality beyond which the power is 1 to all digits
_LEAST = 1e-8  # noncentrality below which the power is alpha to all digits
_MANY = 100_000  # degrees of freedom from which t is normal to 1e-6


@dataclass(frozen=True)
class TTest:
    """Describe a two-sided t test.

    Attributes
    ----------
    groups
        2 where groups are compared, 1 where each person is their own control.
    spent
        Numbers that are estimated beside the spread: degrees of freedom are ``groups n - spent``.
    alpha
        Chance of a false finding.
    """

    groups: int
    spent: int
    alpha: float

    @property
    def fewest(self) -> int:
        """Return the fewest people in a group that leave a degree of freedom."""
        return self.spent // self.groups + 1

    def power(self, effect: float, sd: float, n: int) -> float:
        """Return the chance to find an effect with ``n`` people in each group.

        Parameters
        ----------
        effect, sd
            Mean difference and the SD of what is compared, in one unit; the noncentrality is
            ``effect / sd sqrt(n / groups)`` (Cohen 1988, Statistical Power Analysis, chapter 2).

        Examples
        --------
        >>> round(TTest(2, 2, 0.05).power(0.5, 1.0, 64), 3)
        0.801
        """
        return float(self.powers(np.array([effect]), sd, n)[0])

    def powers(self, effects: FloatArray, sd: float, n: int) -> FloatArray:
        """Return the power for each of several effects (n_effects,); see `power`."""
        shift = np.abs(effects) / sd * math.sqrt(n / self.groups)
        free = self.groups * n - self.spent
        if free > _MANY:
            limit = norm.ppf(1.0 - self.alpha / 2.0)
            return np.asarray(norm.sf(limit - shift) + norm.cdf(-limit - shift))
        # The square of a noncentral t is a noncentral F, which keeps its digits where the t does not.
        limit = f.ppf(1.0 - self.alpha, 1, free)
        return np.asarray(ncf.sf(limit, 1, free, np.clip(shift, _LEAST, _CERTAIN) ** 2))

    def people(self, effect: float, sd: float, power: float) -> int | None:
        """Return the fewest people in each group that reach a power; None when a million do not."""
        low, high = self.fewest, MOST
        if self.power(effect, sd, high) < power:
            return None
        while low < high:
            middle = (low + high) // 2
            if self.power(effect, sd, middle) >= power:
                high = middle
            else:
                low = middle + 1
        return low

    def detectable(self, sd: float, n: int, power: float) -> float:
        """Return the smallest effect that ``n`` people in each group find with a power."""
        if n < self.fewest:
            return math.inf
        step = sd / math.sqrt(n / self.groups)
        return step * float(brentq(lambda shift: self.power(shift * step, sd, n) - power, 0.0, _CERTAIN))
