"""The sentences of a forecast: finding first, null results in equal ink, never a bare number."""

from __future__ import annotations

from epsom.base.i18n import Translator
from epsom.people.fields import person_fields
from epsom.study.export import assumed_facts, planned, stated_facts
from epsom.study.forecast import Forecast
from epsom.study.summary import OutcomeForecast

HEADLINE = "sbp"


def span(t: Translator, years: float) -> str:
    """Say a duration: weeks below a year, otherwise years."""
    if years < 0.95:
        return t("forecast.weeks", count=round(years * 52.18))
    return t("forecast.years", count=round(years, 1) if years % 1 else int(years))


def label(t: Translator, name: str) -> str:
    """Return the name of an outcome."""
    return t(f"forecast.outcome.{name}")


def subject(t: Translator, name: str) -> str:
    """Return the name of an outcome as it stands in a sentence: Dutch wants its article."""
    return t(f"forecast.subject.{name}")


def short_label(t: Translator, found: OutcomeForecast) -> str:
    """Return a short name with its unit, for a row of a table."""
    unit = "" if found.outcome.unit == "1" else f", {found.outcome.unit}"
    return t(f"forecast.short.{found.outcome.name}") + unit


def has_interval(found: OutcomeForecast) -> bool:
    """Tell whether draws gave the difference an interval."""
    return bool(found.difference.low[-1] == found.difference.low[-1])


def lost_in_rounding(found: OutcomeForecast) -> bool:
    """Tell whether both ends of the interval are written as zero."""
    ends = (float(found.difference.low[-1]), float(found.difference.high[-1]))
    return all(round(abs(end), found.outcome.digits) == 0.0 for end in ends)


def interval(t: Translator, found: OutcomeForecast) -> str:
    """Write the difference with its interval, both with sign: ``−2.5 (−5.4 to −0.4)``."""
    band, digits = found.difference, found.outcome.digits
    middle, low, high = (float(x[-1]) for x in (band.middle, band.low, band.high))
    ends = [t.number(value, digits, sign=True) for value in (middle, low, high)]
    if low != low:
        return ends[0]
    return t("forecast.interval", middle=ends[0], low=ends[1], high=ends[2])


def change(t: Translator, value: float, digits: int, unit: str) -> str:
    """Say a change as an amount lower or higher: ``2.5 mmHg lower``."""
    amount = t.number(abs(value), digits)
    if round(abs(value), digits) == 0.0:
        return t("forecast.same")
    return t("forecast.lower" if value < 0 else "forecast.higher", amount=amount, unit=unit)


def plan_words(t: Translator, result: Forecast, person: int) -> str:
    """Say what the plan is: ``300 mg extra magnesium a day (citrate)``."""
    plan = planned(result, person)
    parts = []
    if plan["supplement_mg_per_day"] > 0.0:
        parts.append(
            t(
                "forecast.plan.supplement",
                amount=t.number(plan["supplement_mg_per_day"], 0),
                compound=t(f"forecast.compound.{plan['compound']}"),
            )
        )
    if plan["new_intake_mg_per_day"] is not None:
        parts.append(t("forecast.plan.diet", amount=t.number(plan["new_intake_mg_per_day"], 0)))
    return t("forecast.plan.and").join(parts) if parts else t("forecast.plan.nothing")


def finding(t: Translator, result: Forecast, person: int, found: OutcomeForecast) -> str:
    """Say the finding in one sentence, as much as the interval allows and no more."""
    outcome, band = found.outcome, found.difference
    where: dict[str, str] = {
        "plan": plan_words(t, result, person),
        "after": span(t, found.at_years),
        "outcome": subject(t, outcome.name),
    }
    if found.no_difference_found:
        return t("forecast.headline.none", count=None, **where)
    middle = change(t, float(band.middle[-1]), outcome.digits, outcome.unit)
    if not has_interval(found):
        return t("forecast.headline.bare", middle=middle, count=None, **where)
    without = t.number(float(found.without.middle[-1]), outcome.digits)
    with_plan = t.number(float(found.with_plan.middle[-1]), outcome.digits)
    return t(
        "forecast.headline.some", middle=middle, without=without, with_plan=with_plan, count=None, **where
    )


def reach(t: Translator, found: OutcomeForecast) -> str:
    """Say in one sentence how far the interval reaches, or that there is none."""
    outcome = found.outcome
    if not has_interval(found):
        return t("forecast.headline.bare-range")
    low, high = float(found.difference.low[-1]), float(found.difference.high[-1])
    ends = [change(t, value, outcome.digits, outcome.unit) for value in (low, high)]
    if lost_in_rounding(found):
        smallest = t.number(10.0**-outcome.digits, outcome.digits)
        return t("forecast.headline.tiny-range", amount=smallest, unit=outcome.unit)
    if found.no_difference_found:
        return t("forecast.headline.none-range", low=ends[0], high=ends[1])
    near, far = reversed(ends) if abs(low) > abs(high) else ends
    return t("forecast.headline.some-range", near=near, far=far)


def headline(t: Translator, result: Forecast, person: int, found: OutcomeForecast) -> str:
    """Say the finding and how far its interval reaches."""
    return f"{finding(t, result, person, found)} {reach(t, found)}"


def fact_words(t: Translator, name: str, value: float | str) -> str:
    """Write one fact with its unit."""
    field = person_fields()[name]
    if field.choices:
        return t(f"forecast.word.{value}")
    if field.is_flag:
        return t("forecast.yes" if value == 1.0 else "forecast.no")
    unit = "" if field.unit in ("1", "years") else f" {field.unit}"
    unit = unit.replace("/day", t("forecast.unit.per-day")).replace("m2", "m²")
    return f"{t.number(float(value), field.digits)}{unit}"


def fact_label(t: Translator, name: str) -> str:
    """Return the name of a fact."""
    return t(f"forecast.fact.{name}")


def assumed_words(t: Translator, result: Forecast, person: int) -> list[tuple[str, str, str]]:
    """Return what was assumed: name, value with unit, and where it is from."""
    return [
        (
            fact_label(t, fact["name"]),
            fact_words(t, fact["name"], fact["value"]),
            t(f"forecast.ground.{fact['ground']}"),
        )
        for fact in assumed_facts(result, person)
    ]


def stated_words(t: Translator, result: Forecast, person: int) -> list[tuple[str, str]]:
    """Return what was stated: name and value with unit."""
    facts = stated_facts(result, person)
    return [(fact_label(t, n), fact_words(t, n, value)) for n, value in facts.items() if n != "id"]


def command(result: Forecast, person: int) -> str:
    """Return the command that makes this forecast again."""
    facts, plan = stated_facts(result, person), planned(result, person)
    flags = {
        "age_years": "--age", "sex": "--sex", "intake_mg_per_day": "--intake", "sbp_mmhg": "--sbp",
        "dbp_mmhg": "--dbp",
    }  # fmt: skip
    words = ["epsom forecast"]
    for name, value in facts.items():
        shown = f"{value:g}" if isinstance(value, float) else value
        if name in flags:
            words.append(f"{flags[name]} {shown}")
        elif name != "id":
            words.append(f"--set {name}={shown}")
    if plan["supplement_mg_per_day"] > 0.0:
        words.append(f"--supplement {plan['supplement_mg_per_day']:g} --compound {plan['compound']}")
        words.append(
            f"--doses {plan['doses_per_day']:g}" + ("" if plan["with_meals"] else " --apart-from-meals")
        )
    if plan["new_intake_mg_per_day"] is not None:
        words.append(f"--new-intake {plan['new_intake_mg_per_day']:g}")
    words.append(f"--years {plan['years']:g}")
    words.append(f"--draws {result.settings.draws} --seed {result.settings.seed}")
    return " ".join(words)
