"""``epsom model sensitivity``: which parameters drive an outcome."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import Translator
from epsom.cli.stated import add_stated, one_person, stated

if TYPE_CHECKING:
    from epsom.people.people import People

# The people of the pooled blood-pressure trials (Zhang 2016): a man with raised pressure, 368 mg/day.
EXAMPLE = {
    "age_years": 52,
    "sex": "male",
    "intake_mg_per_day": 300,
    "sbp_mmhg": 138,
    "dbp_mmhg": 87,
    "supplement_mg_per_day": 368,
}
FACTORS = ("parameter", "module")
STATISTICS = ("difference", "value", "change")
MOST_DAYS = 100 * 365.25


def add_sensitivity(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("what", metavar="OUTCOME", help=t("cli.sensitivity.outcome"))
    parser.add_argument("file", nargs="?", type=Path, help=t("cli.forecast.file"))
    parser.add_argument("--days", type=float, default=84.0, help=t("cli.sensitivity.days"))
    parser.add_argument(
        "--statistic", choices=STATISTICS, default="difference", help=t("cli.sensitivity.statistic")
    )
    parser.add_argument("--by", choices=FACTORS, default="parameter", help=t("cli.sensitivity.by"))
    parser.add_argument("--rows", type=int, default=1024, help=t("cli.sensitivity.rows"))
    parser.add_argument("--top", type=int, default=12, help=t("cli.sensitivity.top"))
    parser.add_argument("--seed", type=int, default=1, help=t("cli.forecast.seed"))
    parser.add_argument("--engine", default=None, help=t("cli.forecast.engine"))
    parser.add_argument("--svg", type=Path, metavar="FILE", help=t("cli.sensitivity.svg"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))
    add_stated(parser, t, without=("years",))


def _check(args: argparse.Namespace) -> None:
    if not 0.0 < args.days <= MOST_DAYS:
        expected = f"0 – {MOST_DAYS:g}"
        raise EpsomError(Problem("E-RANGE", field="--days", value=args.days, expected=expected))
    if args.seed < 0:
        raise EpsomError(Problem("E-SEED", field="--seed", value=args.seed, expected=">= 0"))
    if args.top < 1:
        raise EpsomError(Problem("E-RANGE", field="--top", value=args.top, expected=">= 1"))
    if args.svg is not None and args.svg.suffix.lower() != ".svg":
        raise EpsomError(Problem("E-ENDING", field="--svg", value=str(args.svg), expected=".svg"))


def _people(args: argparse.Namespace) -> People:
    from epsom.people.reading import is_table, read_people

    if args.file is None or not is_table(args.file):
        return one_person(args, EXAMPLE)
    everyone = read_people(args.file, stated(args))
    problems = [p.at(file=str(args.file)) for found in everyone.problems for p in found]
    if problems:
        raise EpsomError.of(problems)
    return everyone


def run_sensitivity(args: argparse.Namespace, t: Translator) -> int:
    """Compute and show."""
    from epsom.base.files import write_whole
    from epsom.cli.progress import progress_on_stderr
    from epsom.engine.registry import DEFAULT, engine
    from epsom.model.assemble import model_hash
    from epsom.report.sensitivity import (
        Asked,
        sensitivity_drawing,
        sensitivity_json,
        sensitivity_lines,
        title,
    )
    from epsom.study.sensitivity.response import EffectOfPlan
    from epsom.study.sensitivity.run import Settings, sensitivity
    from epsom.study.trial.outcomes import RETENTION, outputs

    _check(args)
    solver = engine(args.engine or DEFAULT)
    known = {name: output for name, output in outputs().items() if name != RETENTION}
    if args.what not in known:
        raise EpsomError(Problem("E-TRIAL-OUTCOME", value=args.what, expected=", ".join(known)))
    output, people = known[args.what], _people(args)
    response = EffectOfPlan(people, output.variable, args.days, args.statistic, solver)
    response.check()
    settings = Settings(args.rows, args.seed, args.by == "module")
    with progress_on_stderr(t("sensitivity.progress")) as progress:
        found = sensitivity(response, settings, progress=progress)
    who = t("sensitivity.people", count=len(people))
    asked = Asked(args.what, output.unit, args.statistic, args.days, who)
    if args.svg is not None:
        heading = textwrap_title(title(asked, t))
        write_whole(args.svg, sensitivity_drawing(found, asked, t, args.top).standalone(heading))
    if args.json:
        shape = sensitivity_json(found, asked, args.seed, model_hash())
        print(json.dumps(shape, ensure_ascii=False, indent=1))
    else:
        print("\n".join(sensitivity_lines(found, asked, t, args.top)))
    return 0


def textwrap_title(text: str) -> list[str]:
    """Break a title into lines that fit above a wide drawing."""
    import textwrap

    return textwrap.wrap(text, 95)
