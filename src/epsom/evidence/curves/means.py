"""Continuous outcomes by dose: mean differences or standardised differences against the reference arm.

All arms share the reference arm, so differences are correlated (Crippa & Orsini, BMC Med Res Methodol
2016;16:91). The covariance of mean differences is ``sd_0^2 / n_0`` while the variances use the pooled SD.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats, at_row, column, same_length
from epsom.evidence.curves.studies import Contrasts

EFFECTS = ("md", "cohens", "hedges", "glass")


def mean_contrasts(
    study: Sequence[Any],
    dose: ArrayLike,
    mean: ArrayLike,
    sd: ArrayLike,
    n: ArrayLike,
    *,
    effect: str = "md",
    reference: ArrayLike | None = None,
) -> Contrasts:
    """Build contrasts of arms against each study's reference arm.

    Parameters
    ----------
    study
        Study of each arm, (arms,).
    dose, mean, sd, n
        Dose [dose unit], mean and SD [outcome unit] and size [person] of each arm, (arms,).
    effect
        ``md`` (mean difference), ``cohens`` (pooled SD of all arms), ``hedges`` (the same, corrected for
        small samples) or ``glass`` (reference SD).
    reference
        True in the reference arms; None: the first arm of each study.

    Raises
    ------
    EpsomError
        ``E-EV-SD``, ``E-EV-COUNT``, ``E-EV-REFERENCES``, ``E-EV-ALONE``, ``E-EV-NUMBER``,
        ``E-EV-LENGTH``, ``E-EV-CHOICE``.

    Examples
    --------
    >>> data = mean_contrasts(["a", "a"], [0, 2], [5, 8], [10, 10], [50, 50])
    >>> data.y, data.s.round(3)
    (array([[3.]]), array([[[4.]]]))
    """
    if effect not in EFFECTS:
        raise EpsomError(Problem("E-EV-CHOICE", field="effect", value=effect, expected=", ".join(EFFECTS)))
    names = [str(s) for s in study]
    columns = {"dose": column(dose, "dose", names), "mean": column(mean, "mean", names),
               "sd": column(sd, "sd", names), "n": column(n, "n", names)}  # fmt: skip
    same_length(**columns)
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows_of.setdefault(name, []).append(row)
    is_ref = None if reference is None else np.asarray(reference, dtype=bool)
    _refuse(names, columns, rows_of, is_ref)
    m, width = len(rows_of), max(len(rows) for rows in rows_of.values()) - 1
    doses, y, mask = np.zeros((m, width)), np.zeros((m, width)), np.zeros((m, width), dtype=bool)
    s, dose_ref = np.tile(np.eye(width), (m, 1, 1)), np.zeros(m)
    for i, rows in enumerate(rows_of.values()):
        ref = rows[0] if is_ref is None else next(row for row in rows if is_ref[row])
        order = [ref, *(row for row in rows if row != ref)]
        k = len(rows) - 1
        y[i, :k], s[i, :k, :k] = _differences(
            columns["mean"][order], columns["sd"][order], columns["n"][order], effect
        )
        doses[i, :k], dose_ref[i], mask[i, :k] = columns["dose"][order[1:]], columns["dose"][ref], True
    return Contrasts(tuple(rows_of), doses, dose_ref, y, s, mask, effect)


def _refuse(names: list[str], columns: dict[str, Floats], rows_of: dict[str, list[int]], is_ref: Any) -> None:
    problems = [
        at_row("E-EV-SD", int(i), "sd", columns["sd"][i], names) for i in np.flatnonzero(columns["sd"] <= 0)
    ]
    problems += [
        at_row("E-EV-COUNT", int(i), "n", columns["n"][i], names) for i in np.flatnonzero(columns["n"] <= 1)
    ]
    for name, rows in rows_of.items():
        if len(rows) < 2:
            problems.append(Problem("E-EV-ALONE", row=rows[0] + 1, field="dose", details={"study": name}))
        found = [] if is_ref is None else [row + 1 for row in rows if is_ref[row]]
        if is_ref is not None and len(found) != 1:
            listed = ", ".join(map(str, found)) or "-"
            problems.append(
                Problem("E-EV-REFERENCES", row=rows[0] + 1, field="reference", value=len(found), expected="1",
                        details={"study": name, "rows": listed})
            )  # fmt: skip
    if problems:
        raise EpsomError.of(problems)


def _differences(mean: Floats, sd: Floats, n: Floats, effect: str) -> tuple[Floats, Floats]:
    """Return the differences with the first arm and their covariance matrix."""
    total = float(np.sum(n))
    pooled = float(np.sqrt(np.sum((n - 1) * sd**2) / np.sum(n - 1)))
    raw = mean[1:] - mean[0]
    share = 1 / n[0]
    if effect == "md":
        s = np.full((len(raw), len(raw)), sd[0] ** 2 * share)
        s[np.diag_indices(len(raw))] = pooled**2 * (1 / n[1:] + share)
        return raw, s
    if effect == "glass":
        d, df = raw / sd[0], 2 * (n[0] - 1)
    else:
        d, df = raw / pooled, 2 * total
        if effect == "hedges":
            d, df = d * (1 - 3 / (4 * total - 9)), 2 * (total - 3.94)
    s = share + np.outer(d, d) / df
    s[np.diag_indices(len(raw))] += 1 / n[1:]
    return d, s
