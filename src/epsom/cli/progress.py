"""A progress bar on standard error, for anything that lasts longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHOW_AFTER = 1.0  # seconds


@contextmanager
def progress_on_stderr(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar once the work has lasted a second, and only on a terminal.

    Yields
    ------
    callable
        To be called with (done, in all).
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(title, total=None)
    started, shown = time.monotonic(), False

    def tick(done: int, total: int) -> None:
        nonlocal shown
        if not shown and time.monotonic() - started > SHOW_AFTER and done < total:
            bar.start()
            shown = True
        bar.update(task, completed=done, total=total)

    try:
        yield tick
    finally:
        if shown:
            bar.stop()
