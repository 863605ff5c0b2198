"""The forecast of one person as a page of its own: answer first, nothing fetched, no script."""

from __future__ import annotations

from epsom.base.i18n import Translator
from epsom.report.charts.certainty import line_sample
from epsom.report.forecast import display, figures, inputs, why, words
from epsom.report.pages import environment, style
from epsom.study.forecast import Forecast
from epsom.study.manifest import manifest
from epsom.study.summary import summarise

GRADES = ("established", "moderate", "contested", "association_only", "animal_only", "definition")


def _manifest(result: Forecast) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in manifest(result.settings).items()]


def page(result: Forecast, person: int, t: Translator) -> str:
    """Write the report of one person as self-contained HTML.

    Parameters
    ----------
    result
        A forecast in which the person is possible.
    person
        Position of the person in it.
    t
        The language.

    Returns
    -------
    str
        HTML: the same bytes for the same forecast and language.
    """
    found = summarise(result, person)
    lead = next(one for one in found if one.outcome.name == words.HEADLINE)
    further = [one for name in figures.FURTHER for one in found if one.outcome.name == name]
    outcomes = [one.outcome for one in found]
    labels = [display.sentence_case(words.label(t, outcome.name)) for outcome in outcomes]
    return environment().get_template("forecast.html.j2").render(
        t=t,
        style=style(),
        finding=display.sentence_case(words.finding(t, result, person, lead)),
        reach=words.reach(t, lead),
        who=words.stated_words(t, result, person),
        warnings=[(p.code, *p.words(t)) for p in result.problems[person]],
        differences=figures.differences_figure(t, found),
        table=figures.outcome_table(t, found),
        certainties=[outcome.certainty for outcome in outcomes],
        origins=inputs.origins(t, result, person),
        chain=why.chain(lead.outcome, result, person, t),
        lead=lead.outcome,
        lead_label=words.label(t, lead.outcome.name),
        lead_difference=words.interval(t, lead),
        main=figures.trajectory_figure(t, lead),
        further=[figures.trajectory_figure(t, one, small=True) for one in further],
        dots=figures.dots_figure(t, lead),
        draws=_draws(result, person, t),
        grades=GRADES,
        weakest=why.weakest(outcomes, labels, t),
        sources=why.sources(outcomes),
        command=f"{words.command(result, person)} --lang {t.language}",
        manifest=_manifest(result),
        badge=line_sample,
    )  # fmt: skip


def _draws(result: Forecast, person: int, t: Translator) -> str:
    if not result.settings.draws:
        return ""
    return t("forecast.interval-from", count=int(result.draws_used[person]))
