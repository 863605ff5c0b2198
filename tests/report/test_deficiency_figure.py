"""The figure of two severities: complete, labelled as animal evidence; table and words say the same."""

from __future__ import annotations

from html import unescape

import pytest

from epsom.base.i18n import LANGUAGES, Translator
from epsom.engine.registry import engine
from epsom.report.charts.tokens import tokens
from epsom.report.deficiency import Courses, courses, drawing, tables
from epsom.report.physiology import genetic_table
from epsom.study.physiology.genetics import genetic_serum, serum_and_wall


@pytest.fixture(scope="module")
def found() -> Courses:
    return courses(engine())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_says_what_the_figure_says(found: Courses, language: str) -> None:
    t = Translator(language)
    picture = drawing(found, t)
    human, rodent = tables(found, t)
    shown = unescape(picture.standalone())
    for caption in (human.caption, rodent.caption):
        assert caption in shown
        assert caption in picture.description
    for name, last in zip(human.head[1:], human.rows[-1][1:], strict=True):
        assert f"{name} {last}" in shown
        assert f"{name} {last}" in picture.description
    assert {len(row) for table in (human, rodent) for row in (table.head, *table.rows)} == {6, 5}


def test_animal_evidence_is_drawn_and_named_as_such(found: Courses) -> None:
    shown = drawing(found, Translator("en")).inline()
    dash = tokens().certainty["animal_only"].dash
    assert shown.count(f'stroke-dasharray="{dash}"') == 4
    assert "animal evidence" in tables(found, Translator("en"))[1].caption


def test_the_genetic_run_has_its_table() -> None:
    solver = engine()
    rows = genetic_table(genetic_serum(solver)[0] | serum_and_wall(solver)[0], Translator("nl")).rows
    assert len(rows) == 10
    assert all("," in value for _, value in rows)


def test_cytokines_wait_where_substance_p_does_not(found: Courses) -> None:
    substance_p, cytokines = found.share("substance_p"), found.share("cytokines")
    day_5, day_12, day_21 = (cytokines[2 * day] for day in (5, 12, 21))
    # Weglicki 1992: substance P is highest on day 5, cytokines first rise on day 12 and are high on day 21.
    assert substance_p[10] > 0.7
    assert day_5 < 0.2 < day_12 < 0.85 < day_21
