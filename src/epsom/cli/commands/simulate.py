"""``epsom simulate``: any SBML or Antimony model, any number of parameter sets."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from epsom.base.errors import problem
from epsom.base.i18n import Translator

if TYPE_CHECKING:
    from epsom.study.simulate import Progress, Summary

EXIT_OK, EXIT_PARTIAL = 0, 3
MOST_TIMES = 1_000_000


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("model", type=Path, help=t("simulate.model"))
    parser.add_argument("--members", type=Path, help=t("simulate.members"))
    parser.add_argument("--times", required=True, help=t("simulate.times"))
    parser.add_argument("--out", type=Path, required=True, help=t("simulate.out"))
    parser.add_argument("--observe", default="", help=t("simulate.observe"))
    parser.add_argument("--engine", help=t("simulate.engine"))
    parser.add_argument("--precision", default="double", help=t("simulate.precision"))
    parser.add_argument("--rtol", type=float, help=t("simulate.rtol"))
    parser.add_argument("--atol", type=float, help=t("simulate.atol"))
    parser.add_argument("--chunk", type=int, help=t("simulate.chunk"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def parse_times(text: str) -> tuple[float, ...]:
    """Read ``start:stop:step``, or times with commas between them.

    Raises
    ------
    EpsomError
        ``E-TIMES`` when it is neither.

    Examples
    --------
    >>> parse_times("0:20:10")
    (0.0, 10.0, 20.0)
    """
    try:
        if ":" not in text:
            return tuple(float(part) for part in text.split(","))
        start, stop, step = (float(part) for part in text.split(":"))
        count = int((stop - start) / step + 1e-9) + 1
        if step <= 0 or not 1 <= count <= MOST_TIMES:
            raise ValueError
        return tuple(start + k * step for k in range(count))
    except (ValueError, OverflowError, ZeroDivisionError):
        raise problem("E-TIMES", field="--times", value=text) from None


def run(args: argparse.Namespace, t: Translator) -> int:
    """Simulate, then say how many members came to the end."""
    times = parse_times(args.times)

    from epsom.engine.registry import DEFAULT
    from epsom.study.simulate import Request, simulate

    request = Request(
        model=args.model,
        times=times,
        out=args.out,
        members=args.members,
        observe=tuple(name.strip() for name in args.observe.split(",") if name.strip()),
        engine=args.engine or DEFAULT,
        precision=args.precision,
        rtol=args.rtol,
        atol=args.atol,
        chunk=args.chunk,
    )
    if args.json or not sys.stderr.isatty():
        summary = simulate(request)
    else:
        from rich.console import Console
        from rich.progress import Progress as Bar

        with Bar(console=Console(stderr=True), transient=True) as bar:
            summary = simulate(request, _reporter(bar, t))
    print(json.dumps(summary.as_json(), indent=1) if args.json else _words(summary, t))
    return EXIT_OK if set(summary.status) <= {"ok"} else EXIT_PARTIAL


def _reporter(bar: object, t: Translator) -> Progress:
    from rich.progress import Progress as Bar

    assert isinstance(bar, Bar)
    task = bar.add_task(t("simulate.running"), total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)


def _words(summary: Summary, t: Translator) -> str:
    lines = [t("simulate.done", count=summary.members, out=summary.out, seconds=t.number(summary.seconds))]
    lines.append(t("simulate.ran", engine=summary.engine))
    if summary.resumed_members:
        lines.append(t("simulate.resumed", count=summary.resumed_members))
    lines += [
        t("simulate.status", code=code, meaning=t(f"simulate.status.{code}"), count=number)
        for code, number in summary.status.items()
    ]
    return "\n".join(lines)
