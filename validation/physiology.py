"""Ask whether the model behaves like a body: intake and serum, blockades, genetics, deficiency.

    python validation/physiology.py                  # every number with its band
    python validation/physiology.py my_bands.toml --json

Takes the file of bands as an argument (default ``validation/physiology.toml``); every number needs a band
with a reason. Bands marked ``check = false`` are compared and shown, but nothing depends on them:
associations, the Mendelian-randomisation run, and sizes without a printed error. Exit status 0 only if no
checked number fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from epsom.base.errors import EpsomError
from epsom.cli.progress import progress_on_stderr
from epsom.engine.registry import DEFAULT, engine
from epsom.study.physiology.runs import Verdict, read_bands, run_all, summary

BANDS = Path(__file__).resolve().parent / "physiology.toml"


def line(verdict: Verdict) -> str:
    """Return one row: mark, quantity, value, band, grade."""
    band = verdict.band
    mark = "ok  " if verdict.inside else "FAIL" if band.check else "out "
    shown = f"{verdict.value:.4g} {band.unit}" if band.unit != "1" else f"{verdict.value:.4g}"
    about = (
        f"{band.grade}{'' if band.check else ', reported only'}{', ' + band.source if band.source else ''}"
    )
    return f"{mark}  {band.quantity:34s} {shown:>16s}   {band.low:g} to {band.high:g}   [{about}]"


def main() -> int:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bands", nargs="?", type=Path, default=BANDS)
    parser.add_argument("--engine", default=DEFAULT)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        bands = read_bands(args.bands)
    except EpsomError as error:
        print(error, file=sys.stderr)
        return 2
    with progress_on_stderr("runs") as progress:
        verdicts = run_all(engine(args.engine), bands, progress)
    found = summary(verdicts)
    if args.json:
        print(json.dumps(found, indent=1))
    else:
        print("\n".join(line(verdict) for verdict in verdicts))
        print(f"{found['passed']} passed, {found['failed']} failed, {found['reported']} reported only")
    return 1 if found["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
