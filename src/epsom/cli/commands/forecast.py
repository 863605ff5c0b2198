"""``epsom forecast``: one person or a table of people, with and without more magnesium."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import Translator

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
_FLAGS = {
    "age": "age_years",
    "sex": "sex",
    "intake": "intake_mg_per_day",
    "sbp": "sbp_mmhg",
    "dbp": "dbp_mmhg",
    "supplement": "supplement_mg_per_day",
    "compound": "compound",
    "doses": "doses_per_day",
    "new_intake": "new_intake_mg_per_day",
    "years": "years",
}
DRAWS_ONE, DRAWS_MANY = 200, 40
BLOCK = 8192


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("file", nargs="?", type=Path, help=t("cli.forecast.file"))
    for flag, name in _FLAGS.items():
        option = f"--{flag.replace('_', '-')}"
        parser.add_argument(option, dest=name, metavar="X", help=t(f"cli.forecast.{flag}"))
    parser.add_argument("--apart-from-meals", action="store_true", help=t("cli.forecast.apart"))
    parser.add_argument("--set", action="append", default=[], metavar="X=Y", help=t("cli.forecast.set"))
    parser.add_argument("--draws", type=int, default=None, help=t("cli.forecast.draws"))
    parser.add_argument("--seed", type=int, default=1, help=t("cli.forecast.seed"))
    parser.add_argument("--engine", default=None, help=t("cli.forecast.engine"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=t("cli.forecast.out"))
    parser.add_argument("--report", type=Path, metavar="FILE", help=t("cli.forecast.report"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))
    parser.add_argument("--ascii", action="store_true", help=t("cli.forecast.ascii"))


def _stated(args: argparse.Namespace) -> dict[str, Any]:
    """Collect facts and plan from flags and ``--set``; a unit in a flag's value chooses the name."""
    stated: dict[str, Any] = {}
    for name in _FLAGS.values():
        value = getattr(args, name)
        if value is not None:
            stated.update([_with_unit(name, value)])
    for pair in args.set:
        name, equals, value = pair.partition("=")
        if not equals:
            raise EpsomError(Problem("E-SET", field="--set", value=pair))
        stated[name.strip()] = value.strip()
    if args.apart_from_meals:
        stated["with_meals"] = "no"
    return stated


def _with_unit(name: str, value: str) -> tuple[str, str]:
    from epsom.people.fields import accepted_names

    number, _, unit = value.strip().partition(" ")
    if not unit:
        return name, value
    for accepted, named in accepted_names().items():
        if named.field.name == name and named.unit.lower() == unit.strip().lower():
            return accepted, number
    units = [n.unit for n in accepted_names().values() if n.field.name == name]
    raise EpsomError(Problem("E-UNIT", field=name, value=value, unit=unit, expected=", ".join(units)))


def _one_person(args: argparse.Namespace) -> People:
    from epsom.people.fields import accepted_names
    from epsom.people.people import people_from_rows
    from epsom.people.reading import read_person_file
    from epsom.people.row import read_row

    stated = _stated(args)
    about_person = any(not accepted_names()[n].field.is_plan for n in stated if n in accepted_names())
    record = stated if about_person else {**EXAMPLE, **stated}
    if args.file is not None:
        record = {**read_person_file(args.file), **stated}
    row = read_row(record)
    if row.problems:
        name = str(args.file) if args.file is not None else None
        raise EpsomError.of(p.at(file=name) for p in row.problems)
    return people_from_rows([row], ["1"])


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
    people = _one_person(args)
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
    everyone = read_people(args.file, _stated(args))
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
