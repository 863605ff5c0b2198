"""A forecast as terminal text: answer, table, differences with a zero line, one curve, assumptions."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from epsom.base.i18n import Translator
from epsom.report.forecast import words
from epsom.report.forecast.glyphs import ASCII, UNICODE, Glyphs, columns, interval_bar, sparkline
from epsom.study.forecast import Forecast
from epsom.study.manifest import manifest
from epsom.study.summary import OutcomeForecast, summarise

NARROW = 60
WIDTH = 80
BAR = 41
SPARK = 16


def _table(t: Translator, found: Sequence[OutcomeForecast], width: int, glyphs: Glyphs) -> list[str]:
    after = t("forecast.after", span=words.span(t, found[0].at_years))
    head = (
        after,
        t("forecast.without"),
        t("forecast.with"),
        t("forecast.difference"),
        t("forecast.evidence"),
    )
    rows = [head]
    for one in found:
        digits = one.outcome.digits
        rows.append(
            (
                words.short_label(t, one),
                t.number(float(one.without.middle[-1]), digits),
                t.number(float(one.with_plan.middle[-1]), digits),
                words.interval(t, one),
                t(f"forecast.certainty.{one.outcome.certainty}"),
            )
        )
    lines = columns(rows, "lrrrl", gap=1)
    rule = glyphs.rule * min(width, max(map(len, lines)))
    return [lines[0], rule, *lines[1:], rule]


def _blocks(t: Translator, found: Sequence[OutcomeForecast]) -> list[str]:
    lines: list[str] = []
    for one in found:
        digits = one.outcome.digits
        without, with_plan = (t.number(float(b.middle[-1]), digits) for b in (one.without, one.with_plan))
        lines += [
            words.short_label(t, one),
            f"  {t('forecast.without')} {without}   {t('forecast.with')} {with_plan}",
            f"  {t('forecast.difference')} {words.interval(t, one)}",
            f"  {t('forecast.evidence')}: {t(f'forecast.certainty.{one.outcome.certainty}')}",
        ]
    return lines


def _differences(t: Translator, found: Sequence[OutcomeForecast], glyphs: Glyphs) -> list[str]:
    lines = [t("forecast.bars"), ""]
    name_width = max(len(words.label(t, one.outcome.name)) for one in found) + 2
    centre = name_width + BAR // 2
    less, more = t("forecast.less"), t("forecast.more")
    lines[1] = f"{'':<{centre - len(less) - 1}}{less} 0 {more}"
    for one in found:
        band = one.difference
        low, middle, high = float(band.low[-1]), float(band.middle[-1]), float(band.high[-1])
        reach = max(abs(x) for x in (low, middle, high) if x == x) * 1.05
        bar = interval_bar(low, middle, high, reach, BAR, glyphs)
        lines.append(f"{words.label(t, one.outcome.name):<{name_width}}{bar}")
    return lines


def _curve(t: Translator, one: OutcomeForecast, glyphs: Glyphs) -> list[str]:
    if not glyphs.levels:
        return []
    both = [*one.without.middle, *one.with_plan.middle]
    low, high = min(both), max(both)
    zero = min(0.0, *one.difference.middle), max(0.0, *one.difference.middle)
    rows = [[f"{words.label(t, one.outcome.name)}, {one.outcome.unit}", t("forecast.start"), "", ""]]
    rows[0][3] = t("forecast.trials-end")
    for key, band, ends in (
        ("forecast.without", one.without, (low, high)),
        ("forecast.with", one.with_plan, (low, high)),
        ("forecast.difference-short", one.difference, zero),
    ):
        line = sparkline(one.days, band.middle, *ends, one.outcome.studied_days, SPARK, glyphs)
        sign = key.endswith("short")
        first, last = (t.number(float(band.middle[i]), one.outcome.digits, sign=sign) for i in (0, -1))
        rows.append([f"  {t(key)}", first, line, last])
    return columns(rows, "lrll")


def render(
    result: Forecast, person: int, t: Translator, *, width: int = WIDTH, ascii_only: bool = False
) -> str:
    """Write the forecast of one person as plain text.

    Parameters
    ----------
    width
        Columns; below 60 each outcome becomes a block.
    ascii_only
        Draw with ASCII characters and leave the curves out.
    """
    glyphs = ASCII if ascii_only else UNICODE
    width = min(width, WIDTH)
    found = summarise(result, person)
    lead = next(one for one in found if one.outcome.name == words.HEADLINE)
    narrow = width < NARROW
    parts: list[list[str]] = [
        [
            *textwrap.wrap(words.headline(t, result, person, lead), width),
            *textwrap.wrap(t("forecast.not-advice"), width),
        ],
        _blocks(t, found) if narrow else _table(t, found, width, glyphs),
    ]
    if not narrow:
        parts += [_differences(t, found, glyphs), _curve(t, lead, glyphs)]
    parts.append(_assumptions(t, result, person, width))
    parts.append(_closing(t, result, person, width))
    text = "\n\n".join("\n".join(part) for part in parts if part)
    return (_plain(text) if ascii_only else text) + "\n"


def _plain(text: str) -> str:
    for old, new in zip("−–·●◀▶ëïéü²", "--.o<>eieu2", strict=True):
        text = text.replace(old, new)
    return text.encode("ascii", "replace").decode("ascii")


def _assumptions(t: Translator, result: Forecast, person: int, width: int) -> list[str]:
    assumed = words.assumed_words(t, result, person)
    by_ground: dict[str, list[str]] = {}
    for name, value, ground in assumed:
        by_ground.setdefault(ground, []).append(f"{name} {value}")
    lines = [t("forecast.assumed", count=len(assumed))]
    for ground, facts in by_ground.items():
        lines += textwrap.wrap(
            f"{'; '.join(facts)} [{ground}]", width, initial_indent="  ", subsequent_indent="  "
        )
    if result.plan.assumed:
        open_facts = ", ".join(words.fact_label(t, name) for name in result.plan.assumed)
        text = t("forecast.plan.assumed", facts=open_facts)
        lines += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="  ")
    return [*lines, f"  {t('forecast.change-with')}"]


def _continued(command: str, width: int) -> list[str]:
    """Break a command so that it can still be pasted into a shell."""
    broken = textwrap.wrap(command, width - 6, break_long_words=False, break_on_hyphens=False)
    ends = [" \\"] * (len(broken) - 1) + [""]
    starts = ["  "] + ["    "] * (len(broken) - 1)
    return [start + line + end for start, line, end in zip(starts, broken, ends, strict=True)]


def _closing(t: Translator, result: Forecast, person: int, width: int) -> list[str]:
    made = manifest(result.settings)
    lines: list[str] = []
    for problem in result.problems[person]:
        what, do = problem.words(t)
        lines += textwrap.wrap(f"{problem.code}  {what}. {do}", width, subsequent_indent="  ")
    lines += textwrap.wrap(t("forecast.limits"), width, subsequent_indent="  ")
    if result.settings.draws:
        used = t("forecast.interval-from", count=int(result.draws_used[person]))
        lines += textwrap.wrap(used, width, subsequent_indent="  ")
    lines.append(t("forecast.again"))
    lines += _continued(words.command(result, person), width)
    short = str(made["model"])[:8]
    text = t("forecast.made", epsom=made["epsom"], model=short, seed=made["seed"], engine=made["engine"])
    lines += textwrap.wrap(text, width)
    return lines
