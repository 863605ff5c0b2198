"""People of a reference population of whom something is known already: the rest follows from that.

The facts of a person hang together through hidden normal scores (see `drawing`). What is known fixes its
scores; the others are normal around their expectation given those, with what spread is left (the
conditional distribution of a multivariate normal; Eaton 1983, Multivariate Statistics, section 3.4).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from epsom.base.arrays import FloatArray
from epsom.people.reference.drawing import Place, value_at
from epsom.people.reference.tables import SEXES, Marginal, Reference

_TINY = 1e-300
_STEP = 0.05  # of a score, for slopes of the tables
_HALVINGS = 40  # of the width of the tables: to 1e-11 of a score


def score_of(reference: Reference, place: Place, marginal: Marginal, value: FloatArray) -> FloatArray:
    """Return the hidden score at which each person would have ``value`` (n,), within the tables."""
    low = np.full(len(value), reference.nodes[0])
    high = np.full(len(value), reference.nodes[-1])
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        less = value_at(reference, place, marginal, middle) < value
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return np.asarray(0.5 * (low + high))


def score_of_flag(
    reference: Reference, place: Place, name: str, has: FloatArray, probability: FloatArray
) -> FloatArray:
    """Return hidden scores of people who have something (1) or have it not (0) (n,).

    Parameters
    ----------
    probability
        Where in its tail, or in the rest, each score lies (n,): between 0 and 1.
    """
    below = ndtr(place.between(reference.flags[name]))
    inside = np.where(has == 1.0, below + probability * (1.0 - below), probability * below)
    return np.asarray(np.clip(ndtri(inside), reference.nodes[0], reference.nodes[-1]))


def age_given(
    reference: Reference,
    sex: npt.NDArray[np.intp],
    known: Mapping[str, FloatArray],
    probability: FloatArray,
) -> FloatArray:
    """Return the age [years] of people of whom other facts are known (n,), by Bayes' rule.

    Parameters
    ----------
    known
        Fact -> values (n,); facts that the reference population does not hold tell nothing.
    probability
        Where in each person's distribution of ages theirs lies (n,).
    """
    count = reference.ages.shape[1]
    ages = reference.first_age + np.arange(count, dtype=np.float64)
    shape = (len(sex), count)
    place = Place(reference, np.repeat(sex, count), np.tile(ages, len(sex)))
    weight = np.log(reference.ages[sex] + _TINY)
    for name in reference.flags:
        if name in known:
            has = ndtr(-place.between(reference.flags[name])).reshape(shape)
            weight += np.log(np.where(known[name][:, None] == 1.0, has, 1.0 - has) + _TINY)
    names = [name for name in reference.continuous if name in known]
    if names:
        weight += _density(reference, place, {name: known[name] for name in names}, shape)
    share = np.exp(weight - weight.max(axis=1, keepdims=True))
    steps = np.cumsum(share, axis=1) / share.sum(axis=1, keepdims=True)
    return np.asarray(ages[np.argmax(steps > probability[:, None], axis=1)])


def _density(
    reference: Reference, place: Place, known: Mapping[str, FloatArray], shape: tuple[int, int]
) -> FloatArray:
    """Return the log density of known facts at every age (n, n_ages), up to a constant."""
    scores, total = [], np.zeros(shape)
    for name, values in known.items():
        marginal = reference.continuous[name]
        score = score_of(reference, place, marginal, np.repeat(values, shape[1]))
        above = value_at(reference, place, marginal, score + _STEP)
        below = value_at(reference, place, marginal, score - _STEP)
        total -= np.log(np.maximum(above - below, _TINY)).reshape(shape)
        scores.append(score.reshape(shape))
    index = [reference.order.index(name) for name in known]
    for code in range(len(SEXES)):
        mine = place.sex.reshape(shape)[:, 0] == code
        correlation = (reference.factor[code] @ reference.factor[code].T)[np.ix_(index, index)]
        z = np.stack(scores)[:, mine]
        total[mine] -= 0.5 * np.einsum("ipa,ij,jpa->pa", z, np.linalg.inv(correlation), z)
    return total


def other_scores(
    reference: Reference,
    sex: npt.NDArray[np.intp],
    known: Mapping[str, FloatArray],
    free: Mapping[str, FloatArray],
) -> dict[str, FloatArray]:
    """Return the hidden scores (n,) of the facts that are not known.

    Parameters
    ----------
    known
        Fact -> hidden scores (n,).
    free
        Every other fact -> independent standard normal scores (n,); zeros give the conditional medians.

    Examples
    --------
    >>> import numpy as np
    >>> from epsom.people.reference.tables import reference
    >>> r = reference("Netherlands")
    >>> zeros = {name: np.zeros(1) for name in r.order}
    >>> found = other_scores(r, np.array([1]), {"bmi_kg_per_m2": np.array([2.0])}, zeros)
    >>> bool(found["homa_ir"][0] > 0.5)
    True
    """
    order = reference.order
    fixed = [order.index(name) for name in known]
    rest = [k for k, name in enumerate(order) if name not in known]
    found = {order[k]: np.empty(len(sex)) for k in rest}
    given = np.stack([*known.values()], axis=1) if known else np.empty((len(sex), 0))
    own = np.stack([free[order[k]] for k in rest], axis=1)
    for code in range(len(SEXES)):
        mine = sex == code
        correlation = reference.factor[code] @ reference.factor[code].T
        across = correlation[np.ix_(rest, fixed)]
        weights = np.linalg.solve(correlation[np.ix_(fixed, fixed)], across.T).T
        left = correlation[np.ix_(rest, rest)] - weights @ across.T
        scores = given[mine] @ weights.T + own[mine] @ np.linalg.cholesky(left).T
        for column, k in enumerate(rest):
            found[order[k]][mine] = scores[:, column]
    return found
