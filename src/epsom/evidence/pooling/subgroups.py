"""Pool within subgroups, and test whether they differ.

With separate tau2 the between-group Q compares the group estimates; with a common tau2 it is the Wald test
of the group factor (Borenstein et al., Introduction to Meta-Analysis, 2009, chapter 19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats
from epsom.evidence.distributions import chi2_tail
from epsom.evidence.pooling import least_squares as ls
from epsom.evidence.pooling.inference import infer
from epsom.evidence.pooling.moderators import sort_levels
from epsom.evidence.pooling.pool import pool
from epsom.evidence.pooling.result import PooledResult
from epsom.evidence.pooling.tau2 import estimate_tau2


@dataclass(frozen=True)
class Subgroups:
    """Hold subgroup results.

    Attributes
    ----------
    levels, groups
        Names in alphabetical order, and the pooled result of each.
    q_between, df_between, p_between
        Test of differences with separate tau2 per group.
    common_tau2, common_estimate, common_se
        One tau2 for all groups: its value and the group estimates, (groups,).
    common_q, common_p
        Test of differences with the common tau2.
    """

    levels: tuple[str, ...]
    groups: tuple[PooledResult, ...]
    q_between: float
    df_between: int
    p_between: float
    common_tau2: float
    common_estimate: Floats
    common_se: Floats
    common_q: float
    common_p: float


def subgroups(result: PooledResult, group: Sequence[Any]) -> Subgroups:
    """Pool within each level of ``group``, with the method, test and level of ``result``.

    Parameters
    ----------
    result
        A pooled result without moderators.
    group
        Group of each study, (k,).

    Raises
    ------
    EpsomError
        ``E-EV-LENGTH``; ``E-EV-CHOICE`` when there is only one group.

    Examples
    --------
    >>> r = pool([0.0, 0.1, 1.0, 1.1], se=[0.1] * 4, method="EE", test="z")
    >>> round(subgroups(r, ["a", "a", "b", "b"]).q_between, 6)
    100.0
    """
    texts = [str(value) for value in group]
    if len(texts) != result.k:
        raise EpsomError(Problem("E-EV-LENGTH", value=f"group: {len(texts)}, studies: {result.k}"))
    levels = tuple(sort_levels(texts))
    if len(levels) < 2:
        raise EpsomError(Problem("E-EV-CHOICE", field="group", value=levels[0], expected="2+"))
    member = np.array([[text == level for level in levels] for text in texts])
    groups = tuple(_within(result, member[:, j]) for j in range(len(levels)))
    estimates = np.array([g.estimate for g in groups])
    weights = np.array([1 / g.se[0] ** 2 for g in groups])
    centre = np.sum(weights * estimates) / np.sum(weights)
    q = float(np.sum(weights * (estimates - centre) ** 2))
    df = len(levels) - 1
    design = ls.make_design(member.astype(float), levels)
    tau2 = estimate_tau2(result.method, design, result.y, result.v).value
    fit = ls.weighted_fit(design, result.y, 1 / (result.v + tau2))
    found = infer(design, fit, result.test, result.level)
    contrast = np.column_stack((-np.ones(df), np.eye(df)))
    gap = contrast @ found.coefficients
    common = float(gap @ np.linalg.solve(contrast @ found.vcov @ contrast.T, gap))
    return Subgroups(
        levels, groups, q, df, float(chi2_tail(q, df)), tau2, found.coefficients, found.se, common,
        float(chi2_tail(common, df)),
    )  # fmt: skip


def _within(result: PooledResult, keep: Any) -> PooledResult:
    labels = [label for label, kept in zip(result.labels, keep, strict=True) if kept]
    return pool(
        result.y[keep], variance=result.v[keep], labels=labels, method=result.method, test=result.test,
        level=result.level,
    )  # fmt: skip
