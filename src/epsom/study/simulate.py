"""Simulate any SBML or Antimony model for a table of members, in parts that survive a kill."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from epsom import __version__
from epsom.base.arrays import FloatArray
from epsom.base.errors import EpsomError, Problem, problem
from epsom.engine.interface import Engine
from epsom.engine.registry import DEFAULT, engine
from epsom.engine.solution import Solution, Status
from epsom.engine.system import System
from epsom.model.sbml import read_model
from epsom.study.chunks import Chunks, digest_of_file
from epsom.study.members_table import MEMBER, MembersTable

if TYPE_CHECKING:
    import polars as pl

SCHEMA = "epsom/simulate/1"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Request:
    """Hold what is to be simulated.

    Parameters
    ----------
    model
        An SBML or Antimony file.
    members
        A Parquet or CSV table, or None for one member with the model's own values.
    times
        Rising times in the model's unit; the model starts at 0.
    observe
        What to write; all states when empty.
    out
        Where the table appears (``.parquet`` or ``.csv``).
    chunk
        Members per part.
    """

    model: Path
    times: tuple[float, ...]
    out: Path
    members: Path | None = None
    observe: tuple[str, ...] = ()
    engine: str = DEFAULT
    rtol: float = 1e-6
    atol: float = 1e-9
    chunk: int = 2000


@dataclass(frozen=True)
class Summary:
    """Say what came of a simulation: rows written, members by status, what was resumed, seconds.

    Parameters
    ----------
    engine
        Name of the engine that really integrated; the one asked for is in the recipe.
    """

    out: str
    engine: str
    members: int
    rows: int
    observed: tuple[str, ...]
    status: Mapping[str, int]
    resumed_members: int
    seconds: float
    recipe: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return the summary as plain data."""
        return asdict(self)


def simulate(request: Request, progress: Progress = lambda done, total: None) -> Summary:
    """Simulate all members and write one row per member and time.

    Raises
    ------
    EpsomError
        When model, members, times, names or tolerances are at fault; then nothing is written.
    """
    began = time.monotonic()
    _check(request)
    solver = engine(request.engine)
    system = read_model(request.model)
    observed = _observed(request, system)
    table = MembersTable.open(request.members, system)
    parts = -(-table.count // request.chunk)
    chunks = Chunks(request.out, _recipe(request, observed), parts)
    chunks.open()
    todo = chunks.missing()
    resumed = table.count - sum(min(request.chunk, table.count - k * request.chunk) for k in todo)
    done = resumed
    progress(done, table.count)
    times = np.array(request.times)
    ran = "" if todo else _engine_of(solver, system, table)
    for number in todo:
        names, rows, ran = _solve_part(request, solver, system, table, number, times, observed)
        chunks.write(number, rows)
        done += len(names)
        progress(done, table.count)
    statuses = Counter(chunks.statuses(len(times)))
    chunks.join()
    return Summary(
        out=str(request.out),
        engine=ran,
        members=table.count,
        rows=table.count * len(request.times),
        observed=observed,
        status=dict(sorted(statuses.items())),
        resumed_members=resumed,
        seconds=time.monotonic() - began,
        recipe=chunks.recipe,
    )


def _solve_part(
    request: Request,
    solver: Engine,
    system: System,
    table: MembersTable,
    number: int,
    times: FloatArray,
    observed: Sequence[str],
) -> tuple[pl.Series, pl.DataFrame, str]:
    names, members = table.slice(number * request.chunk, request.chunk)
    found = solver.solve(system, members, times, observe=observed, rtol=request.rtol, atol=request.atol)
    return names, _rows(names, found), found.engine


def _engine_of(solver: Engine, system: System, table: MembersTable) -> str:
    """Return the name of the engine that integrates this system, where all parts are there already."""
    _, nobody = table.slice(0, 0)
    return solver.solve(system, nobody, np.empty(0)).engine


def _rows(names: pl.Series, found: Solution) -> pl.DataFrame:
    import polars as pl

    n_times = len(found.times)
    codes = [Status(int(s)).code for s in found.status]
    columns = {
        MEMBER: names.gather(np.repeat(np.arange(len(names)), n_times)),
        "time": np.tile(found.times, len(names)),
        "status": np.repeat(np.array(codes), n_times).tolist(),
    }
    for k, name in enumerate(found.names):
        columns[name] = np.ascontiguousarray(found.values[:, :, k]).reshape(-1)
    return pl.DataFrame(columns)


def _check(request: Request) -> None:
    """Look at everything that can be judged without the model."""
    times = np.array(request.times)
    faults = []
    rising = times.size and bool(np.all(np.isfinite(times)) and np.all(np.diff(times) > 0) and times[0] >= 0)
    if not rising:
        faults.append(Problem("E-TIMES", field="--times", value=_shown(request.times)))
    if not 1e-12 <= request.rtol <= 0.1:
        faults.append(Problem("E-RANGE", field="--rtol", value=request.rtol, expected="1e-12 - 0.1"))
    if not 0.0 < request.atol <= 1.0:
        faults.append(Problem("E-RANGE", field="--atol", value=request.atol, expected="> 0, <= 1"))
    if not 1 <= request.chunk <= 1_000_000:
        faults.append(Problem("E-RANGE", field="--chunk", value=request.chunk, expected="1 - 1000000"))
    if request.out.suffix not in (".parquet", ".csv"):
        faults.append(Problem("E-ENDING", field="--out", value=request.out.name, expected=".parquet, .csv"))
    if faults:
        raise EpsomError.of(faults)


def _shown(times: Sequence[float]) -> str:
    return ", ".join(f"{t:g}" for t in times[:5]) + (", ..." if len(times) > 5 else "")


def _observed(request: Request, system: System) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(request.observe)) or system.states
    unknown = [name for name in names if name not in system.observables]
    taken = [name for name in names if name in (MEMBER, "time", "status")]
    if unknown or taken:
        known = ", ".join(list(system.observables)[:12])
        value = ", ".join(unknown or taken)
        raise problem("E-OBSERVE", file=request.model.name, field="--observe", value=value, expected=known)
    return names


def _recipe(request: Request, observed: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "epsom": __version__,
        "model": digest_of_file(request.model),
        "members": None if request.members is None else digest_of_file(request.members),
        "times": list(request.times),
        "observe": list(observed),
        "engine": request.engine,
        "rtol": request.rtol,
        "atol": request.atol,
        "chunk": request.chunk,
        "format": request.out.suffix,
    }
