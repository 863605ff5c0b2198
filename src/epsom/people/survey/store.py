"""Keep the person table of a cycle as Parquet with a manifest, and read it again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from epsom.base.errors import problem
from epsom.people.survey.cycles import Cycle, cycle_names, facts, find_cycle
from epsom.people.survey.mortality import find_mortality, read_mortality
from epsom.people.survey.person import Progress, build_people, read_tables
from epsom.people.survey.tables import find_table

SCHEMA = "epsom/survey/1"
_NEEDED = ("seqn", "cycle", "sex", "age_y", "strata", "psu", "wt_mec")


def people_of_cycle(folder: Path, cycle: Cycle, progress: Progress = lambda table: None) -> pl.DataFrame:
    """Read the raw tables of a cycle in ``folder`` and build its person table.

    Linked mortality is added when its file lies beside the tables.
    """
    people = build_people(read_tables(folder, cycle, progress), cycle)
    mortality = find_mortality(folder, cycle.name)
    if mortality is None:
        return people
    return people.join(read_mortality(mortality), on="seqn", how="left", validate="1:1")


def source_files(folder: Path, cycle: Cycle) -> list[dict[str, Any]]:
    """List the files of a cycle in ``folder`` with their size and digest, for the manifest."""
    found = [find_table(folder, cycle, table) for table in cycle.tables]
    found.append(find_mortality(folder, cycle.name))
    return [
        {
            "name": path.name,
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in found
        if path is not None
    ]


def write_people(people: pl.DataFrame, target: Path, sources: Sequence[Mapping[str, Any]]) -> Path:
    """Write the table and its manifest (same name, ``.json``); both appear only when whole."""
    from epsom import __version__

    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    people.write_parquet(fresh)
    manifest = {
        "schema": SCHEMA,
        "source": facts()["source"],
        "cycle": people["cycle"][0],
        "people": len(people),
        "columns": people.width,
        "sha256": hashlib.sha256(fresh.read_bytes()).hexdigest(),
        "files": list(sources),
        "epsom": __version__,
    }
    note = target.with_suffix(".json")
    fresh_note = note.with_name(note.name + ".new")
    fresh_note.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    os.replace(fresh, target)
    os.replace(fresh_note, note)
    return target


def table_path(folder: Path, cycle: str) -> Path:
    """Return where the table of a cycle is kept in ``folder``."""
    return folder / f"nhanes_{cycle}.parquet"


def open_survey(name: str, folder: Path) -> pl.DataFrame:
    """Open a person table: a Parquet file, or the name of a cycle kept (or raw) in ``folder``.

    Raises
    ------
    EpsomError
        ``E-SURVEY-ABSENT`` when there is no such table, ``E-SURVEY-COLUMNS`` when a file is no person
        table.
    """
    path = Path(name) if name.endswith(".parquet") else table_path(folder, name)
    if path.is_file():
        return _read(path)
    if name in cycle_names() and find_table(folder, find_cycle(name), "DEMO") is not None:
        return people_of_cycle(folder, find_cycle(name))
    if name not in cycle_names() and not name.endswith(".parquet"):
        find_cycle(name)  # says which cycles there are
    raise problem("E-SURVEY-ABSENT", file=str(path), value=name)


def _read(path: Path) -> pl.DataFrame:
    try:
        people = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise problem("E-FILE", file=str(path), expected="Parquet", details={"reason": str(fault)}) from fault
    missing = [name for name in _NEEDED if name not in people.columns]
    if missing:
        raise problem("E-SURVEY-COLUMNS", file=str(path), value=", ".join(missing))
    return people
