"""``epsom evidence``: list, show, check and add studies; pool them; answer a question."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from epsom.base.i18n import Translator


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=t("evidence.help.action"))

    def action(name: str) -> argparse.ArgumentParser:
        made = actions.add_parser(
            name, help=t(f"evidence.help.{name}"), description=t(f"evidence.help.{name}")
        )
        made.add_argument("--json", action="store_true", help=t("cli.json"))
        return made

    made = action("list")
    made.add_argument("--outcome", help=t("evidence.help.outcome"))
    made.add_argument("--exposure", help=t("evidence.help.exposure"))
    made.add_argument("--grade", help=t("evidence.help.grade"))
    made.add_argument("--standing", help=t("evidence.help.standing"))
    made = action("show")
    made.add_argument("name", help=t("evidence.help.name"))
    action("check")
    made = action("add")
    made.add_argument("file", type=Path, help=t("evidence.help.file"))


def _print(found: Any) -> None:
    print(json.dumps(found, ensure_ascii=False, indent=1))


def run(args: argparse.Namespace, t: Translator) -> int:
    """Run one action."""
    actions = {"list": _list, "show": _show, "check": _check, "add": _add}
    return actions[args.action](args, t)


def _list(args: argparse.Namespace, t: Translator) -> int:
    from epsom.evidence.base.find import find
    from epsom.evidence.base.load import base
    from epsom.evidence.base.values import plain
    from epsom.report.evidence.listing import list_text

    found = find(
        base(), outcome=args.outcome, exposure=args.exposure, grade=args.grade, standing=args.standing
    )
    if args.json:
        _print({"hash": base().hash, "records": [plain(record, base()) for record in found]})
    else:
        print(list_text(found, base(), t))
    return 0


def _show(args: argparse.Namespace, t: Translator) -> int:
    from epsom.evidence.base.find import by_name
    from epsom.evidence.base.load import base
    from epsom.evidence.base.values import plain
    from epsom.report.evidence.listing import show_text

    found = by_name(base(), args.name)
    if args.json:
        _print({"hash": base().hash, "records": [plain(record, base()) for record in found]})
    else:
        print(show_text(found, base(), t))
    return 0


def _check(args: argparse.Namespace, t: Translator) -> int:
    from epsom.evidence.base.load import base
    from epsom.report.evidence.audit import audit, audit_text

    if args.json:
        _print(audit(base()))
    else:
        print(audit_text(base(), t))
    return 0


def _add(args: argparse.Namespace, t: Translator) -> int:
    from dataclasses import asdict

    from epsom.evidence.base.sheet import read_sheet
    from epsom.report.evidence.audit import sheet_text

    sheet = read_sheet(args.file)
    rows = sheet.accept()
    if args.json:
        warnings = [warning.as_json(t) for warning in sheet.warnings]
        _print({"rows": [asdict(row) for row in rows], "warnings": warnings})
    else:
        print(sheet_text(sheet, t))
    return 0
