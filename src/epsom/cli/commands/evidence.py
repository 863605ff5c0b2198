"""``epsom evidence``: list, show, check and add studies; pool them; answer a question."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epsom.base.i18n import Translator

if TYPE_CHECKING:
    from epsom.evidence.base.load import Base


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=t("evidence.help.action"))

    def action(name: str) -> argparse.ArgumentParser:
        made = actions.add_parser(
            name, help=t(f"evidence.help.{name}"), description=t(f"evidence.help.{name}")
        )
        made.add_argument("--json", action="store_true", help=t("cli.json"))
        return made

    made = action("answer")
    made.add_argument("question", help=t("evidence.help.question"))
    made.add_argument("--csv", type=Path, help=t("evidence.help.csv"))
    made.add_argument("--plot", type=Path, help=t("evidence.help.plot"))
    made = action("pool")
    _choices(made, t)
    made.add_argument("--contrast", help=t("evidence.help.contrast"))
    made.add_argument("--grade", help=t("evidence.help.grade"))
    made.add_argument("--method", default="", help=t("evidence.help.method"))
    made.add_argument("--test", default="", help=t("evidence.help.test"))
    made.add_argument("--leave-one-out", action="store_true", help=t("evidence.help.leave-one-out"))
    made.add_argument(
        "--figure", choices=("forest", "leave-one-out"), default="forest", help=t("evidence.help.figure")
    )
    made = action("bias")
    _choices(made, t)
    made.add_argument("--contrast", help=t("evidence.help.contrast"))
    made.add_argument("--grade", help=t("evidence.help.grade"))
    made = action("dose-response")
    _choices(made, t)
    made.add_argument("--shape", help=t("evidence.help.shape"))
    made.add_argument("--method", default="reml", help=t("evidence.help.method"))
    made.add_argument("--reference", type=float, help=t("evidence.help.reference"))
    made = action("list")
    made.add_argument("--csv", type=Path, help=t("evidence.help.csv"))
    made.add_argument("--outcome", help=t("evidence.help.outcome"))
    made.add_argument("--exposure", help=t("evidence.help.exposure"))
    made.add_argument("--grade", help=t("evidence.help.grade"))
    made.add_argument("--standing", help=t("evidence.help.standing"))
    made = action("show")
    made.add_argument("name", help=t("evidence.help.name"))
    made = action("check")
    made.add_argument("--schema", action="store_true", help=t("evidence.help.schema"))
    made = action("add")
    made.add_argument("file", type=Path, help=t("evidence.help.file"))


def _choices(made: argparse.ArgumentParser, t: Translator) -> None:
    made.add_argument("outcome", help=t("evidence.help.outcome"))
    made.add_argument("--exposure", help=t("evidence.help.exposure"))
    made.add_argument("--sheet", type=Path, help=t("evidence.help.sheet"))
    made.add_argument("--only-sheet", action="store_true", help=t("evidence.help.only-sheet"))
    made.add_argument("--csv", type=Path, help=t("evidence.help.csv"))
    made.add_argument("--plot", type=Path, help=t("evidence.help.plot"))


def _print(found: Any) -> None:
    print(json.dumps(found, ensure_ascii=False, indent=1))


def run(args: argparse.Namespace, t: Translator) -> int:
    """Run one action."""
    actions = {
        "answer": _answer,
        "pool": _pool,
        "bias": _bias,
        "dose-response": _dose_response,
        "list": _list,
        "show": _show,
        "check": _check,
        "add": _add,
    }
    return actions[args.action](args, t)


def _base(args: argparse.Namespace) -> Base:
    from epsom.evidence.base.load import base
    from epsom.evidence.base.sheet import read_sheet
    from epsom.evidence.base.sheet_records import with_sheet

    if args.sheet is None:
        return base()
    sheet = read_sheet(args.sheet)
    return with_sheet(base(), sheet.accept(), sheet.file, only=args.only_sheet)


def _pool(args: argparse.Namespace, t: Translator) -> int:
    from epsom.evidence.answers.choose import dataset, family_of, outcome_key
    from epsom.evidence.answers.pooling import Choices, leave_one_out, pooled, summarise
    from epsom.evidence.base.find import grade_of
    from epsom.report.evidence.pool_text import pool_json, pool_text, study_rows

    base = _base(args)
    outcome = outcome_key(base, args.outcome)
    data = dataset(
        base, outcome, family_of(base, outcome, args.exposure), args.contrast, grade_of(args.grade)
    )
    choices = Choices(args.method, args.test)
    result = pooled(data, choices)
    found = summarise(data, result)
    wanted = args.leave_one_out or args.figure == "leave-one-out"
    left_out = leave_one_out(data, choices) if wanted else []
    if args.plot:
        from epsom.report.evidence.draw import write_figure
        from epsom.report.evidence.forest import forest, leave_one_out_figure

        drawn = (
            forest(data, result, found, base.hash, t)
            if args.figure == "forest"
            else leave_one_out_figure(data, found, left_out, base.hash, t)
        )
        write_figure(args.plot, drawn, t)
    if args.csv:
        _write_csv(args.csv, study_rows(data, result))
    if args.json:
        _print(pool_json(data, result, found, left_out, base.hash, t))
    else:
        print(pool_text(data, result, found, left_out, base.hash, t))
    return 0


def _bias(args: argparse.Namespace, t: Translator) -> int:
    from epsom.evidence.answers.bias import bias
    from epsom.evidence.answers.choose import dataset, family_of, outcome_key
    from epsom.evidence.answers.pooling import leave_one_out, pooled, summarise
    from epsom.evidence.base.find import grade_of
    from epsom.report.evidence.bias_text import bias_json, bias_text
    from epsom.report.evidence.pool_text import study_rows

    base = _base(args)
    outcome = outcome_key(base, args.outcome)
    data = dataset(
        base, outcome, family_of(base, outcome, args.exposure), args.contrast, grade_of(args.grade)
    )
    result = pooled(data)
    found, tests, left_out = summarise(data, result), bias(data, result), leave_one_out(data)
    if args.csv:
        _write_csv(args.csv, study_rows(data, result))
    if args.plot:
        from epsom.report.evidence.draw import write_figure
        from epsom.report.evidence.funnel import funnel

        write_figure(args.plot, funnel(data, result, found, tests, base.hash, t), t)
    if args.json:
        _print(bias_json(data, tests, found, left_out, base.hash, t))
    else:
        print(bias_text(data, tests, found, left_out, base.hash, t))
    return 0


def _dose_response(args: argparse.Namespace, t: Translator) -> int:
    from epsom.evidence.answers.choose import family_of, outcome_key
    from epsom.evidence.answers.curves import curve_data, fit
    from epsom.report.evidence.curve_text import curve_json, curve_rows, curve_text, reference_dose

    base = _base(args)
    outcome = outcome_key(base, args.outcome)
    found = fit(
        curve_data(base, outcome, family_of(base, outcome, args.exposure or "dietary")),
        args.shape,
        args.method,
    )
    reference = reference_dose(found) if args.reference is None else args.reference
    if args.csv:
        _write_csv(args.csv, curve_rows(found, reference, points=101))
    if args.plot:
        from epsom.report.evidence.curve_figure import curve_figure
        from epsom.report.evidence.draw import write_figure

        write_figure(args.plot, curve_figure(found, reference, base.hash, t), t)
    if args.json:
        _print(curve_json(found, reference, base.hash, t))
    else:
        print(curve_text(found, reference, base.hash, t))
    return 0


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    from epsom.report.evidence.export import write_csv

    write_csv(path, rows)


def _answer(args: argparse.Namespace, t: Translator) -> int:
    from epsom.evidence.answers.answer import answer
    from epsom.evidence.base.load import base
    from epsom.evidence.base.outcomes import question
    from epsom.report.evidence.answer_figure import answer_figure
    from epsom.report.evidence.answer_text import answer_json, answer_text

    found = answer(base(), question(args.question))
    if args.plot:
        from epsom.report.evidence.answer_page import answer_page
        from epsom.report.evidence.draw import write_figure
        from epsom.report.evidence.export import write_whole

        if args.plot.suffix == ".html":
            write_whole(args.plot, answer_page(found, base(), t).encode())
        else:
            write_figure(args.plot, answer_figure(found, t), t)
    if args.csv:
        _write_csv(args.csv, answer_figure(found, t).rows)
    if args.json:
        _print(answer_json(found, t))
    else:
        print(answer_text(found, base(), t))
    return 0


def _list(args: argparse.Namespace, t: Translator) -> int:
    from epsom.evidence.base.find import find
    from epsom.evidence.base.load import base
    from epsom.evidence.base.values import flat, plain
    from epsom.report.evidence.listing import list_text

    found = find(
        base(), outcome=args.outcome, exposure=args.exposure, grade=args.grade, standing=args.standing
    )
    if args.csv:
        _write_csv(args.csv, [flat(record, base()) for record in found])
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
    from epsom.evidence.base.load import TABLES, base
    from epsom.evidence.base.schema import json_schema
    from epsom.report.evidence.audit import audit, audit_text

    if args.schema:
        _print({name: json_schema(record) for name, record in TABLES.items()})
    elif args.json:
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
