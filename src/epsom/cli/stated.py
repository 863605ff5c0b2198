"""Facts about one person, and a plan, as options of a command."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import Translator

if TYPE_CHECKING:
    from epsom.people.people import People

FLAGS = {
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


def add_stated(parser: argparse.ArgumentParser, t: Translator, *, without: tuple[str, ...] = ()) -> None:
    """Declare the options for facts and plan, except those in ``without``."""
    for flag, name in FLAGS.items():
        if flag not in without:
            option = f"--{flag.replace('_', '-')}"
            parser.add_argument(option, dest=name, metavar="X", help=t(f"cli.forecast.{flag}"))
    parser.add_argument("--apart-from-meals", action="store_true", help=t("cli.forecast.apart"))
    parser.add_argument("--set", action="append", default=[], metavar="X=Y", help=t("cli.forecast.set"))


def stated(args: argparse.Namespace) -> dict[str, Any]:
    """Collect facts and plan from flags and ``--set``; a unit in a flag's value chooses the name."""
    found: dict[str, Any] = {}
    for name in FLAGS.values():
        value = getattr(args, name, None)
        if value is not None:
            found.update([_with_unit(name, value)])
    for pair in args.set:
        name, equals, value = pair.partition("=")
        if not equals:
            raise EpsomError(Problem("E-SET", field="--set", value=pair))
        found[name.strip()] = value.strip()
    if args.apart_from_meals:
        found["with_meals"] = "no"
    return found


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


def one_person(args: argparse.Namespace, example: Mapping[str, Any]) -> People:
    """Read one person from file and options; without any fact, the example with what was stated of a plan.

    Raises
    ------
    EpsomError
        With every fault of the file and of the options.
    """
    from epsom.people.fields import accepted_names
    from epsom.people.people import people_from_rows
    from epsom.people.reading import read_person_file
    from epsom.people.row import read_row

    given = stated(args)
    about_person = any(not accepted_names()[n].field.is_plan for n in given if n in accepted_names())
    record = given if about_person else {**example, **given}
    if args.file is not None:
        record = {**read_person_file(args.file), **given}
    row = read_row(record)
    if row.problems:
        name = str(args.file) if args.file is not None else None
        raise EpsomError.of(p.at(file=name) for p in row.problems)
    return people_from_rows([row], ["1"])
