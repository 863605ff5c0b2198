"""Write the validation pages of docs and their picture: predicted against observed, misses first.

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
from epsom.report.trial_figures import MISS, agreement_picture
from epsom.report.trial_page import page
from epsom.study.trial.file import kept_out
from epsom.study.trial.read import read_trial
from epsom.study.trial.run import Settings, TrialRun, run_trial

ROOT = Path(__file__).resolve().parents[1]
TRIALS = ROOT / "validation" / "trials"
NOTES = ROOT / "validation" / "trial_notes.toml"


def compare() -> tuple[list[TrialRun], Counter[str]]:
    """Run every experiment, and count those that are kept out by reason."""
    runs: list[TrialRun] = []
    out: Counter[str] = Counter()
    solver = engine(DEFAULT)
    for path in sorted(TRIALS.glob("*.toml")):
        counts = kept_out(path)
        if counts is None:
            runs.append(run_trial(read_trial(path), solver, Settings()))
        else:
            out.update(counts)
    return runs, out


def files(runs: list[TrialRun], out: Counter[str], language: str) -> dict[Path, str]:
    """Return the page and the picture of one language, by path."""
    t = Translator(language)
    picture = ROOT / "docs" / "img" / f"agreement-{language}.svg"
    notes = tomllib.loads(NOTES.read_text("utf-8"))
    text = page(runs, out, notes, t, f"../img/{picture.name}")
    return {
        ROOT / "docs" / language / "validation.md": text,
        picture: agreement_picture([row for run in runs for row in run.rows], t),
    }


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    runs, out = compare()
    stale = 0
    for language in LANGUAGES:
        for path, text in files(runs, out, language).items():
            if args.check:
                stale += not path.is_file() or path.read_text("utf-8") != text
            else:
                write_whole(path, text)
    rows = [row for run in runs for row in run.rows]
    print(f"{len(rows)} rows, {sum(abs(row.z) <= MISS for row in rows)} within {MISS:g} standard errors")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
