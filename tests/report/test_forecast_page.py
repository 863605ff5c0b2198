"""The page of a forecast: self-contained, in two languages, and never claiming more than the interval."""

from __future__ import annotations

import itertools
import re
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.base.i18n import LANGUAGES, Translator
from epsom.model.causal import CERTAINTIES, outcomes
from epsom.report.forecast import display, figures, why, words
from epsom.report.forecast.page import page
from epsom.study.summary import OutcomeForecast, summarise
from tests.report.futures import forecast_of

VOID = {"meta", "br", "path", "line", "rect", "circle"}


class _Reader(HTMLParser):
    """Read a page: tags that close, ids, references, headings, plain text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.headings: list[int] = []
        self.tables: list[dict[str, int]] = []
        self.described: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values.get("href", ""))
        self.loads += [values[name] for name in ("src", "srcset", "data", "poster") if name in values]
        if tag in ("link", "script", "iframe", "object", "img"):
            self.faults.append(f"<{tag}>")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append({"caption": 0, "th": 0, "scoped": 0})
        if tag == "caption":
            self.tables[-1]["caption"] += 1
        if tag == "th":
            self.tables[-1]["th"] += 1
            self.tables[-1]["scoped"] += "scope" in values
        for name in ("aria-labelledby", "aria-describedby"):
            self.described += values.get(name, "").split()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.handle_starttag(tag, attrs)
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    result = forecast_of()
    return {language: page(result, 0, Translator(language)) for language in LANGUAGES}


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    return reader


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_and_fetches_nothing(pages: dict[str, str], language: str) -> None:
    reader = _read(pages[language])
    assert reader.faults == []
    assert reader.open == []
    assert reader.loads == []
    assert len(reader.ids) == len(set(reader.ids))
    assert set(reader.described) <= set(reader.ids)
    inside = [link for link in reader.links if link.startswith("#")]
    assert {link[1:] for link in inside} <= set(reader.ids)
    outside = [link for link in reader.links if not link.startswith("#")]
    assert outside
    assert all(link.startswith("https://doi.org/10.") for link in outside)
    style = pages[language].split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_without_eyes_finds_the_way(pages: dict[str, str], language: str) -> None:
    text, reader = pages[language], _read(pages[language])
    assert f'<html lang="{language}">' in text
    assert 'class="skip" href="#main"' in text
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    steps = zip(reader.headings, reader.headings[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert all(table["caption"] == 1 and table["th"] == table["scoped"] > 0 for table in reader.tables)
    for svg in re.findall(r"<svg[^>]*>", text):
        assert 'role="img"' in svg or 'aria-hidden="true"' in svg


def test_languages_say_the_same_things(pages: dict[str, str]) -> None:
    def shape(text: str) -> list[str]:
        return re.findall(r"<(\w+)", text)

    assert shape(pages["en"]) == shape(pages["nl"])
    assert "without" in pages["en"]
    assert "zonder" in pages["nl"]
    assert "142.5" in pages["en"]
    assert "142,5" in pages["nl"]


def test_the_same_forecast_gives_the_same_bytes(pages: dict[str, str]) -> None:
    assert page(forecast_of(), 0, Translator("nl")) == pages["nl"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_has_its_row_its_certainty_and_its_sources(
    pages: dict[str, str], language: str
) -> None:
    t, text = Translator(language), unescape(pages[language])
    for outcome in outcomes().values():
        assert display.name_with_unit(t, outcome) in text
        assert t(f"forecast.certainty.{outcome.certainty}") in text
        for key in outcome.source_keys:
            assert f'id="s-{key}"' in text
    assert t("forecast.not-advice") in text


def test_the_chain_ends_at_the_outcome_and_no_link_is_weaker_than_its_certainty() -> None:
    result, t = forecast_of(), Translator("en")
    for outcome in outcomes().values():
        steps = why.chain(outcome, result, 0, t)
        assert len(steps) == len(outcome.path) - 1
        assert all(before.effect == after.cause for before, after in itertools.pairwise(steps))
        grades = [CERTAINTIES.index(step.certainty) for step in steps]
        assert CERTAINTIES[max(grades)] == outcome.certainty


def test_figures_and_their_tables_have_the_same_rows() -> None:
    result, t = forecast_of(), Translator("en")
    found = summarise(result, 0)
    figure = figures.differences_figure(t, found)
    assert len(figure.table.rows) == len(found)
    for one, cells in zip(found, figure.table.rows, strict=True):
        said = words.interval(t, one)
        assert cells[1] == said
        assert figure.wide.count(f">{said}<") >= 1
        assert figure.narrow.count(f">{said}<") >= 1
    for one in found:
        shown = figures.trajectory_figure(t, one)
        last = shown.table.rows[-1]
        assert last[1] == t.number(float(one.without.middle[-1]), one.outcome.digits)
        assert f": {last[1]}<" in shown.wide
        assert last[3] == words.interval(t, one)


def _one(draws: np.ndarray, middle: float, name: str = "sbp") -> OutcomeForecast:
    result = forecast_of({name: [middle, *draws]}, n_draws=len(draws))
    return next(one for one in summarise(result, 0) if one.outcome.name == name)


def _numbers(text: str) -> list[float]:
    return [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


@settings(deadline=None, max_examples=60)
@given(st.floats(-8.0, 8.0), st.floats(0.0, 6.0))
def test_nothing_claims_more_than_the_interval(middle: float, spread: float) -> None:
    t = Translator("en")
    one = _one(np.linspace(middle - spread, middle + spread, 21), middle)
    low, high = float(one.difference.low[-1]), float(one.difference.high[-1])
    title = display.title(t, one)
    headline = words.finding(t, forecast_of(), 0, one)
    if low <= 0.0 <= high:
        assert title.startswith("No difference found")
        assert "no difference" in headline
        return
    near, far = sorted((abs(low), abs(high)))
    if one.no_difference_found:  # all of the interval is lost in rounding
        assert round(far, 1) <= 0.1
        return
    side, other = ("lower", "higher") if high < 0 else ("higher", "lower")
    assert side in title
    assert other not in title
    assert other not in headline
    assert not words.lost_in_rounding(one)
    shown = list(_numbers(title.split(" after ")[0]))
    assert shown[0] == pytest.approx(near if round(near, 1) else 0.0, abs=0.051)
    assert shown[1] == pytest.approx(far, abs=0.051)


def test_the_figure_of_all_outcomes_counts_only_differences_that_can_be_seen() -> None:
    t = Translator("en")
    flat, draws = {}, 21
    for name in outcomes():
        flat[name] = [0.0, *np.linspace(-1.0, 1.0, draws)]
    nothing = figures.differences_figure(t, summarise(forecast_of(flat, n_draws=draws), 0))
    assert nothing.title == t("forecast.figure.differences.none", total=len(flat))
    some = {**flat, "sbp": [-2.0, *np.linspace(-3.0, -1.0, draws)]}
    one = figures.differences_figure(t, summarise(forecast_of(some, n_draws=draws), 0))
    assert one.title.startswith(f"We find a difference in 1 of {len(flat)} outcomes")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_draws_the_page_says_that_it_cannot_tell_how_sure_it_is(language: str) -> None:
    t, result = Translator(language), forecast_of(n_draws=0)
    text = page(result, 0, t)
    assert t("forecast.headline.bare-range") in unescape(text)
    assert "nan" not in re.sub(r"<[^>]*>", "", text).lower().split()
    assert 'class="dot"' not in text


def test_what_a_person_wrote_cannot_become_markup() -> None:
    text = page(forecast_of(), 0, Translator("en"))
    assert "<script" not in text
    assert not re.search(r"\son\w+=", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_difference_that_rounding_hides_is_no_difference(language: str) -> None:
    t, one = Translator(language), _one(np.linspace(0.001, 0.02, 21), 0.01)
    tenth = t.number(0.1, 1)
    assert display.title(t, one).endswith(f"{tenth} mmHg")
    assert words.reach(t, one) == t("forecast.headline.tiny-range", amount=tenth, unit="mmHg")
    assert words.finding(t, forecast_of(), 0, one).startswith(
        t(
            "forecast.headline.none",
            plan=words.plan_words(t, forecast_of(), 0),
            after=words.span(t, 10.0),
            outcome=words.subject(t, "sbp"),
        )
    )


def test_a_change_of_a_percentage_is_said_in_points() -> None:
    one = _one(np.linspace(0.5, 1.5, 21), 1.0, "fmd")
    assert "percentage points higher" in display.title(Translator("en"), one)
