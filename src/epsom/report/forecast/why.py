"""From a number back to its sources: the chain of arrows, their parameters, the publications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from epsom.base.i18n import Translator
from epsom.evidence.base.load import base
from epsom.model.causal import CERTAINTIES, Arrow, Outcome, arrow_index
from epsom.model.posterior import calibrated
from epsom.model.publications import publications
from epsom.model.records import Parameter, Source, parameters
from epsom.study.forecast import Forecast


@dataclass(frozen=True)
class Evidence:
    """Hold one place that a number was read: publication key, locator, population, printed value."""

    key: str
    text: str


@dataclass(frozen=True)
class ParameterWords:
    """Hold a parameter in words: symbol, meaning, part, value with its 90 % range, standing, sources."""

    name: str
    meaning: str
    part: str
    value: str
    standing: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Step:
    """Hold one arrow of a chain in words."""

    cause: str
    effect: str
    verb: str
    certainty: str
    parameters: tuple[ParameterWords, ...]


@dataclass(frozen=True)
class Weakest:
    """Hold an outcome with its certainty and the arrow that sets it."""

    outcome: str
    certainty: str
    link: str


@dataclass(frozen=True)
class Cited:
    """Hold one publication of the list of sources; ``text`` is empty where none is recorded."""

    key: str
    text: str
    doi: str


def unit_words(unit: str) -> str:
    """Write a unit of the model as people write it.

    Examples
    --------
    >>> unit_words("m_per_s_per_year"), unit_words("per_d"), unit_words("dimensionless")
    ('m/s/year', '1/d', '')
    """
    if unit == "dimensionless":
        return ""
    text = f"1/{unit.removeprefix('per_')}" if unit.startswith("per_") else unit
    return text.replace("_per_", "/").replace("m2", "m²").replace("_", " ")


def path_of(outcome: Outcome, result: Forecast, person: int) -> tuple[Arrow, ...]:
    """Return the arrows from this person's plan to an outcome: a diet enters by what is eaten."""
    by_diet = result.plan.supplement[person] == 0.0 and not np.isnan(result.plan.new_intake[person])
    path = ("intake", *outcome.path[1:]) if by_diet else outcome.path
    known = arrow_index()
    return tuple(known[pair] for pair in pairwise(path))


def _range(parameter: Parameter, t: Translator) -> str:
    unit = unit_words(parameter.unit)
    found = calibrated(parameter.name)
    if found is None:
        return f"{t.plain(parameter.value)} {unit}".strip() + f" ({t('forecast.why.fixed')})"
    value, low, high = (_short(t, number) for number in found)
    return t("forecast.why.range", value=f"{value} {unit}".strip(), low=low, high=high)


def _short(t: Translator, value: float) -> str:
    return t.plain(float(f"{value:.2g}"))


def _printed(text: str, t: Translator) -> str:
    """Write a number as this language does; what is not a number stays as it was printed."""
    try:
        return t.plain(float(text))
    except ValueError:
        return text


def _evidence(source: Source, t: Translator) -> Evidence:
    ends = [_printed(end, t) for end in (source.low, source.high) if end]
    printed = _printed(source.value, t) if source.value else t("forecast.why.to").join(ends)
    value = f"{printed} {source.unit}".strip() if printed else ""
    text = "; ".join(part for part in (value, source.population, source.locator) if part)
    return Evidence(source.key, text)


def _parameter(name: str, t: Translator) -> ParameterWords:
    record = parameters()[name]
    return ParameterWords(
        name=name,
        meaning=t(f"model.parameter.{name}"),
        part=t(f"model.module.{record.module}"),
        value=_range(record, t),
        standing=t(f"forecast.why.tag.{record.tag}"),
        evidence=tuple(_evidence(source, t) for source in record.sources),
    )


def _verb(arrow: Arrow) -> str:
    return {"+": "raises", "-": "lowers", "0": "none", "~": "both"}[arrow.sign]


def chain(outcome: Outcome, result: Forecast, person: int, t: Translator) -> tuple[Step, ...]:
    """Return the arrows from the plan to an outcome, in words."""
    return tuple(
        Step(
            cause=t(f"model.quantity.{arrow.cause}"),
            effect=t(f"model.quantity.{arrow.effect}"),
            verb=t(f"forecast.why.{_verb(arrow)}"),
            certainty=arrow.certainty,
            parameters=tuple(_parameter(name, t) for name in arrow.parameters),
        )
        for arrow in path_of(outcome, result, person)
    )


def weakest(outcomes: Sequence[Outcome], labels: Sequence[str], t: Translator) -> tuple[Weakest, ...]:
    """Return for each outcome the arrow that sets its certainty: the weakest, and the first of these."""
    found = []
    for outcome, label in zip(outcomes, labels, strict=True):
        arrow = max(outcome.arrows, key=lambda a: CERTAINTIES.index(a.certainty))
        link = f"{t(f'model.quantity.{arrow.cause}')} → {t(f'model.quantity.{arrow.effect}')}"
        found.append(Weakest(label, outcome.certainty, link))
    return tuple(found)


def sources(outcomes: Sequence[Outcome]) -> tuple[Cited, ...]:
    """Return every publication behind the outcomes' chains and trials, by key."""
    dois: dict[str, str] = {}
    for outcome in outcomes:
        for arrow in outcome.arrows:
            for source in arrow.sources:
                dois[source.key] = dois.get(source.key) or source.doi
        if outcome.studied_source:
            dois.setdefault(outcome.studied_source, "")
    listed, others = base().source_of, publications()
    found = []
    for key in sorted(dois):
        record = listed.get(key) or others.get(key)
        if record is None:
            found.append(Cited(key, "", dois[key]))
            continue
        head = f"{record.first_author} {record.year or ''}".strip()
        text = ". ".join(part.rstrip(".") for part in (head, record.title, record.journal) if part)
        found.append(Cited(key, f"{text}.", dois[key] or record.doi))
    return tuple(found)
