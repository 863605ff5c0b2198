"""``epsom version``: what is installed, for bug reports and manifests."""

from __future__ import annotations

import argparse
import json
import platform
from importlib.metadata import PackageNotFoundError, version

from epsom import __version__
from epsom.base.i18n import Translator

_LIBRARIES = ("numpy", "scipy", "llvmlite", "python-libsbml", "antimony", "polars")


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def run(args: argparse.Namespace, t: Translator) -> int:
    """Print one line a component."""
    found = {"epsom": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "-"
    if args.json:
        print(json.dumps(found, indent=1))
    else:
        print("\n".join(f"{name:<16}{number}" for name, number in found.items()))
    return 0
