"""What is known of one person for a status."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Facts:
    """Hold what was stated about a person; NaN where it was not.

    Parameters
    ----------
    name
        What the person is called in a table.
    sex, age
        ``female`` or ``male``; age [year].
    state
        ``any``, ``pregnancy`` or ``lactation``.
    usual
        Usual intake from food and drink as stated [mg/d].
    days
        Intake of single recall days [mg/d], used instead of ``usual`` when there are any.
    supplement
        Magnesium from supplements and medicines, now [mg/d].
    planned
        Supplement that is planned [mg/d].
    serum
        Total serum magnesium [mmol/L].
    egfr
        Glomerular filtration rate [mL/min/1.73 m2].
    drinks
        Usual alcoholic drinks [1/d].
    flags
        Drug or condition -> 1, 0 or NaN.
    listed
        Ids of cautions that the person's medicines and conditions call for.
    dose, urine_before, urine_after
        Loading test: infused [mmol], magnesium in 24-hour urine before and after [mmol].
    """

    name: str
    sex: str
    age: float
    state: str = "any"
    usual: float = math.nan
    days: tuple[float, ...] = ()
    supplement: float = math.nan
    planned: float = math.nan
    serum: float = math.nan
    egfr: float = math.nan
    drinks: float = math.nan
    flags: Mapping[str, float] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()
    dose: float = math.nan
    urine_before: float = math.nan
    urine_after: float = math.nan

    @property
    def takes_supplement(self) -> bool:
        """Tell whether a supplement is taken or planned."""
        return self.supplement > 0 or self.planned > 0
