"""Simulate any SBML or Antimony model for a table of members, in parts that survive a kill."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from epsom import __version__
from epsom.base.errors import EpsomError, Problem, problem
from epsom.engine.interface import Engine
from epsom.engine.members import Members
from epsom.engine.precision import DOUBLE, SINGLE, SMALLEST_RTOL, USUAL_TOLERANCES
from epsom.engine.registry import DEFAULT, engine
from epsom.engine.solution import Solution, Status
from epsom.engine.system import System
from epsom.model.sbml import read_model
from epsom.study.chunks import Chunks, digest_of_file
from epsom.study.members_table import MEMBER, MembersReader, MembersTable

if TYPE_CHECKING:
    import polars as pl

SCHEMA = "epsom/simulate/1"
Progress = Callable[[int, int], None]
# Members per part, and values of a part (64 MB), at most, unless told otherwise.
_LARGEST_CHUNK, _CHUNK_VALUES = 10_000, 8_000_000


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
    precision
        ``double`` or ``single``, where the engine knows both.
    rtol, atol
        Relative tolerance, and absolute one as a share of each state's scale; the precision's usual ones
        when None.
    chunk
        Members per part; when None, as many as keep a part small enough for memory.
    """

    model: Path
    times: tuple[float, ...]
    out: Path
    members: Path | None = None
    observe: tuple[str, ...] = ()
    engine: str = DEFAULT
    precision: str = DOUBLE
    rtol: float | None = None
    atol: float | None = None
    chunk: int | None = None


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
    request = _with_tolerances(request)
    _check(request)
    solver = engine(request.engine, request.precision)
    system = read_model(request.model)
    observed = _observed(request, system)
    table = MembersTable.open(request.members, system)
    chunk = request.chunk or _usual_chunk(len(request.times), len(observed))
    chunks = Chunks(request.out, _recipe(request, observed, chunk), -(-table.count // chunk))
    chunks.open()
    todo = chunks.missing()
    resumed = table.count - sum(min(chunk, table.count - k * chunk) for k in todo)
    progress(resumed, table.count)
    work = _Work(request, solver, system, observed, chunk)
    ran = work.run(chunks, todo, table, lambda done: progress(resumed + done, table.count))
    times = request.times
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


@dataclass(frozen=True)
class _Work:
    """Solve parts one after another; while one is solved, the next is read and the last is written."""

    request: Request
    solver: Engine
    system: System
    observed: tuple[str, ...]
    chunk: int

    def run(
        self, chunks: Chunks, todo: Sequence[int], table: MembersTable, progress: Callable[[int], None]
    ) -> str:
        """Make the missing parts; return the name of the engine that integrated."""
        if not todo:
            return self._solve(Members(np.empty((0, len(self.system.parameters))))).engine
        source, done, written = MembersReader(table), 0, None
        with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
            ahead = reader.submit(source.slice, todo[0] * self.chunk, self.chunk)
            for number, following in zip(todo, [*todo[1:], None], strict=True):
                names, members = ahead.result()
                if following is not None:
                    ahead = reader.submit(source.slice, following * self.chunk, self.chunk)
                found = self._solve(members)
                if written is not None:
                    done += written.result()
                    progress(done)
                written = writer.submit(_write, chunks, number, names, found)
            if written is not None:
                progress(done + written.result())
        return found.engine

    def _solve(self, members: Members) -> Solution:
        request = self.request
        assert request.rtol is not None
        assert request.atol is not None
        return self.solver.solve(
            self.system, members, np.array(request.times), observe=self.observed, rtol=request.rtol,
            atol=request.atol,
        )  # fmt: skip


def _write(chunks: Chunks, number: int, names: pl.Series, found: Solution) -> int:
    """Write a part and return how many members it has."""
    chunks.write(number, _rows(names, found))
    return len(names)


def _rows(names: pl.Series, found: Solution) -> pl.DataFrame:
    import polars as pl

    n_times = len(found.times)
    member = np.repeat(np.arange(len(names)), n_times)
    codes = pl.Series([Status(number).code for number in range(len(Status))], dtype=pl.String)
    columns = {
        MEMBER: names.gather(member),
        "time": np.tile(found.times, len(names)),
        "status": codes.gather(np.repeat(found.status, n_times)),
    }
    for k, name in enumerate(found.names):
        columns[name] = np.ascontiguousarray(found.values[:, :, k]).reshape(-1)
    return pl.DataFrame(columns)


def _with_tolerances(request: Request) -> Request:
    """Fill in the usual tolerances where none are given."""
    rtol, atol = USUAL_TOLERANCES.get(request.precision, USUAL_TOLERANCES[DOUBLE])
    return replace(
        request,
        rtol=rtol if request.rtol is None else request.rtol,
        atol=atol if request.atol is None else request.atol,
    )


def _usual_chunk(n_times: int, n_observed: int) -> int:
    """Return how many members make a part whose values fit comfortably in memory."""
    return max(1, min(_LARGEST_CHUNK, _CHUNK_VALUES // (n_times * n_observed)))


def _check(request: Request) -> None:
    """Look at everything that can be judged without the model."""
    times = np.array(request.times)
    faults = []
    rising = times.size and bool(np.all(np.isfinite(times)) and np.all(np.diff(times) > 0) and times[0] >= 0)
    if not rising:
        faults.append(Problem("E-TIMES", field="--times", value=_shown(request.times)))
    assert request.rtol is not None
    assert request.atol is not None
    if request.precision == SINGLE and 0.0 < request.rtol < SMALLEST_RTOL[SINGLE]:
        value, least = request.rtol, SMALLEST_RTOL[SINGLE]
        faults.append(Problem("E-RTOL-SINGLE", field="--rtol", value=value, expected=f"{least:g}"))
    elif not 1e-12 <= request.rtol <= 0.1:
        faults.append(Problem("E-RANGE", field="--rtol", value=request.rtol, expected="1e-12 - 0.1"))
    if not 0.0 < request.atol <= 1.0:
        faults.append(Problem("E-RANGE", field="--atol", value=request.atol, expected="> 0, <= 1"))
    if request.chunk is not None and not 1 <= request.chunk <= 1_000_000:
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


def _recipe(request: Request, observed: Sequence[str], chunk: int) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "epsom": __version__,
        "model": digest_of_file(request.model),
        "members": None if request.members is None else digest_of_file(request.members),
        "times": list(request.times),
        "observe": list(observed),
        "engine": request.engine,
        "precision": request.precision,
        "rtol": request.rtol,
        "atol": request.atol,
        "chunk": chunk,
        "format": request.out.suffix,
    }
