"""``epsom risk``: a published risk score for one person, or for a table of people."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from epsom.base.errors import EpsomError, problem
from epsom.base.i18n import Translator

_FACT = "fact:"  # keeps the names of facts apart from those of options


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options: one flag for every key that a score reads."""
    from epsom.risk.fields import also_spelled, keys

    parser.add_argument("score", help=t("risk.help.score"))
    parser.add_argument("file", nargs="?", type=Path, help=t("risk.help.file"))
    parser.add_argument("--constants", metavar="NAME", help=t("risk.help.constants"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=t("risk.help.out"))
    parser.add_argument("--ignore-unknown", action="store_true", help=t("risk.help.ignore"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))
    facts = parser.add_argument_group(t("risk.help.facts"))
    for name, key in keys().items():
        choices = "{" + ",".join(key.field.choices) + "}" if key.field.choices else "X"
        flags = [f"--{word.replace('_', '-')}" for word in (name, *also_spelled(name))]
        facts.add_argument(*flags, dest=f"{_FACT}{name}", metavar=choices)


def _facts(args: argparse.Namespace) -> dict[str, str]:
    """Return the facts given as flags, by canonical name."""
    given = {
        name: value for name, value in vars(args).items() if name.startswith(_FACT) and value is not None
    }
    return {name.removeprefix(_FACT): value for name, value in given.items()}


def run(args: argparse.Namespace, t: Translator) -> int:
    """Score and show; exit status 3 when some people of a table have no full result."""
    from epsom.report.people.risk import needs_text, register_json, register_text
    from epsom.risk.scores import score

    if args.score == "list":
        _print(args, register_json(t) if args.json else register_text(t))
        return 0
    one = score(args.score)
    one.constants_named(args.constants)
    if args.file is None:
        if not _facts(args) and not args.json:
            print(needs_text(one, t))
            return 0
        return _one_person(args, t)
    return _table(args, t)


def _print(args: argparse.Namespace, content: Any) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1) if args.json else content)


def _one_person(args: argparse.Namespace, t: Translator) -> int:
    from epsom.report.people.risk import person_text, result_json
    from epsom.risk.scores import score
    from epsom.study.risk import score_person

    if args.out is not None:
        raise problem("E-RISK-OUT", field="--out", value=str(args.out))
    facts = _facts(args)
    if not facts:
        raise problem("E-RISK-NOBODY", field="FILE", details={"score": args.score})
    result = score_person(score(args.score), facts, constants=args.constants)
    refused = [p for p in result.problems if p.code.startswith("E-")]
    if refused and not result.complete:
        raise EpsomError.of(refused)
    print(
        json.dumps(result_json(result, t), ensure_ascii=False, indent=1)
        if args.json
        else person_text(result, t)
    )
    return 0


def _table(args: argparse.Namespace, t: Translator) -> int:
    from epsom.cli.main import EXIT_OK, EXIT_PARTIAL
    from epsom.report.people.risk import result_json, table_text
    from epsom.risk.scores import score
    from epsom.study.risk import check_ending, score_file, write_result

    if args.out is not None:
        check_ending(args.out)
    result = score_file(
        score(args.score), args.file, _facts(args), constants=args.constants, ignore=args.ignore_unknown
    )
    if args.out is not None:
        write_result(result, args.out)
    print(
        json.dumps(result_json(result, t), ensure_ascii=False, indent=1)
        if args.json
        else table_text(result, t)
    )
    return EXIT_OK if result.complete else EXIT_PARTIAL
