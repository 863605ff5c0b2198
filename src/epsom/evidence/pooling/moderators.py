"""Turn named moderators into the columns of a design matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Floats, column


def design_columns(k: int, moderators: Mapping[str, Any] | None) -> tuple[Floats, tuple[str, ...]]:
    """Build an intercept and the moderator columns.

    Numbers enter as they are; text becomes treatment contrasts, the alphabetically first level being the
    reference.

    Parameters
    ----------
    k
        Number of studies.
    moderators
        Name -> (k,) values.

    Returns
    -------
    (x, terms)
        Design (k, p) and the names of its columns.

    Raises
    ------
    EpsomError
        ``E-EV-LENGTH`` or ``E-EV-NUMBER``.

    Examples
    --------
    >>> design_columns(2, {"design": ["cohort", "trial"]})[1]
    ('intercept', 'design[trial]')
    """
    columns, terms = [np.ones(k)], ["intercept"]
    for name, values in (moderators or {}).items():
        listed = list(values)
        if len(listed) != k:
            raise EpsomError(Problem("E-EV-LENGTH", field=name, value=f"{name}: {len(listed)}, studies: {k}"))
        if any(isinstance(value, str) for value in listed):
            texts = [str(value) for value in listed]
            for level in sort_levels(texts)[1:]:
                columns.append(np.array([float(text == level) for text in texts]))
                terms.append(f"{name}[{level}]")
        else:
            columns.append(column(listed, name))
            terms.append(name)
    return np.column_stack(columns), tuple(terms)


def sort_levels(texts: Sequence[str]) -> list[str]:
    """List distinct levels: by value when all are numbers, else alphabetically.

    Examples
    --------
    >>> sort_levels(["10", "9", "10"])
    ['9', '10']
    """
    try:
        return sorted(set(texts), key=float)
    except ValueError:
        return sorted(set(texts))
