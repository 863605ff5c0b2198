"""``epsom trial --power``: how many participants a planned trial needs."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import Translator

if TYPE_CHECKING:
    from epsom.study.trial.file import Trial

# Option -> key of the file's [design] that it replaces.
OPTIONS = {
    "design": "kind",
    "analysis": "analysis",
    "target": "power",
    "alpha": "alpha",
    "dropout": "dropout",
    "washout": "washout_days",
}


def add_power(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("--power", action="store_true", help=t("cli.trial.power"))
    for name in OPTIONS:
        kind = str if name in ("design", "analysis") else float
        parser.add_argument(f"--{name}", type=kind, default=None, help=t(f"cli.trial.{name}"))


def check_power(args: argparse.Namespace) -> None:
    """Check the options; those of a plan make no sense without one.

    Raises
    ------
    EpsomError
        ``E-TRIAL-POWER-OPTION``, ``E-CHOICE`` or ``E-RANGE``, naming the option.
    """
    from epsom.study.trial.design import read_design

    given = _given(args)
    if given and not args.power:
        raise EpsomError.of(
            Problem("E-TRIAL-POWER-OPTION", field=f"--{name}", value=getattr(args, name))
            for name, key in OPTIONS.items()
            if key in given
        )
    problems: list[Problem] = []
    read_design(given, problems, place="")
    if problems:
        options = {key: f"--{name}" for name, key in OPTIONS.items()}
        raise EpsomError.of(replace(p, field=options[str(p.field)]) for p in problems)


def _given(args: argparse.Namespace) -> dict[str, Any]:
    values = {key: getattr(args, name) for name, key in OPTIONS.items()}
    return {key: value for key, value in values.items() if value is not None}


def run_power(args: argparse.Namespace, trials: list[Trial], t: Translator) -> int:
    """Plan every trial and show."""
    from epsom.base.files import write_whole
    from epsom.cli.progress import progress_on_stderr
    from epsom.engine.registry import DEFAULT, engine
    from epsom.report.trial_power import power_json, power_lines
    from epsom.study.trial.power import plan_trial
    from epsom.study.trial.run import Settings, warnings

    solver = engine(args.engine or DEFAULT)
    settings = Settings(args.people, args.draws, args.seed)
    plans = []
    with progress_on_stderr(t("trial.progress")) as progress:
        for index, trial in enumerate(trials, start=1):
            design = replace(trial.design, **_given(args))
            plans.append(plan_trial(trial, solver, settings, design))
            progress(index, len(trials))
    if args.plot is not None:
        from epsom.report.trial_figures import power_picture, power_view

        write = power_picture if args.plot.suffix.lower() == ".svg" else power_view
        write_whole(args.plot, write(plans, t))
    if args.json:
        print(json.dumps(power_json(plans, t), ensure_ascii=False, indent=1))
    else:
        print("\n".join(power_lines(plans, t)))
    return 3 if any(warnings(plans)) else 0
