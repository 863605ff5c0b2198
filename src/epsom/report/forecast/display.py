"""How an outcome is shown on a page: its unit in words, the title of its figure, its curves and draws."""

from __future__ import annotations

from epsom.base.i18n import Translator
from epsom.model.causal import Outcome
from epsom.model.records import parameters
from epsom.report.charts.differences import Row
from epsom.report.charts.dotplot import Dots
from epsom.report.charts.trajectory import Curve, Trajectory
from epsom.report.forecast import words
from epsom.study.summary import Band, OutcomeForecast

LONGEST_IN_WEEKS = 1.0  # years
AS_LONG_AS = 0.99  # a trial of that share of the time counts as one of the whole time


def unit(t: Translator, outcome: Outcome) -> str:
    """Return the unit of an outcome in words; a plain number has none."""
    per_thousand = outcome.unit == "per 1000"
    return t("forecast.per-1000") if per_thousand else "" if outcome.unit == "1" else outcome.unit


def sentence_case(text: str) -> str:
    """Start a text with a capital."""
    return text[:1].upper() + text[1:]


def name_with_unit(t: Translator, outcome: Outcome) -> str:
    """Return the name of an outcome as the head of a row: ``Systolic pressure, mmHg``."""
    name, named = sentence_case(words.label(t, outcome.name)), unit(t, outcome)
    return f"{name}, {named}" if named else name


def title(t: Translator, found: OutcomeForecast) -> str:
    """State the finding of a figure: the interval in words, and nothing that it does not say."""
    band, digits, named = found.difference, found.outcome.digits, unit(t, found.outcome)
    named = t("forecast.points") if named == "%" else named
    middle, low, high = (float(curve[-1]) for curve in (band.middle, band.low, band.high))
    where: dict[str, str] = {
        "outcome": words.subject(t, found.outcome.name),
        "after": words.span(t, found.at_years),
    }

    def change(value: float) -> str:
        return words.change(t, value, digits, named)

    if not words.has_interval(found):
        said = t("forecast.title.bare", amount=change(middle), count=None, **where)
    elif words.lost_in_rounding(found):
        smallest = f"{t.number(10.0**-digits, digits)} {named}".strip()
        said = t("forecast.title.tiny", amount=smallest, count=None, **where)
    elif found.no_difference_found:
        said = t("forecast.title.none", low=change(low), high=change(high), count=None, **where)
    else:
        near, far = sorted((low, high), key=abs)
        shown = t.number(abs(near), digits)
        key = "forecast.title.some" if clear(found) else "forecast.title.upto"
        said = t(key, near=shown, far=change(far), count=None, **where)
    return sentence_case(said)


def clear(found: OutcomeForecast) -> bool:
    """Tell whether the end of the interval nearest to zero is still a difference as it is shown."""
    band = found.difference
    near = min(abs(float(band.low[-1])), abs(float(band.high[-1])))
    return not found.no_difference_found and round(near, found.outcome.digits) > 0.0


def row(t: Translator, found: OutcomeForecast) -> Row:
    """Return the outcome as a row of the difference figure."""
    band, outcome = found.difference, found.outcome
    middle, low, high = (float(curve[-1]) for curve in (band.middle, band.low, band.high))
    name = sentence_case(words.label(t, outcome.name))
    return Row(name, unit(t, outcome), outcome.digits, middle, low, high, words.interval(t, found))


def dots(t: Translator, found: OutcomeForecast) -> Dots:
    """Return the draws of the difference at the end, for a dotplot."""
    outcome = found.outcome
    return Dots(found.draws_at_end, words.label(t, outcome.name), unit(t, outcome), outcome.digits)


def _studied_days(found: OutcomeForecast) -> float:
    end, studied = float(found.days[-1]), found.outcome.studied_days
    return end if studied >= AS_LONG_AS * end else studied


def trajectory(t: Translator, found: OutcomeForecast) -> Trajectory:
    """Return the curves of an outcome over weeks (up to a year) or years."""
    in_weeks = found.at_years <= LONGEST_IN_WEEKS
    days_per = 7.0 if in_weeks else parameters()["d_per_y"].value

    def curve(band: Band) -> Curve:
        return Curve(band.middle, band.low, band.high)

    return Trajectory(
        time=found.days / days_per,
        time_name=t("forecast.axis.weeks" if in_weeks else "forecast.axis.years"),
        name=words.label(t, found.outcome.name),
        unit=unit(t, found.outcome),
        without=curve(found.without),
        with_plan=curve(found.with_plan),
        difference=curve(found.difference),
        studied=_studied_days(found) / days_per,
        digits=found.outcome.digits,
    )
