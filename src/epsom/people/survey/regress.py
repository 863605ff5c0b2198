"""Regression and correlation in a complex sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from epsom.people.survey.design import F64, Bool, Design


@dataclass(frozen=True)
class Regression:
    """Hold the coefficients of a linear regression, their design-based covariance and the count.

    Parameters
    ----------
    beta
        Coefficients (k,), in the order of the columns.
    covariance
        Their covariance (k, k).
    n
        People used.
    """

    beta: F64
    covariance: F64
    n: int

    @property
    def se(self) -> F64:
        """Return the standard errors (k,)."""
        return np.sqrt(np.diag(self.covariance))


def regress(design: Design, y: npt.ArrayLike, x: npt.ArrayLike, part: Bool) -> Regression:
    """Fit a linear regression by weighted least squares with design-based standard errors.

    The covariance is A^-1 V A^-1 with A = X'WX and V the design variance of the scores w x e:
    Binder, Int Stat Rev 1983;51:279-292.

    Parameters
    ----------
    design
        The full sample.
    y
        Outcome (n,).
    x
        Columns (n, k), a constant among them if one is wanted. Rows with a NaN are left out.
    part
        True for the people of interest (n,).
    """
    outcome = np.asarray(y, dtype=np.float64)
    matrix = np.asarray(x, dtype=np.float64)
    here = part & (design.weight > 0) & ~np.isnan(outcome) & ~np.isnan(matrix).any(axis=1)
    weight = design.weight[here] / design.weight[here].mean()
    columns, known = matrix[here], outcome[here]
    # Columns differ by orders of magnitude (1 and age squared): scale them before solving.
    size = np.sqrt((columns**2).mean(axis=0))
    scaled = columns / size
    inverse = np.linalg.inv(scaled.T @ (scaled * weight[:, None]))
    beta = inverse @ (scaled.T @ (weight * known))
    scores = np.zeros_like(matrix)
    scores[here] = scaled * (weight * (known - scaled @ beta))[:, None]
    covariance = inverse @ design.variance(scores) @ inverse
    return Regression(beta / size, covariance / np.outer(size, size), int(here.sum()))


def weighted_correlation(x: F64, y: F64, weight: F64) -> float:
    """Return Pearson's correlation of two variables (n,) with weights (n,)."""
    a = x - np.average(x, weights=weight)
    b = y - np.average(y, weights=weight)
    return float((weight * a * b).sum() / np.sqrt((weight * a * a).sum() * (weight * b * b).sum()))


def mean_ranks(x: F64) -> F64:
    """Return ranks from 1 (n,), equal values sharing the mean of their places.

    Examples
    --------
    >>> mean_ranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, place, count = np.unique(x, return_inverse=True, return_counts=True)
    ranks: F64 = (np.cumsum(count) - (count - 1) / 2.0)[place.reshape(-1)]
    return ranks


def rank_correlation(x: F64, y: F64) -> float:
    """Return Spearman's correlation (n,), ties given their mean rank, without weights."""
    return weighted_correlation(mean_ranks(x), mean_ranks(y), np.ones(len(x)))
