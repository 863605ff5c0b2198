"""Draw the pictures and fill in the numbers of the pages about sensitivity and deficiency.

Run after a change of the model: ``python tools/model_pages.py``; ``--check`` only says whether pages are up
to date (exit status 1 if not). Between ``<!-- numbers -->`` and ``<!-- end -->`` of a page stands what this
writes.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from textwrap import wrap

from epsom.base.files import write_whole
from epsom.base.i18n import LANGUAGES, Translator
from epsom.cli.sensitivity import EXAMPLE
from epsom.engine.registry import engine
from epsom.model.assemble import model_hash
from epsom.people.people import people_from_rows
from epsom.people.row import read_row
from epsom.report.charts.table import Table
from epsom.report.deficiency import courses, drawing, tables
from epsom.report.physiology import genetic_table
from epsom.report.sensitivity import Asked, sensitivity_drawing, sensitivity_table, title
from epsom.study.physiology.genetics import genetic_serum, serum_and_wall
from epsom.study.sensitivity.response import EffectOfPlan
from epsom.study.sensitivity.run import Settings, sensitivity

DOCS = Path(__file__).resolve().parents[1] / "docs"
OUTCOME, UNIT, DAYS, TOP, LINE = "sbp", "mmHg", 84.0, 12, 95
NUMBERS = re.compile(r"(<!-- numbers -->\n).*?(<!-- end -->)", flags=re.S)


def markdown(table: Table) -> str:
    """Write a table as Markdown, its caption before it."""
    rows = [table.head, tuple("---" for _ in table.head), *table.rows]
    return f"**{table.caption}**\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _pages() -> dict[Path, str]:
    solver = engine()
    people = people_from_rows([read_row(dict(EXAMPLE))], ["1"])
    found = sensitivity(EffectOfPlan(people, OUTCOME, DAYS, "difference", solver), Settings())
    both, genes = courses(solver), genetic_serum(solver)[0] | serum_and_wall(solver)[0]
    written: dict[Path, str] = {}
    for language in LANGUAGES:
        t = Translator(language)
        asked = Asked(OUTCOME, UNIT, "difference", DAYS, t("sensitivity.people", count=1))
        heading = wrap(title(asked, t), LINE)
        drivers = sensitivity_drawing(found, asked, t, TOP)
        written[DOCS / "img" / f"sensitivity-{language}.svg"] = drivers.standalone(heading)
        written[DOCS / "img" / f"deficiency-{language}.svg"] = drawing(both, t).standalone(
            [t("deficiency.title")]
        )
        written |= _filled(language, "sensitivity", [sensitivity_table(found, asked, t, TOP)], t)
        written |= _filled(language, "deficiency", [*tables(both, t), genetic_table(genes, t)], t)
    return written


def _filled(language: str, name: str, shown: list[Table], t: Translator) -> dict[Path, str]:
    path = DOCS / language / f"{name}.md"
    made = t("deficiency.made-with", model=model_hash()[:12])
    text = "\n\n".join([*(markdown(table) for table in shown), made]) + "\n"
    return {path: NUMBERS.sub(lambda found: f"{found[1]}{text}{found[2]}", path.read_text("utf-8"))}


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    stale = [path for path, text in _pages().items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        print(path.relative_to(DOCS))
    if args.check:
        return 1 if stale else 0
    for path, text in _pages().items() if stale else ():
        write_whole(path, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
