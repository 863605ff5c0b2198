"""Coded errors: one shape for everything that can be wrong with what a user gave us.

A problem is data (code, place, value, expectation); its wording lives in the ``errors``
catalogue of each language, so that the same fault reads naturally in Dutch and in English.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epsom.base.i18n import Translator


@dataclass(frozen=True)
class Problem:
    """Describe one fault: what, where, the value with its unit, what was expected, what to do.

    Parameters
    ----------
    code
        Stable code such as ``E-RANGE``; the catalogue holds ``errors.<code>`` (what is wrong)
        and ``errors.<code>.do`` (what to do), both formatted with ``details``.
    file, row, field
        Where the fault is, as far as it is known. Rows count from 1, the header excluded.
    value, unit, expected
        The offending value as it was given, its unit, and what would have been accepted.
    details
        Further named values for the wording.
    """

    code: str
    file: str | None = None
    row: int | None = None
    field: str | None = None
    value: Any = None
    unit: str | None = None
    expected: str | None = None
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def at(self, *, file: str | None = None, row: int | None = None, field: str | None = None) -> Problem:
        """Return the same problem with places filled in where they were unknown."""
        return replace(self, file=self.file or file, row=self.row or row, field=self.field or field)

    def words(self, t: Translator) -> tuple[str, str]:
        """Say what is wrong and what to do, in the translator's language."""
        values = {
            "file": self.file or "",
            "row": "" if self.row is None else self.row,
            "field": self.field or "",
            "value": self.value,
            "unit": self.unit or "",
            "expected": self.expected or "",
            **self.details,
        }
        return t(f"errors.{self.code}", **values), t(f"errors.{self.code}.do", **values)

    def as_json(self, t: Translator) -> dict[str, Any]:
        """Return the one error shape that every ``--json`` command prints."""
        message, action = self.words(t)
        return {
            "code": self.code,
            "message": message,
            "file": self.file,
            "row": self.row,
            "field": self.field,
            "value": self.value if isinstance(self.value, int | float | bool) else _text(self.value),
            "unit": self.unit,
            "expected": self.expected,
            "action": action,
        }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


class EpsomError(Exception):
    """Carry one or more problems to the edge, where they are put into words.

    Raised for anything that the caller can mend; a fault of Epsom itself stays an ordinary exception.
    """

    def __init__(self, *problems: Problem) -> None:
        if not problems:
            raise ValueError("an EpsomError needs at least one problem")
        super().__init__("; ".join(f"{p.code} {p.field or ''} {p.value!r}" for p in problems))
        self.problems = problems

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> EpsomError:
        """Build one error from all problems found, so that a user mends them in one go."""
        return cls(*problems)


def problem(code: str, **parts: Any) -> EpsomError:
    """Build an error with a single problem; ``parts`` are the fields of `Problem`.

    Examples
    --------
    >>> problem("E-RANGE", field="age_years", value=-3, expected="18 to 100").problems[0].code
    'E-RANGE'
    """
    return EpsomError(Problem(code, **parts))
