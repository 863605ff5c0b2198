"""The ``epsom`` command: find the subcommand, run it, show errors in one shape."""

from __future__ import annotations

import argparse
import json
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from epsom import __version__
from epsom.base.errors import EpsomError, Problem
from epsom.base.i18n import LANGUAGES, Translator
from epsom.cli import commands

EXIT_OK, EXIT_INPUT, EXIT_PARTIAL, EXIT_INTERRUPTED = 0, 2, 3, 130


class _Parser(argparse.ArgumentParser):
    """Report faults of usage through the same coded shape as every other fault."""

    def error(self, message: str) -> NoReturn:
        raise EpsomError(Problem("E-USAGE", details={"message": message, "command": self.prog}))


def command_names() -> tuple[str, ...]:
    """List the subcommands without importing any of them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(commands.__path__)))


def _language(argv: Sequence[str]) -> str:
    """Find the language before parsing, since help and errors need it."""
    for index, word in enumerate(argv):
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
        if word == "--lang" and index + 1 < len(argv):
            return argv[index + 1]
    named = os.environ.get("EPSOM_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "nl" if named.lower().startswith("nl") else "en"


def _overview(t: Translator) -> str:
    names = command_names()
    width = max(len(name) for name in names) + 2
    rows = [f"  {name.replace('_', '-'):<{width}}{t(f'cli.{name}.summary')}" for name in names]
    return "\n".join([t("cli.about"), "", t("cli.usage"), "", *rows, "", t("cli.more")])


def _parse(name: str, rest: Sequence[str], t: Translator) -> int:
    module = import_module(f"epsom.cli.commands.{name}")
    parser = _Parser(
        prog=f"epsom {name.replace('_', '-')}",
        description=t(f"cli.{name}.summary"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--lang", choices=LANGUAGES, default=t.language, help=t("cli.lang"))
    module.add_arguments(parser, t)
    args = parser.parse_args(rest)
    return int(module.run(args, t))


def _show(error: EpsomError, t: Translator, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"errors": [p.as_json(t) for p in error.problems]}, ensure_ascii=False, indent=1))
        return
    for p in error.problems:
        what, do = p.words(t)
        place = ", ".join(
            part
            for part in (p.file, t("cli.row", row=p.row) if p.row is not None else None, p.field)
            if part is not None
        )
        print(f"{p.code}  {place + ': ' if place else ''}{what}", file=sys.stderr)
        if do:
            print(f"  {do}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Returns
    -------
    int
        0 done; 2 the input is at fault and nothing was written; 3 done, but some rows have a
        status other than ``ok``; 130 stopped by the user.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    language = _language(words)
    t = Translator(language if language in LANGUAGES else "en")
    try:
        if language not in LANGUAGES:
            raise EpsomError(
                Problem("E-LANGUAGE", field="--lang", value=language, expected=", ".join(LANGUAGES))
            )
        return _dispatch(words, t)
    except EpsomError as error:
        _show(error, t, "--json" in words)
        return EXIT_INPUT
    except KeyboardInterrupt:
        print(t("cli.interrupted"), file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`epsom ... | head`): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK


def _dispatch(words: Sequence[str], t: Translator) -> int:
    rest = [
        w for i, w in enumerate(words) if not (w.startswith("--lang") or (i and words[i - 1] == "--lang"))
    ]
    if not rest or rest[0] in ("-h", "--help", "help"):
        print(_overview(t))
        return EXIT_OK
    if rest[0] in ("-V", "--version"):
        print(f"epsom {__version__}")
        return EXIT_OK
    name = rest[0].replace("-", "_")
    if name not in command_names():
        known = ", ".join(n.replace("_", "-") for n in command_names())
        raise EpsomError(Problem("E-COMMAND", value=rest[0], expected=known))
    return _parse(name, rest[1:], t)
