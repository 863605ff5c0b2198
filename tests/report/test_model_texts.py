"""Every parameter, quantity and module of the model has a text, and no text is left over."""

from __future__ import annotations

import pytest

from epsom.base.i18n import LANGUAGES, Translator, catalogue
from epsom.model.causal import outcomes, quantities
from epsom.model.publications import publications
from epsom.model.records import MODULES, input_fields, parameters, person_fields


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_texts_of_the_model_are_those_of_its_records(language: str) -> None:
    wanted = {f"model.parameter.{n}" for n in (*parameters(), *person_fields(), *input_fields())}
    wanted |= {f"model.quantity.{name}" for name in quantities()}
    wanted |= {f"model.module.{name}" for name in MODULES}
    assert set(catalogue(language, "model")) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_has_a_name(language: str) -> None:
    t = Translator(language)
    for kind in ("outcome", "short", "subject"):
        assert all(t.has(f"forecast.{kind}.{name}") for name in outcomes())


def test_publications_agree_with_the_records_about_where_they_are() -> None:
    stated = {s.key: s.doi.lower() for p in parameters().values() for s in p.sources if s.doi}
    for key, one in publications().items():
        assert one.doi.lower() == stated.get(key, one.doi.lower()), key
