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
    from epsom.engine.interface import Engine
    from epsom.people.people import People
    from epsom.report.sensitivity import Asked
    from epsom.study.sensitivity.run import Response

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
SPREADS = ("posterior", "records")
STATISTICS = ("difference", "value", "change")
DAYS, MOST_DAYS = 84.0, 100 * 365.25
HEADING = 95  # characters above a wide drawing


def add_sensitivity(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("what", metavar="OUTCOME", help=t("cli.sensitivity.outcome"))
    parser.add_argument("file", nargs="?", type=Path, help=t("cli.forecast.file"))
    parser.add_argument("--trial", type=Path, metavar="FILE", help=t("cli.sensitivity.trial"))
    parser.add_argument("--people", type=int, default=12, help=t("cli.sensitivity.people"))
    parser.add_argument("--days", type=float, default=None, help=t("cli.sensitivity.days"))
    parser.add_argument(
        "--statistic", choices=STATISTICS, default="difference", help=t("cli.sensitivity.statistic")
    )
    parser.add_argument("--by", choices=FACTORS, default="parameter", help=t("cli.sensitivity.by"))
    parser.add_argument("--spread", choices=SPREADS, default=SPREADS[0], help=t("cli.sensitivity.spread"))
    parser.add_argument("--rows", type=int, default=1024, help=t("cli.sensitivity.rows"))
    parser.add_argument("--top", type=int, default=12, help=t("cli.sensitivity.top"))
    parser.add_argument("--seed", type=int, default=1, help=t("cli.forecast.seed"))
    parser.add_argument("--engine", default=None, help=t("cli.forecast.engine"))
    parser.add_argument("--svg", type=Path, metavar="FILE", help=t("cli.sensitivity.svg"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))
    add_stated(parser, t, without=("years",))


def _check(args: argparse.Namespace) -> None:
    for flag, value, low, high in (
        ("--days", args.days, 0.0, MOST_DAYS),
        ("--people", args.people, 1, 1000),
        ("--top", args.top, 1, 1000),
    ):
        if value is not None and not low <= value <= high:
            raise EpsomError(Problem("E-RANGE", field=flag, value=value, expected=f"{low:g} – {high:g}"))
    if args.seed < 0:
        raise EpsomError(Problem("E-SEED", field="--seed", value=args.seed, expected=">= 0"))
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


def _question(args: argparse.Namespace, solver: Engine, t: Translator) -> tuple[Response, Asked]:
    """Return what computes the outcome, and what was asked in words."""
    from epsom.report.sensitivity import Asked
    from epsom.study.sensitivity.of_trial import StatisticOfTrial, observed_row
    from epsom.study.sensitivity.response import EffectOfPlan
    from epsom.study.trial.outcomes import RETENTION, outputs
    from epsom.study.trial.read import read_trial

    known = {name: output for name, output in outputs().items() if args.trial or name != RETENTION}
    if args.what not in known:
        raise EpsomError(Problem("E-TRIAL-OUTCOME", value=args.what, expected=", ".join(known)))
    output = known[args.what]
    if args.trial is not None:
        if args.file is not None or stated(args):
            raise EpsomError(Problem("E-SENS-BOTH", field="--trial", value=str(args.trial)))
        trial = read_trial(args.trial)
        row = observed_row(trial, args.what, args.days)
        who = t("sensitivity.trial", trial=trial.id, people=args.people)
        return (
            StatisticOfTrial(trial, row, args.people, args.seed, solver),
            Asked(args.what, output.unit, row.statistic, row.at_days, who),
        )
    people, days = _people(args), DAYS if args.days is None else args.days
    effect = EffectOfPlan(people, output.variable, days, args.statistic, solver)
    effect.check()
    who = t("sensitivity.people", count=len(people))
    return effect, Asked(args.what, output.unit, args.statistic, days, who)


def run_sensitivity(args: argparse.Namespace, t: Translator) -> int:
    """Compute and show."""
    import textwrap

    from epsom.base.files import write_whole
    from epsom.cli.progress import progress_on_stderr
    from epsom.engine.registry import DEFAULT, engine
    from epsom.model.assemble import model_hash
    from epsom.report.sensitivity import sensitivity_drawing, sensitivity_json, sensitivity_lines, title
    from epsom.study.sensitivity.run import Settings, sensitivity

    _check(args)
    response, asked = _question(args, engine(args.engine or DEFAULT), t)
    settings = Settings(args.rows, args.seed, args.by == "module", args.spread)
    with progress_on_stderr(t("sensitivity.progress")) as progress:
        found = sensitivity(response, settings, progress=progress)
    if args.svg is not None:
        heading = textwrap.wrap(title(asked, t), HEADING)
        write_whole(args.svg, sensitivity_drawing(found, asked, t, args.top).standalone(heading))
    if args.json:
        shape = sensitivity_json(found, asked, args.seed, model_hash())
        print(json.dumps(shape, ensure_ascii=False, indent=1))
    else:
        print("\n".join(sensitivity_lines(found, asked, t, args.top)))
    return 0
