"""Fetching: resumable, checked, never a half file under a real name; against a local server."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from epsom.base.errors import EpsomError
from epsom.people.survey.cycles import Cycle
from epsom.people.survey.download import download_cycle
from tests.survey.transport import transport

_FILE = transport({"SEQN": [float(k) for k in range(2000)], "X": [k / 3 for k in range(2000)]})


class _Server(ThreadingHTTPServer):
    """Serve one file in the manner that a test asks for, and keep the ranges asked."""

    breaks: int = 0  # connections cut off midway before one goes through
    body: bytes = _FILE
    tag: str = '"one"'
    ranges: list[str | None]
    announce = True


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        if not self.path.startswith("/2017-2018/DEMO_J"):
            self.send_error(404)
            return
        start = 0
        if asked and self.headers.get("If-Range") == server.tag:
            found = re.fullmatch(r"bytes=(\d+)-", asked)
            assert found
            start = int(found[1])
        body = server.body[start:]
        self.send_response(206 if start else 200)
        self.send_header("ETag", server.tag)
        if server.announce:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.breaks:
            server.breaks -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)


@contextmanager
def _serving(**how: Any) -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.ranges = []
    for name, value in how.items():
        setattr(server, name, value)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


_CYCLE = Cycle("2017-2018", "J", ("DEMO",), {"DEMO": 2000})


def _address(server: _Server, pattern: str = "{cycle}/{table}_{letter}.XPT") -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/{pattern}"


def _names(folder: Path) -> list[str]:
    return sorted(p.name for p in (folder / "2017-2018").iterdir())


def test_a_file_is_fetched_once_and_then_kept(tmp_path: Path) -> None:
    with _serving() as server:
        (first,) = download_cycle(_CYCLE, tmp_path, [_address(server)])
        (again,) = download_cycle(_CYCLE, tmp_path, [_address(server)])
        assert len(server.ranges) == 1
    assert first.path.read_bytes() == _FILE
    assert (first.fresh, again.fresh, first.sha256) == (True, False, again.sha256)
    assert _names(tmp_path) == ["DEMO_J.XPT"]


def test_a_connection_that_breaks_midway_is_resumed(tmp_path: Path) -> None:
    with _serving(breaks=2) as server:
        (found,) = download_cycle(_CYCLE, tmp_path, [_address(server)])
        assert server.ranges[0] is None
        assert [r for r in server.ranges[1:] if r is None] == []
    assert found.path.read_bytes() == _FILE
    assert _names(tmp_path) == ["DEMO_J.XPT"]


def test_a_connection_that_keeps_breaking_leaves_no_half_file(tmp_path: Path) -> None:
    with _serving(breaks=3) as server:
        with pytest.raises(EpsomError) as caught:
            download_cycle(_CYCLE, tmp_path, [_address(server)])
        assert caught.value.problems[0].code == "E-DOWNLOAD"
        assert not (tmp_path / "2017-2018" / "DEMO_J.XPT").exists()
        (found,) = download_cycle(_CYCLE, tmp_path, [_address(server)])  # the next try goes on from there
        assert server.ranges[-1] is not None
    assert found.path.read_bytes() == _FILE


def test_a_file_that_changed_meanwhile_is_fetched_anew(tmp_path: Path) -> None:
    with _serving(breaks=3) as server:
        with pytest.raises(EpsomError):
            download_cycle(_CYCLE, tmp_path, [_address(server)])
        server.tag = '"two"'
        (found,) = download_cycle(_CYCLE, tmp_path, [_address(server)])
    assert found.path.read_bytes() == _FILE


def test_a_broken_connection_without_announced_size_is_seen_by_the_rows(tmp_path: Path) -> None:
    with _serving(breaks=9, announce=False) as server, pytest.raises(EpsomError) as caught:
        download_cycle(_CYCLE, tmp_path, [_address(server)])
    assert caught.value.problems[0].code in ("E-SURVEY-ROWS", "E-XPT-TRUNCATED")
    assert _names(tmp_path) == []


def test_a_page_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with _serving(body=b"<html>Page not found</html>") as server, pytest.raises(EpsomError) as caught:
        download_cycle(_CYCLE, tmp_path, [_address(server)])
    assert caught.value.problems[0].code == "E-XPT-HEADER"
    assert _names(tmp_path) == []


def test_the_next_address_is_tried_when_a_file_is_not_there(tmp_path: Path) -> None:
    with _serving() as server:
        patterns = [_address(server, "gone/{table}"), _address(server)]
        (found,) = download_cycle(_CYCLE, tmp_path, patterns)
    assert found.fresh


@pytest.mark.parametrize("pattern", ["ftp://x/{table}", "file:///etc/{table}", "http://x/{nothing}"])
def test_only_web_addresses_with_known_parts(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(EpsomError) as caught:
        download_cycle(_CYCLE, tmp_path, [pattern])
    assert caught.value.problems[0].code == "E-DOWNLOAD-ADDRESS"


def test_a_file_on_disk_that_is_not_sound_is_refused_not_used(tmp_path: Path) -> None:
    place = tmp_path / "2017-2018"
    place.mkdir()
    (place / "DEMO_J.XPT").write_bytes(_FILE[:-81])
    with pytest.raises(EpsomError) as caught:
        download_cycle(_CYCLE, tmp_path, ["http://127.0.0.1:9/{table}"])
    assert caught.value.problems[0].code == "E-XPT-TRUNCATED"
