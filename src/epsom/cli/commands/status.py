"""``epsom status``: how a person, a table of people or a survey stands with magnesium."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from epsom.base.errors import EpsomError, Problem, problem
from epsom.base.i18n import Translator


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("people", nargs="?", type=Path, help=t("status.help.people"))
    parser.add_argument("--survey", metavar="CYCLE", help=t("status.help.survey"))
    parser.add_argument(
        "--data", type=Path, metavar="DIR", default=Path("nhanes"), help=t("status.help.data")
    )
    parser.add_argument("--figure", type=Path, metavar="FILE", help=t("status.help.figure"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def run(args: argparse.Namespace, t: Translator) -> int:
    """Show a status; exit status 3 when some rows of a table are at fault."""
    if (args.people is None) == (args.survey is None):
        raise EpsomError(Problem("E-STATUS-WHAT"))
    if args.survey is not None:
        return _survey(args, t)
    if args.people.suffix.lower() == ".toml":
        return _person(args, t)
    return _table(args, t)


def _print(found: object) -> None:
    print(json.dumps(found, ensure_ascii=False, indent=1))


def _person(args: argparse.Namespace, t: Translator) -> int:
    from epsom.people.status.person import status_of
    from epsom.people.status.reading import read_person
    from epsom.report.people.status import status_json, status_text

    read = read_person(args.people)
    assert read.facts is not None  # a fault has been raised otherwise
    status = status_of(read.facts)
    if args.json:
        _print(status_json(status, read.unknown))
    else:
        print(status_text(status, read.unknown, t))
    return 0


def _table(args: argparse.Namespace, t: Translator) -> int:
    from epsom.people.status.person import status_of
    from epsom.people.status.reading import read_people_table
    from epsom.report.people.status import status_json, status_line, table_head

    rows = read_people_table(args.people)
    faulty = [p for row in rows for p in row.problems]
    if all(row.facts is None for row in rows):
        raise EpsomError.of(faulty)
    if args.json:
        good = [status_json(status_of(r.facts), r.unknown) for r in rows if r.facts is not None]
        _print({"people": good, "errors": [p.as_json(t) for p in faulty]})
    else:
        print(table_head(t))
        for row in rows:
            print(
                status_line(status_of(row.facts), t) if row.facts else t("status.row_at_fault", name=row.name)
            )
        for fault in faulty:
            what, do = fault.words(t)
            print(f"{fault.code}  {t('cli.row', row=fault.row)}, {fault.field}: {what} {do}", file=sys.stderr)
    return 3 if faulty else 0


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as fault:
        raise problem(
            "E-FILE", file=str(path), expected="SVG", details={"reason": fault.strerror or str(fault)}
        ) from fault


def _survey(args: argparse.Namespace, t: Translator) -> int:
    from epsom.people.status.survey import survey_status
    from epsom.people.survey.store import open_survey
    from epsom.report.people.figure import below_figure
    from epsom.report.people.population import survey_json, survey_text

    if sys.stderr.isatty():
        print(t("status.survey.reading"), file=sys.stderr)
    people = open_survey(args.survey, args.data)
    groups = survey_status(people)
    cycle = str(people["cycle"][0])
    if args.figure is not None:
        _write(args.figure, below_figure(groups, cycle, t))
    if args.json:
        _print(survey_json(groups, cycle))
    else:
        print(survey_text(groups, cycle, t))
    return 0
