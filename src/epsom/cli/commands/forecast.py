"""``epsom forecast``: one person or a table of people, with and without more magnesium."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import Translator
from epsom.cli.stated import add_stated, one_person, stated

if TYPE_CHECKING:
    from epsom.people.people import People
    from epsom.study.forecast import Forecast, Settings

# A Dutch woman with untreated raised pressure who eats too little magnesium and thinks of citrate.
EXAMPLE = {
    "age_years": 55,
    "sex": "female",
    "intake_mg_per_day": 240,
    "sbp_mmhg": 142,
    "dbp_mmhg": 88,
    "antihypertensive": "no",
    "supplement_mg_per_day": 300,
    "compound": "citrate",
    "years": 10,
}
DRAWS_ONE, DRAWS_MANY = 200, 40
BLOCK = 8192


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("file", nargs="?", type=Path, help=t("cli.forecast.file"))
    add_stated(parser, t)
    parser.add_argument("--draws", type=int, default=None, help=t("cli.forecast.draws"))
    parser.add_argument("--seed", type=int, default=1, help=t("cli.forecast.seed"))
    parser.add_argument("--engine", default=None, help=t("cli.forecast.engine"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=t("cli.forecast.out"))
    parser.add_argument("--report", type=Path, metavar="FILE", help=t("cli.forecast.report"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))
    parser.add_argument("--ascii", action="store_true", help=t("cli.forecast.ascii"))


def run(args: argparse.Namespace, t: Translator) -> int:
    """Compute and show; see `epsom.cli.main.main` for the exit status."""
    from epsom.engine.registry import DEFAULT, engine
    from epsom.people.reading import is_table
    from epsom.study.forecast import Settings

    if args.draws is not None and not 0 <= args.draws <= 10_000:
        raise EpsomError(Problem("E-DRAWS", field="--draws", value=args.draws, expected="0 – 10000"))
    if args.seed < 0:
        raise EpsomError(Problem("E-SEED", field="--seed", value=args.seed, expected=">= 0"))
    chosen = args.engine or DEFAULT
    many = args.file is not None and is_table(args.file)
    draws = args.draws if args.draws is not None else DRAWS_MANY if many else DRAWS_ONE
    settings = Settings(draws=draws, seed=args.seed, engine=chosen, trajectory=not many, block=BLOCK)
    engine(chosen)  # an unknown engine is refused before anything is read
    return _run_table(args, settings, t) if many else _run_one(args, settings, t)


def _compute(people: People, settings: Settings, t: Translator) -> Forecast:
    from epsom.cli.progress import progress_on_stderr
    from epsom.engine.registry import engine
    from epsom.study.forecast import forecast

    with progress_on_stderr(t("forecast.progress")) as progress:
        return forecast(people, engine(settings.engine), settings, progress=progress)


def _run_one(args: argparse.Namespace, settings: Settings, t: Translator) -> int:
    from epsom.engine.solution import Status
    from epsom.study.export import forecast_json

    if args.out is not None:
        raise EpsomError(Problem("E-OUT", field="--out", value=str(args.out)))
    if args.report is not None and args.report.suffix.lower() not in (".html", ".htm"):
        raise EpsomError(Problem("E-ENDING", field="--report", value=str(args.report), expected=".html"))
    people = one_person(args, EXAMPLE)
    result = _compute(people, settings, t)
    errors = [p for p in result.problems[0] if p.code.startswith("E-")]
    if not errors and not result.possible[0]:
        errors = [Problem("E-INTEGRATION", value=Status(int(result.status[0])).code)]
    if errors:
        raise EpsomError(*errors)
    if args.json:
        print(json.dumps(forecast_json(result, 0, t), ensure_ascii=False, indent=1))
    else:
        _print(result, args, t)
    if args.report is not None:
        _write_report(result, args, t)
    return 0


def _write_report(result: Forecast, args: argparse.Namespace, t: Translator) -> None:
    from epsom.base.files import write_whole
    from epsom.report.forecast.page import page

    write_whole(args.report, page(result, 0, t))
    where = sys.stderr if args.json else sys.stdout  # with --json, standard output holds JSON only
    print(t("forecast.report-at", file=str(args.report)), file=where)


def _print(result: Forecast, args: argparse.Namespace, t: Translator) -> None:
    import shutil

    from epsom.report.forecast.terminal import render

    encoding = (sys.stdout.encoding or "ascii").lower()
    plain = args.ascii or not encoding.startswith("utf")
    width = shutil.get_terminal_size((80, 24)).columns
    print(render(result, 0, t, width=width, ascii_only=plain), end="")


def _run_table(args: argparse.Namespace, settings: Settings, t: Translator) -> int:
    from epsom.base.files import write_whole
    from epsom.people.reading import read_people
    from epsom.report.forecast.many import render_many, summary_json
    from epsom.study.export import forecast_table

    if args.report is not None:
        raise EpsomError(Problem("E-REPORT-TABLE", field="--report", value=str(args.report)))
    if args.out is not None and args.out.suffix.lower() not in (".csv", ".parquet"):
        raise EpsomError(Problem("E-ENDING", field="--out", value=str(args.out), expected=".csv, .parquet"))
    everyone = read_people(args.file, stated(args))
    result = _compute(everyone.take(everyone.good), settings, t)
    table = forecast_table(everyone, result, t)
    if args.out is not None:
        import io

        buffer = io.BytesIO()
        table.write_parquet(buffer) if args.out.suffix.lower() == ".parquet" else table.write_csv(buffer)
        write_whole(args.out, buffer.getvalue())
    if args.json:
        print(json.dumps(summary_json(table, result), ensure_ascii=False, indent=1))
    else:
        print(render_many(table, result, t), end="")
    return 0 if (table["status"] == "ok").all() else 3
