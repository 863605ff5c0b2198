"""One person's usual intake, and how likely it falls short of what that person needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from epsom.people.depletion_score import status_rules
from epsom.people.reference_intakes import BODIES, find_reference
from epsom.people.status.facts import Facts
from epsom.people.usual_intake import from_scale, to_scale

F64 = npt.NDArray[np.float64]
_NODES = 41
_LIMITS = (0.05, 0.95)
ADVICE = ("EAR", "RDA", "RNI", "AI", "EV")


@dataclass(frozen=True)
class UsualIntake:
    """Hold a person's usual intake from food and drink.

    Parameters
    ----------
    method
        ``stated`` or ``recall``.
    days
        Number of recall days.
    mean_of_days
        Their plain mean [mg/d], NaN when there are none.
    usual, low, high
        Usual intake and where it lies with 90 % certainty [mg/d]; the ends are NaN when it was stated.
    draws, shares
        Values that the usual intake may have [mg/d] (k,) and how likely each is (k,).
    """

    method: str
    days: int
    mean_of_days: float
    usual: float
    low: float
    high: float
    draws: F64
    shares: F64


@dataclass(frozen=True)
class Adequacy:
    """Compare intake with what one body advises.

    ``reading`` is ``likely_short``, ``possibly_short`` or ``likely_enough`` where an average requirement
    is known; ``met`` or ``below`` for a recommendation; ``met`` or ``not_judged`` for an adequate intake,
    below which nothing can be said.
    """

    body: str
    kind: str
    advised: float
    share: float
    reading: str
    source: str
    confidence: str


def usual_of(facts: Facts) -> UsualIntake | None:
    """Return a person's usual intake from food, or None when nothing was stated.

    Recall days are read against people of the same sex: on the scale of the fourth root, usual value ~
    N(centre, between), a day ~ N(usual value, within). The mean of k days then says that the usual value
    is centre + (mean - centre) x between / (between + within / k), with variance
    between x (within / k) / (between + within / k). For one person this is the best guess; the spread
    of a group needs the wider `epsom.people.usual_intake.usual_intake`.
    """
    if not facts.days:
        if math.isnan(facts.usual):
            return None
        one = np.array([facts.usual])
        return UsualIntake("stated", 0, math.nan, facts.usual, math.nan, math.nan, one, np.ones(1))
    prior = status_rules()["usual_intake"]["prior"][facts.sex]
    centre, within, between = (float(prior[k]) for k in ("centre", "within", "between"))
    k = len(facts.days)
    noise = within / k
    weight = between / (between + noise)
    middle = centre + (float(to_scale(facts.days).mean()) - centre) * weight
    spread = math.sqrt(weight * noise)
    nodes, shares = np.polynomial.hermite_e.hermegauss(_NODES)
    draws = from_scale(np.maximum(middle + spread * nodes, 0.0), within)
    low, high = (
        float(from_scale(np.array([middle + spread * NormalDist().inv_cdf(p)]), within)[0]) for p in _LIMITS
    )
    shares = shares / shares.sum()
    mean = float(draws @ shares)
    return UsualIntake("recall", k, float(np.mean(facts.days)), mean, low, high, draws, shares)


def probability_of_inadequacy(intake: UsualIntake, added: float, average_requirement: float) -> float:
    """Return how likely a person's intake is below that person's own requirement.

    The requirement is normal about the average one with a coefficient of variation of 10 %; the usual
    intake is as uncertain as the days make it: Institute of Medicine, Dietary Reference Intakes:
    Applications in Dietary Assessment (2000), the probability approach.

    Parameters
    ----------
    added
        Magnesium from supplements [mg/d].
    average_requirement
        EAR [mg/d].

    Examples
    --------
    >>> one = UsualIntake("stated", 0, float("nan"), 265.0, 0.0, 0.0, np.array([265.0]), np.ones(1))
    >>> round(probability_of_inadequacy(one, 0.0, 265.0), 3)
    0.5
    """
    spread = status_rules()["requirement"]["coefficient_of_variation"] * average_requirement
    need = NormalDist(average_requirement, spread)
    short = np.array([1.0 - need.cdf(float(x) + added) for x in intake.draws])
    return float(np.clip(short @ intake.shares, 0.0, 1.0))


def adequacy_of(facts: Facts, intake: UsualIntake) -> list[Adequacy]:
    """Compare food and supplement together with what each body advises for this person."""
    added = 0.0 if math.isnan(facts.supplement) else facts.supplement
    total = intake.usual + added
    found = []
    for body in BODIES:
        for kind in ADVICE:
            r = find_reference(body, [kind], facts.age, facts.sex, facts.state)
            if r is None:
                continue
            if kind == "EAR" and r.state == "any" and facts.state != "any":
                continue  # the table has no average requirement for pregnancy and lactation
            reading = _reading(kind, total, r.mg_per_day, intake, added)
            share = total / r.mg_per_day
            found.append(Adequacy(body, kind, r.mg_per_day, share, reading, r.source, r.confidence))
    return found


def _reading(kind: str, total: float, advised: float, intake: UsualIntake, added: float) -> str:
    if kind == "EAR":
        chance = probability_of_inadequacy(intake, added, advised)
        return "likely_short" if chance > 0.5 else "possibly_short" if chance > 0.1 else "likely_enough"
    if total >= advised:
        return "met"
    return "not_judged" if kind in ("AI", "EV") else "below"
