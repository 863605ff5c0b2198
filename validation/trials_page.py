"""Write docs/en/validation.md and docs/nl/validation.md: predicted against observed, misses first.

python validation/trials_page.py            # writes both pages
python validation/trials_page.py --check    # says whether they are up to date, exit status 1 if not
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections import Counter
from pathlib import Path

from epsom.base.files import write_whole
from epsom.base.i18n import LANGUAGES, Translator
from epsom.engine.registry import DEFAULT, engine
from epsom.report.trial_page import MISS, page
from epsom.study.trial.file import kept_out
from epsom.study.trial.read import read_trial
from epsom.study.trial.run import Row, Settings, run_trial

ROOT = Path(__file__).resolve().parents[1]
TRIALS = ROOT / "validation" / "trials"
NOTES = ROOT / "validation" / "trial_notes.toml"


def compare() -> tuple[list[Row], Counter[str]]:
    """Run every experiment, and count those that are kept out by reason."""
    rows: list[Row] = []
    out: Counter[str] = Counter()
    solver = engine(DEFAULT)
    for path in sorted(TRIALS.glob("*.toml")):
        counts = kept_out(path)
        if counts is None:
            rows.extend(run_trial(read_trial(path), solver, Settings()).rows)
        else:
            out.update(counts)
    return sorted(rows, key=lambda row: -abs(row.z)), out


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    rows, out = compare()
    notes = tomllib.loads(NOTES.read_text("utf-8"))
    stale = 0
    for language in LANGUAGES:
        path = ROOT / "docs" / language / "validation.md"
        text = page(rows, out, notes, Translator(language))
        if args.check:
            stale += not path.is_file() or path.read_text("utf-8") != text
        else:
            write_whole(path, text)
    print(f"{len(rows)} rows, {sum(abs(row.z) <= MISS for row in rows)} within {MISS:g} standard errors")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
