"""Read a table of dose categories, one row each, into padded studies; refuse what cannot be right.

Every fault names the study and the row, and all faults are reported at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from epsom.base.errors import EpsomError, Problem
from epsom.evidence.arrays import Bools, Floats, Ints, at_row, column, same_length
from epsom.evidence.curves.studies import KINDS, Categories


def read_categories(
    study: Sequence[Any],
    dose: ArrayLike,
    estimate: ArrayLike,
    se: ArrayLike,
    *,
    cases: ArrayLike | None = None,
    n: ArrayLike | None = None,
    kind: Sequence[str] | str | None = None,
    reference: ArrayLike | None = None,
) -> Categories:
    """Read dose categories with log relative effects.

    Parameters
    ----------
    study
        Study of each row, (rows,).
    dose, estimate, se
        Dose [dose unit], log relative effect [-] and its standard error [-], (rows,). The reference row of
        a study has both at 0 (or NaN).
    cases, n
        Cases [person] and persons or person-time [person or person-year], (rows,); NaN where not reported.
    kind
        ``cc``, ``ci`` or ``ir``, per row or for all.
    reference
        True in the reference rows; None: the rows with standard error 0 or missing.

    Raises
    ------
    EpsomError
        ``E-EV-REFERENCES`` for none or several references, ``E-EV-REFERENCE-SE`` for a reference with a
        standard error or an effect, ``E-EV-SE``, ``E-EV-CASES``, ``E-EV-COUNT``, ``E-EV-KIND``,
        ``E-EV-NUMBER``, ``E-EV-LENGTH``.

    Examples
    --------
    >>> read_categories(["a", "a"], [0, 1], [0, 0.3], [0, 0.1]).sizes
    array([1])
    """
    names = [str(s) for s in study]
    x, y, s = column(dose, "dose", names), _loose(estimate), _loose(se)
    counts = {"cases": _optional(cases, len(x)), "n": _optional(n, len(x))}
    same_length(dose=x, estimate=y, se=s, **counts)
    if len(names) != len(x):
        raise EpsomError(Problem("E-EV-LENGTH", value=f"study: {len(names)}, dose: {len(x)}"))
    is_ref = (~(s > 0) & ~(s < 0)) if reference is None else np.asarray(reference, dtype=bool)
    problems = _row_faults(names, x, y, s, is_ref, counts)
    ids, flags = list(dict.fromkeys(names)), is_ref.tolist()
    rows_of = {name: [] for name in ids}  # type: dict[str, list[int]]
    for row, name in enumerate(names):
        rows_of[name].append(row)
    for name in ids:
        problems += _study_faults(name, rows_of[name], flags)
    kinds = _kinds(names, ids, rows_of, kind, problems)
    if problems:
        raise EpsomError.of(problems)
    return _pack(ids, rows_of, x, y, s, is_ref, counts, kinds)


def _loose(values: ArrayLike) -> Floats:
    return np.atleast_1d(np.asarray(values, dtype=np.float64))


def _optional(values: ArrayLike | None, size: int) -> Floats:
    return np.full(size, np.nan) if values is None else _loose(values)


def _row_faults(
    names: list[str], x: Floats, y: Floats, s: Floats, is_ref: Bools, counts: dict[str, Floats]
) -> list[Problem]:
    number, spread = np.isfinite(y), (s > 0) & np.isfinite(s)
    shown = np.where(s > 0, s, y)
    checks = (
        ("E-EV-REFERENCE-SE", "se", shown, is_ref & ((s > 0) | (number & (y != 0)))),
        ("E-EV-NUMBER", "estimate", y, ~is_ref & ~number),
        ("E-EV-SE", "se", s, ~is_ref & number & ~spread),
        ("E-EV-COUNT", "cases", counts["cases"], counts["cases"] < 0),
        ("E-EV-COUNT", "n", counts["n"], counts["n"] <= 0),
    )
    return [
        at_row(code, int(i), field, values[i], names)
        for code, field, values, bad in checks
        for i in np.flatnonzero(bad)
    ]


def _study_faults(name: str, rows: list[int], is_ref: list[bool]) -> list[Problem]:
    references = [row + 1 for row in rows if is_ref[row]]
    if len(references) != 1:
        listed = ", ".join(str(row) for row in references) or "-"
        return [
            Problem(
                "E-EV-REFERENCES", row=rows[0] + 1, field="se", value=len(references), expected="1",
                details={"study": name, "rows": listed},
            )
        ]  # fmt: skip
    if len(rows) < 2:
        return [Problem("E-EV-ALONE", row=rows[0] + 1, field="dose", details={"study": name})]
    return []


def _kinds(
    names: list[str], ids: list[str], rows_of: dict[str, list[int]], kind: Sequence[str] | str | None,
    problems: list[Problem],
) -> tuple[str, ...] | None:  # fmt: skip
    if kind is None:
        return None
    listed = [kind] * len(names) if isinstance(kind, str) else [str(k) for k in kind]
    if len(listed) != len(names):
        raise EpsomError(Problem("E-EV-LENGTH", value=f"kind: {len(listed)}, study: {len(names)}"))
    found = []
    for name in ids:
        values = {listed[row] for row in rows_of[name]}
        first = rows_of[name][0]
        if len(values) != 1 or not values <= set(KINDS):
            value = ", ".join(sorted(values))
            problems.append(
                Problem("E-EV-KIND", row=first + 1, field="kind", value=value, expected=", ".join(KINDS),
                        details={"study": name})
            )  # fmt: skip
        found.append(listed[first])
    return tuple(found)


def _pack(
    ids: list[str], rows_of: dict[str, list[int]], x: Floats, y: Floats, s: Floats, is_ref: Bools,
    counts: dict[str, Floats], kinds: tuple[str, ...] | None,
) -> Categories:  # fmt: skip
    m, width = len(ids), max(len(rows) for rows in rows_of.values()) - 1
    index, ref = np.full((m, width), -1), np.empty(m, dtype=np.int64)
    remarks: list[Problem] = []
    doses, reference = x.tolist(), is_ref.tolist()
    for i, name in enumerate(ids):
        rows = rows_of[name]
        ref[i] = next(row for row in rows if reference[row])
        others = [row for row in rows if row != ref[i]]
        index[i, : len(others)] = others
        remarks += _order_remarks(name, rows, doses)
    mask = index >= 0
    data = Categories(
        ids=tuple(ids), dose=_take(x, index, mask, 0.0), dose_ref=x[ref], y=_take(y, index, mask, 0.0),
        v=_take(s, index, mask, 1.0) ** 2, mask=mask, rows=index + 1, row_ref=ref + 1, kind=kinds,
        cases=_take(counts["cases"], index, mask, np.nan), cases_ref=counts["cases"][ref],
        n=_take(counts["n"], index, mask, np.nan), n_ref=counts["n"][ref], warnings=tuple(remarks),
    )  # fmt: skip
    _refuse_impossible_cases(data)
    return data


def _take(values: Floats, index: Ints, mask: Bools, empty: float) -> Floats:
    return np.where(mask, values[np.maximum(index, 0)], empty)


def _order_remarks(name: str, rows: list[int], x: list[float]) -> list[Problem]:
    doses = [x[row] for row in rows]
    if len(set(doses)) < len(rows):
        return [Problem("W-EV-DOSE-TWICE", row=rows[0] + 1, field="dose", details={"study": name})]
    if doses != sorted(doses):
        return [Problem("W-EV-DOSE-ORDER", row=rows[0] + 1, field="dose", details={"study": name})]
    return []


def _refuse_impossible_cases(data: Categories) -> None:
    """Refuse more cases than persons, where ``n`` counts persons."""
    if data.kind is None:
        return
    persons = np.array([kind != "ir" for kind in data.kind])
    problems = [
        _too_many(data, int(i), int(data.row_ref[i]), data.cases_ref[i], data.n_ref[i])
        for i in np.flatnonzero(persons & (data.cases_ref > data.n_ref))
    ]
    problems += [
        _too_many(data, int(i), int(data.rows[i, j]), data.cases[i, j], data.n[i, j])
        for i, j in np.argwhere(persons[:, None] & data.mask & (data.cases > data.n))
    ]
    if problems:
        raise EpsomError.of(problems)


def _too_many(data: Categories, i: int, row: int, cases: float, n: float) -> Problem:
    details = {"study": data.ids[i], "limit": float(n)}
    return Problem("E-EV-CASES", row=row, field="cases", value=float(cases), details=details)
