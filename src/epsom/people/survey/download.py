"""Fetch the survey's files over the web: resumable, checked, and whole or not there at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from epsom.base.errors import EpsomError, Problem, problem
from epsom.people.survey.cycles import Cycle, facts
from epsom.people.survey.xpt import parse_transport

_CHUNK = 1 << 16
_TIMEOUT = 60.0  # seconds without a byte
_ATTEMPTS = 3
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Fetched:
    """Tell what became of one file: where it is, its size, its digest, and if it was fetched now."""

    table: str
    path: Path
    size: int
    sha256: str
    fresh: bool


def download_cycle(
    cycle: Cycle,
    folder: Path,
    addresses: Sequence[str] | None = None,
    progress: Progress = lambda table, done, total: None,
) -> list[Fetched]:
    """Fetch all tables of a cycle into ``folder/<cycle>``; what is there and sound is kept.

    A file gets its name only when it is whole and sound: its size is the announced one, it is a
    transport file, and its rows are the published ones where those are known. Until then it is
    ``<name>.part``, from which the next try goes on.

    Parameters
    ----------
    addresses
        Address patterns with ``{first}``, ``{cycle}``, ``{table}``, ``{letter}``, tried in order;
        by default those of the survey.
    progress
        Called with table, bytes so far, bytes in all (None when unknown).

    Raises
    ------
    EpsomError
        ``E-DOWNLOAD-ADDRESS`` for a faulty pattern, ``E-DOWNLOAD`` when a file cannot be had,
        ``E-XPT-HEADER``, ``E-XPT-TRUNCATED`` or ``E-SURVEY-ROWS`` when it is not sound.
    """
    patterns = list(addresses or facts()["addresses"])
    place = folder / cycle.name
    place.mkdir(parents=True, exist_ok=True)
    return [_table(cycle, table, place, patterns, progress) for table in cycle.tables]


def _table(cycle: Cycle, table: str, place: Path, patterns: Sequence[str], progress: Progress) -> Fetched:
    target = place / f"{table}_{cycle.letter}.XPT"
    if target.exists():
        data = target.read_bytes()
        _check(data, table, cycle, str(target))
        return Fetched(table, target, len(data), hashlib.sha256(data).hexdigest(), False)
    reasons = []
    for pattern in patterns:
        address = _address(pattern, cycle, table)
        part = target.with_name(target.name + ".part")
        try:
            _fetch(address, part, lambda done, total: progress(table, done, total))
        except _NotThereError as fault:
            reasons.append(f"{address}: {fault}")
            continue
        data = part.read_bytes()
        try:
            _check(data, table, cycle, address)
        except EpsomError:
            _forget(part)  # going on from a wrong file would never make it right
            raise
        os.replace(part, target)
        _forget(part)
        return Fetched(table, target, len(data), hashlib.sha256(data).hexdigest(), True)
    raise EpsomError(Problem("E-DOWNLOAD", value=target.name, details={"reason": "; ".join(reasons)}))


def _address(pattern: str, cycle: Cycle, table: str) -> str:
    try:
        address = pattern.format(first=cycle.name[:4], cycle=cycle.name, table=table, letter=cycle.letter)
    except (KeyError, IndexError, ValueError) as fault:
        raise problem("E-DOWNLOAD-ADDRESS", field="--url", value=pattern) from fault
    if not address.startswith(("http://", "https://")):
        raise problem("E-DOWNLOAD-ADDRESS", field="--url", value=pattern)
    return address


def _check(data: bytes, table: str, cycle: Cycle, name: str) -> None:
    rows = len(parse_transport(data, name).rows)
    known = cycle.rows.get(table)
    if known is not None and rows != known:
        raise EpsomError(Problem("E-SURVEY-ROWS", file=name, value=rows, expected=str(known)))


class _NotThereError(Exception):
    """The address has no such file, or the connection kept breaking."""


def _fetch(address: str, part: Path, progress: Callable[[int, int | None], None]) -> None:
    fault: Exception | None = None
    for _ in range(_ATTEMPTS):
        try:
            if _go_on(address, part, progress):
                return
        except HTTPError as error:
            if error.code == 416:  # what we have is longer than the file: begin again
                _forget(part)
            elif error.code < 500:
                raise _NotThereError(f"HTTP {error.code}") from error
            fault = error
        except (URLError, HTTPException, OSError) as error:
            fault = error
    raise _NotThereError(str(fault) if fault else "the connection broke")


def _go_on(address: str, part: Path, progress: Callable[[int, int | None], None]) -> bool:
    """Fetch what is still missing; tell whether the file is now whole."""
    tag = _tag(part)
    have = part.stat().st_size if part.exists() and tag.exists() else 0
    headers = {"User-Agent": "epsom"}
    if have:
        # If-Range: the server sends the rest only if the file is still the same one.
        headers |= {"Range": f"bytes={have}-", "If-Range": tag.read_text(encoding="ascii")}
    with urlopen(Request(address, headers=headers), timeout=_TIMEOUT) as answer:
        rest = answer.status == 206
        length = answer.headers.get("Content-Length")
        total = (have if rest else 0) + int(length) if length is not None else None
        if not rest:
            _remember(answer, tag)
        done = _copy(answer, part, have if rest else 0, total, progress)
    return total is None or done == total


def _copy(
    answer: HTTPResponse,
    part: Path,
    done: int,
    total: int | None,
    progress: Callable[[int, int | None], None],
) -> int:
    with part.open("ab" if done else "wb") as stream:
        while piece := answer.read(_CHUNK):
            stream.write(piece)
            done += len(piece)
            progress(done, total)
    return done


def _remember(answer: HTTPResponse, tag: Path) -> None:
    """Keep what names this version of the file; without it, no going on later."""
    name = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
    if name and not name.startswith("W/"):
        tag.write_text(name, encoding="ascii")
    else:
        tag.unlink(missing_ok=True)


def _tag(part: Path) -> Path:
    return part.with_name(part.name + ".tag")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag(part).unlink(missing_ok=True)
