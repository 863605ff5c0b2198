"""``epsom intake``: the magnesium in a list of foods."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from epsom.base.errors import problem
from epsom.base.i18n import Translator


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("list", help=t("intake.help.list"))
    parser.add_argument("--foods", type=Path, metavar="FILE", help=t("intake.help.foods"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def run(args: argparse.Namespace, t: Translator) -> int:
    """Add up the list; exit status 3 when something in it could not be counted."""
    from epsom.people.food.intake import food_intake
    from epsom.people.food.table import food_table, with_own_foods
    from epsom.report.people.intake import intake_json, intake_text

    intake = food_intake(args.list, with_own_foods(args.foods) if args.foods else food_table())
    if not intake.items:
        raise problem("E-FOODS-EMPTY", value=args.list)
    if args.json:
        print(json.dumps(intake_json(intake, t.language), ensure_ascii=False, indent=1))
    else:
        print(intake_text(intake, t))
    return 0 if intake.complete else 3
