"""Array types of the evidence room, and the one way in which numbers enter it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epsom.base.errors import EpsomError, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def column(values: ArrayLike, field: str, labels: Sequence[str] | None = None) -> Floats:
    """Read one column of numbers, or say which study and row holds no number.

    Parameters
    ----------
    values
        Anything that NumPy reads as numbers, [any unit] and (k,).
    field
        The name of the column, for the error.
    labels
        Names of the studies, for the error.

    Raises
    ------
    EpsomError
        ``E-EV-NUMBER`` for each row that is not a finite number; ``E-EV-EMPTY`` for no rows.

    Examples
    --------
    >>> column([1, 2.5], "se")
    array([1. , 2.5])
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise EpsomError(Problem("E-EV-NUMBER", field=field, value=values, details={"study": "-"})) from error
    array = np.atleast_1d(array)
    if array.ndim != 1 or array.size == 0:
        raise EpsomError(Problem("E-EV-EMPTY", field=field))
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise EpsomError.of(at_row("E-EV-NUMBER", int(i), field, array[i], labels) for i in bad)
    return array


def at_row(
    code: str, index: int, field: str, value: Any, labels: Sequence[str] | None, **details: Any
) -> Problem:
    """Describe a fault of one row, with the study's name when there is one; rows count from 1."""
    if isinstance(value, np.generic):
        value = value.item()
    study = str(labels[index]) if labels is not None else str(index + 1)
    return Problem(code, row=index + 1, field=field, value=value, details={"study": study, **details})


def same_length(**columns: Floats | None) -> None:
    """Refuse columns of different lengths.

    Raises
    ------
    EpsomError
        ``E-EV-LENGTH`` that names the columns and their lengths.
    """
    lengths = {name: len(values) for name, values in columns.items() if values is not None}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}: {size}" for name, size in lengths.items())
        raise EpsomError(Problem("E-EV-LENGTH", value=listed))
