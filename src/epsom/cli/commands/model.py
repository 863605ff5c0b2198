"""``epsom model``: look at the system, check it, take it elsewhere."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import Translator
from epsom.cli.sensitivity import add_sensitivity, run_sensitivity

_PARTS = ("states", "parameters", "map", "outcomes")


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the actions, each with its options."""
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="ACTION", help=t("cli.model.action")
    )

    def action(name: str) -> argparse.ArgumentParser:
        return actions.add_parser(
            name, help=t(f"cli.model.{name}"), description=t(f"cli.model.{name}"), allow_abbrev=False
        )

    show = action("show")
    show.add_argument("what", nargs="?", help=t("cli.model.what"))
    show.add_argument("--module", help=t("cli.model.module"))
    check, export, drivers = action("check"), action("export"), action("sensitivity")
    export.add_argument("what", nargs="?", metavar="FILE", help=t("cli.model.file"))
    export.add_argument("--archive", type=Path, metavar="FILE", help=t("cli.model.archive"))
    for one in (show, check):
        one.add_argument("--json", action="store_true", help=t("cli.json"))
    add_sensitivity(drivers, t)


def run(args: argparse.Namespace, t: Translator) -> int:
    """Show, check or export the model, or tell what drives an outcome."""
    actions = {"show": _show, "check": _check, "export": _export, "sensitivity": run_sensitivity}
    return actions[args.action](args, t)


def _show(args: argparse.Namespace, t: Translator) -> int:
    from epsom.model.records import MODULES
    from epsom.report.model_tables import model_json, model_lines

    parts = _PARTS if args.what is None else (args.what,)
    if not set(parts) <= set(_PARTS):
        raise EpsomError(Problem("E-MODEL-PART", value=args.what, expected=", ".join(_PARTS)))
    if args.module is not None and args.module not in MODULES:
        raise EpsomError(
            Problem("E-CHOICE", field="--module", value=args.module, expected=", ".join(MODULES))
        )
    if args.json:
        print(json.dumps(model_json(parts, args.module, t), ensure_ascii=False, indent=1))
    else:
        print("\n".join(model_lines(parts, args.module, t)))
    return 0


def _check(args: argparse.Namespace, t: Translator) -> int:
    from epsom.model.check import check_model

    checks = check_model()
    if args.json:
        rows = [asdict(check) for check in checks]
        print(json.dumps({"checks": rows}, ensure_ascii=False, indent=1))
    else:
        for check in checks:
            mark = t("system.check.kept" if check.passed else "system.check.broken")
            measured = "" if check.measured is None else f" ({check.measured:.1e})"
            print(f"{mark:<8}{t(f'system.check.{check.name}')}{measured}")
            for line in check.found:
                print(f"        {line}")
    return 0 if all(check.passed for check in checks) else 3


def _export(args: argparse.Namespace, t: Translator) -> int:
    from epsom.base.files import write_whole
    from epsom.model.assemble import antimony_text
    from epsom.study.exchange.annotated import annotated_sbml
    from epsom.study.exchange.archive import archive_bytes

    makers: dict[str, Callable[[], str | bytes]] = {
        ".xml": annotated_sbml,
        ".sbml": annotated_sbml,
        ".ant": antimony_text,
        ".omex": archive_bytes,
    }
    wanted = [] if args.what is None else [(Path(args.what), tuple(makers))]
    if args.archive is not None:
        wanted.append((args.archive, (".omex",)))
    if not wanted:
        raise EpsomError(Problem("E-MODEL-FILE", expected="epsom.xml, epsom.ant, epsom.omex"))
    for path, endings in wanted:
        if path.suffix.lower() not in endings:
            raise EpsomError(Problem("E-ENDING", value=str(path), expected=", ".join(endings)))
    for path, _ in wanted:
        write_whole(path, makers[path.suffix.lower()]())
        print(t("system.exported", file=str(path)))
    return 0
