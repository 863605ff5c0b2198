"""Turn the notes of a scored batch into coded problems, one a note, for whoever shows them."""

from __future__ import annotations

import numpy as np

from epsom.base.errors import Problem
from epsom.risk.fields import keys
from epsom.risk.reading import Note
from epsom.risk.scoring import Scored


def as_problem(note: Note, score: str) -> Problem:
    """Describe a note by its first person, and say how many it concerns.

    Parameters
    ----------
    note
        One note of a scored batch.
    score
        Name of the score.

    Returns
    -------
    Problem
        Its row counts from 1; ``details`` hold ``people`` and ``n``.
    """
    first = int(np.argmax(note.rows))
    given = None if note.given is None else note.given[first]
    value = given.item() if isinstance(given, np.generic) else given
    return Problem(
        note.code,
        row=first + 1,
        field=note.key,
        value=None if isinstance(value, float) and np.isnan(value) else value,
        unit=keys()[note.key].unit_name if note.key in keys() else None,
        expected=note.expected,
        details={"people": int(note.rows.sum()), "n": len(note.rows), "output": note.output, "score": score},
    )


def problems(scored: Scored) -> list[Problem]:
    """Describe all notes, refusals before warnings."""
    ordered = sorted(scored.notes, key=lambda note: note.code)
    return [as_problem(note, scored.score) for note in ordered]


def codes_by_person(scored: Scored) -> list[str]:
    """Return for each person the codes that concern them, with the field: ``W-RISK-ASSUMED statin``."""
    texts = np.full(len(scored.status), "", dtype=object)
    for note in sorted(scored.notes, key=lambda note: note.code):
        text, rows = f"{note.code} {note.output or note.key}", note.rows
        texts[rows] = np.where(texts[rows] == "", text, texts[rows] + f"; {text}")
    found: list[str] = texts.tolist()
    return found
