"""How far a long command is: a bar on a terminal, plain lines elsewhere, always on stderr."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import typer


class Progress(Protocol):
    """Tells how far a command is."""

    def __call__(self, line: str, done: int = 0, total: int = 0) -> None:
        """Show what is being done now, and how much of how much is done."""


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """What tells how far a command is, for as long as the block lasts."""
    if quiet:
        yield lambda *_, **__: None
    elif sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _lines()


def _lines() -> Progress:
    begin = time.monotonic()

    def show(line: str, done: int = 0, total: int = 0) -> None:
        count = f" ({done}/{total})" if total else ""
        typer.echo(f"[{time.monotonic() - begin:5.1f} s] {line}{count}", err=True)

    return show


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(line: str, done: int = 0, total: int = 0) -> None:
            bar.update(task, description=line, completed=done, total=total or None)

        yield show
