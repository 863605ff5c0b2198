"""``epsom trial``: run human experiments in the model and compare; or plan one."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import Translator
from epsom.cli.trial_power import add_power, check_power, run_power

if TYPE_CHECKING:
    from epsom.study.trial.file import Trial

PICTURES = (".svg", ".html")
PEOPLE, PEOPLE_OF_A_PLAN = 48, 200


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=t("cli.trial.files"))
    add_power(parser, t)
    parser.add_argument("--plot", type=Path, metavar="PICTURE", help=t("cli.trial.plot"))
    parser.add_argument("--people", type=int, default=None, help=t("cli.trial.people"))
    parser.add_argument("--draws", type=int, default=100, help=t("cli.forecast.draws"))
    parser.add_argument("--seed", type=int, default=1, help=t("cli.forecast.seed"))
    parser.add_argument("--engine", default=None, help=t("cli.forecast.engine"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def run(args: argparse.Namespace, t: Translator) -> int:
    """Read every file before anything is computed; then run and show."""
    if args.people is None:
        args.people = PEOPLE_OF_A_PLAN if args.power else PEOPLE
    _check(args)
    trials, not_run = _read(args)
    return run_power(args, trials, t) if args.power else _compare(args, trials, not_run, t)


def _check(args: argparse.Namespace) -> None:
    for flag, value, low, high in (
        ("--people", args.people, 1, 10_000),
        ("--draws", args.draws, 0, 10_000),
        ("--seed", args.seed, 0, 2**31),
    ):
        if not low <= value <= high:
            raise EpsomError(Problem("E-RANGE", field=flag, value=value, expected=f"{low} – {high}"))
    if args.plot is not None and args.plot.suffix.lower() not in PICTURES:
        expected = ", ".join(PICTURES)
        raise EpsomError(Problem("E-ENDING", field="--plot", value=str(args.plot), expected=expected))
    check_power(args)


def _read(args: argparse.Namespace) -> tuple[list[Trial], Counter[str]]:
    """Read all files; lists of experiments kept out are counted by reason."""
    from epsom.study.trial.file import kept_out
    from epsom.study.trial.read import read_trial

    problems: list[Problem] = []
    trials: list[Trial] = []
    not_run: Counter[str] = Counter()
    for path in args.files:
        try:
            counts = kept_out(path)
            if counts is None:
                trials.append(read_trial(path, planned=args.power))
            else:
                not_run.update(counts)
        except EpsomError as error:
            problems.extend(error.problems)
    names = Counter(trial.id for trial in trials)
    problems += [
        Problem("E-TRIAL-TWICE", file=trial.file, field="id", value=trial.id)
        for trial in trials
        if names[trial.id] > 1
    ]
    if problems:
        raise EpsomError.of(problems)
    return trials, not_run


def _compare(args: argparse.Namespace, trials: list[Trial], not_run: Counter[str], t: Translator) -> int:
    from epsom.base.files import write_whole
    from epsom.cli.progress import progress_on_stderr
    from epsom.engine.registry import DEFAULT, engine
    from epsom.report.trial import trial_json, trial_lines
    from epsom.study.trial.run import Settings, TrialRun, run_trial, warnings

    solver = engine(args.engine or DEFAULT)
    settings = Settings(args.people, args.draws, args.seed)
    runs: list[TrialRun] = []
    with progress_on_stderr(t("trial.progress")) as progress:
        for index, trial in enumerate(trials, start=1):
            runs.append(run_trial(trial, solver, settings))
            progress(index, len(trials))
    if args.plot is not None:
        from epsom.report.trial_figures import agreement_picture, agreement_view

        rows = [row for found in runs for row in found.rows]
        write = agreement_picture if args.plot.suffix.lower() == ".svg" else agreement_view
        write_whole(args.plot, write(rows, t))
    if args.json:
        print(json.dumps(trial_json(runs, not_run, t), ensure_ascii=False, indent=1))
    else:
        print("\n".join(trial_lines(runs, not_run, t)))
    return 3 if any(warnings(runs)) else 0
