"""``epsom data``: a tidy table of people, from public survey files or from a reference population."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from epsom.base.i18n import Translator


def add_arguments(parser: argparse.ArgumentParser, t: Translator) -> None:
    """Declare the options."""
    parser.add_argument("survey", choices=["nhanes", "reference"], help=t("data.survey"))
    parser.add_argument("cycle", help=t("data.cycle"))
    parser.add_argument("--from", dest="source", type=Path, metavar="DIR", help=t("data.from"))
    parser.add_argument("--to", dest="target", type=Path, metavar="PATH", default=None, help=t("data.to"))
    parser.add_argument("--people", type=int, default=1000, metavar="N", help=t("data.people"))
    parser.add_argument("--seed", type=int, default=1, help=t("data.seed"))
    parser.add_argument("--for", dest="use", choices=["all", "forecast"], default="all", help=t("data.for"))
    parser.add_argument("--url", action="append", metavar="PATTERN", help=t("data.url"))
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def _say(text: str, last: bool = False) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\n" if last else "", file=sys.stderr, flush=True)


def _fetch(args: argparse.Namespace, t: Translator) -> list[dict[str, Any]]:
    from epsom.people.survey.cycles import find_cycle
    from epsom.people.survey.download import download_cycle

    def progress(table: str, done: int, total: int | None) -> None:
        share = "" if not total else f" {100 * done // total} %"
        _say(t("data.fetching", table=table, megabytes=t.number(done / 1e6, 1)) + share)

    fetched = download_cycle(find_cycle(args.cycle), args.target, args.url, progress)
    return [{"table": f.table, "bytes": f.size, "sha256": f.sha256, "fetched_now": f.fresh} for f in fetched]


def _reference(args: argparse.Namespace, t: Translator) -> int:
    """Draw people of a reference population, write them, and say what they lack."""
    from epsom.people.reference.writing import write_reference

    path = args.target or Path(f"reference_{args.cycle.lower()}.parquet")
    found = write_reference(args.cycle, args.people, args.seed, path, forecast=args.use == "forecast")
    if args.json:
        print(json.dumps({"table": str(path), **found}, ensure_ascii=False, indent=1))
        return 0
    people, columns = t.number(args.people, 0), len(found["columns"])
    print(t("data.done", people=people, columns=columns, path=str(path)))
    if found["borrowed"]:
        print(t("data.borrowed", names=", ".join(found["borrowed"])))
    return 0


def run(args: argparse.Namespace, t: Translator) -> int:
    """Fetch or draw, write the table, and say what is in it."""
    if args.survey == "reference":
        return _reference(args, t)
    args.target = args.target or Path("nhanes")
    return _survey(args, t)


def _survey(args: argparse.Namespace, t: Translator) -> int:
    from epsom.people.survey.cycles import find_cycle
    from epsom.people.survey.store import people_of_cycle, source_files, table_path, write_people

    cycle = find_cycle(args.cycle)
    downloads = [] if args.source else _fetch(args, t)
    folder = args.source or args.target
    people = people_of_cycle(folder, cycle, lambda table: _say(t("data.reading", table=table)))
    sources = source_files(folder, cycle)
    path = write_people(people, table_path(args.target, cycle.name), sources)
    _say("", last=True)
    counts = {name: int((people["n_recall"] == k).sum()) for k, name in ((1, "one_day"), (2, "two_days"))}
    found = {
        "cycle": cycle.name,
        "table": str(path),
        "people": len(people),
        "columns": people.width,
        "recalls": counts,
        "files": sources,
        "downloads": downloads,
    }
    if args.json:
        print(json.dumps(found, indent=1))
        return 0
    for entry in sources:
        print(f"  {entry['name']:<22}{t.number(entry['bytes'] / 1000, 0):>10} kB  {entry['sha256'][:12]}")
    print(t("data.done", people=t.number(len(people), 0), columns=people.width, path=str(path)))
    print(t("data.recalls", one=t.number(counts["one_day"], 0), two=t.number(counts["two_days"], 0)))
    print(t("data.use"))
    return 0
