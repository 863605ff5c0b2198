"""The worked example as documents and the README's picture show it is the one that is computed."""

from __future__ import annotations

import textwrap
from html import unescape
from pathlib import Path

import pytest

from epsom.base.i18n import LANGUAGES, Translator
from epsom.cli.commands.forecast import DRAWS_ONE, EXAMPLE
from epsom.engine.registry import engine
from epsom.people.people import people_from_rows
from epsom.people.row import read_row
from epsom.report.charts import trajectory
from epsom.report.forecast import display, words
from epsom.report.forecast.page import page
from epsom.study.forecast import Forecast, Settings, forecast
from epsom.study.summary import OutcomeForecast, summarise

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def example() -> Forecast:
    settings = Settings(draws=DRAWS_ONE)
    people = people_from_rows([read_row(dict(EXAMPLE))], ["1"])
    return forecast(people, engine(settings.engine), settings)


def _lead(example: Forecast) -> OutcomeForecast:
    return next(one for one in summarise(example, 0) if one.outcome.name == words.HEADLINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_in_the_document_is_the_answer(example: Forecast, language: str) -> None:
    headline = words.headline(Translator(language), example, 0, _lead(example))
    text = (DOCS / language / "forecast.md").read_text("utf-8")
    assert "\n".join(textwrap.wrap(headline, 80)) in text


def test_the_picture_shows_the_example(example: Forecast) -> None:
    t, lead = Translator("en"), _lead(example)
    picture = unescape((DOCS / "img" / "forecast.svg").read_text("utf-8"))
    assert display.title(t, lead) in picture
    for words_of_it in trajectory.describe(display.trajectory(t, lead), t):
        assert words_of_it in picture


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_the_example_answers_first(example: Forecast, language: str) -> None:
    t = Translator(language)
    text = unescape(page(example, 0, t))
    finding = display.sentence_case(words.finding(t, example, 0, _lead(example)))
    assert f'<h1 id="finding">{finding}</h1>' in text
    assert text.index("<h1") < text.index("<figure") < text.index('id="why"')
    assert len(text.encode()) < 200_000
