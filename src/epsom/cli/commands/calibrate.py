"""``epsom calibrate``: draw the parameters from their priors and the trials, and write the posterior."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import Translator


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    from epsom.calibrate.plan import Plan

    plan = Plan()
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=t("cli.trial.files"))
    parser.add_argument("--out", type=Path, required=True, help=t("cli.calibrate.out"))
    for name in ("chains", "warmup", "iterations", "lesson", "people", "draws", "seed"):
        text = t(f"cli.calibrate.{name}")
        parser.add_argument(f"--{name}", type=int, default=getattr(plan, name), help=text)
    parser.add_argument("--engine", default=None, help=t("cli.forecast.engine"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def run(args: argparse.Namespace, t: Translator) -> int:
    """Read every trial before anything is computed; then sample, check and write."""
    from epsom.calibrate.plan import Plan
    from epsom.cli.progress import progress_on_stderr
    from epsom.engine.registry import DEFAULT, engine
    from epsom.report.calibration import calibration_json, calibration_lines
    from epsom.study.calibration import calibrate
    from epsom.study.trial.file import kept_out
    from epsom.study.trial.read import read_trial

    for flag, value, low, high in (
        ("--chains", args.chains, 8, 100_000),
        ("--warmup", args.warmup, 10, 1_000_000),
        ("--iterations", args.iterations, 40, 1_000_000),
        ("--lesson", args.lesson, args.chains, 1_000_000),  # every chain starts from a set of its own
        ("--people", args.people, 1, 10_000),
        ("--draws", args.draws, 1, 1_000_000),
        ("--seed", args.seed, 0, 2**31),
    ):
        if not low <= value <= high:
            raise EpsomError(Problem("E-RANGE", field=flag, value=value, expected=f"{low} – {high}"))
    trials = []
    problems: list[Problem] = []
    for path in args.files:
        try:
            if kept_out(path) is None:
                trials.append(read_trial(path))
        except EpsomError as error:
            problems.extend(error.problems)
    if problems:
        raise EpsomError.of(problems)
    plan = Plan(
        chains=args.chains,
        warmup=args.warmup,
        iterations=args.iterations,
        lesson=args.lesson,
        people=args.people,
        draws=args.draws,
        seed=args.seed,
    )
    started = time.monotonic()
    with progress_on_stderr(t("calibrate.progress")) as progress:
        found = calibrate(trials, engine(args.engine or DEFAULT), plan, args.out, progress)
    seconds = time.monotonic() - started
    if args.json:
        print(json.dumps(calibration_json(found, seconds), ensure_ascii=False, indent=1))
    else:
        print("\n".join(calibration_lines(found, seconds, args.out, t)))
    return 0
