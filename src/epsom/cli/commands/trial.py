"""``epsom trial``: run human experiments in the model and compare with what was published."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import Translator


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=t("cli.trial.files"))
    parser.add_argument("--people", type=int, default=48, help=t("cli.trial.people"))
    parser.add_argument("--draws", type=int, default=100, help=t("cli.forecast.draws"))
    parser.add_argument("--seed", type=int, default=1, help=t("cli.forecast.seed"))
    parser.add_argument("--engine", default=None, help=t("cli.forecast.engine"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def run(args: argparse.Namespace, t: Translator) -> int:
    """Read every file before anything is computed; then run and show."""
    from epsom.cli.progress import progress_on_stderr
    from epsom.engine.registry import DEFAULT, engine
    from epsom.report.trial import trial_json, trial_lines
    from epsom.study.trial.file import kept_out
    from epsom.study.trial.read import read_trial
    from epsom.study.trial.run import Settings, TrialRun, run_trial, warnings

    for flag, value, low, high in (
        ("--people", args.people, 1, 10_000),
        ("--draws", args.draws, 0, 10_000),
        ("--seed", args.seed, 0, 2**31),
    ):
        if not low <= value <= high:
            raise EpsomError(Problem("E-RANGE", field=flag, value=value, expected=f"{low} – {high}"))
    solver = engine(args.engine or DEFAULT)
    problems: list[Problem] = []
    trials = []
    not_run: Counter[str] = Counter()
    for path in args.files:
        try:
            counts = kept_out(path)
            if counts is None:
                trials.append(read_trial(path))
            else:
                not_run.update(counts)
        except EpsomError as error:
            problems.extend(error.problems)
    if problems:
        raise EpsomError.of(problems)
    settings = Settings(args.people, args.draws, args.seed)
    runs: list[TrialRun] = []
    with progress_on_stderr(t("trial.progress")) as progress:
        for index, trial in enumerate(trials, start=1):
            runs.append(run_trial(trial, solver, settings))
            progress(index, len(trials))
    if args.json:
        print(json.dumps(trial_json(runs, not_run, t), ensure_ascii=False, indent=1))
    else:
        print("\n".join(trial_lines(runs, not_run, t)))
    return 3 if any(warnings(runs)) else 0
