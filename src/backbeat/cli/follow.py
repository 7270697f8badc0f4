"""`backbeat run --follow`: a status line on a terminal, lines or JSON elsewhere; a clean stop on SIGINT and SIGTERM."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Event
from typing import TYPE_CHECKING, Any

import typer

from backbeat.cli.options import Options
from backbeat.cli.stopping import stopping

if TYPE_CHECKING:
    from backbeat.api import Lake
    from backbeat.follow import Beat


class LogFormat(StrEnum):
    """How `--follow` tells what it does."""

    text = "text"
    json = "json"


def watch(options: Options, lake: "Lake", *, poll: float, log_format: LogFormat, metrics_port: int | None) -> None:
    """Follow until a signal comes; the batch that is being taken is finished first."""
    stop = Event()
    with stopping(stop), _told(options, log_format) as tell, _measured(metrics_port, tell) as hear:
        lake.follow(stop=stop, poll=poll, tell=hear)


@contextmanager
def _told(options: Options, log_format: LogFormat) -> Iterator[Any]:
    if log_format is LogFormat.json:
        yield _json_line
    elif options.quiet:
        yield lambda beat: typer.echo(f"backbeat: {beat.message}", err=True) if beat.what == "trouble" else None
    elif sys.stderr.isatty():
        with _status_line() as show:
            yield show
    else:
        yield lambda beat: typer.echo(line(beat), err=True)


def _json_line(beat: "Beat") -> None:
    from backbeat.texts import json_text

    typer.echo(json_text(beat.row()), err=True)


@contextmanager
def _status_line() -> Iterator[Any]:
    """One line that is written over again; messages stay above it."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(Text("waiting for files"), console=Console(stderr=True), auto_refresh=False) as live:

        def show(beat: "Beat") -> None:
            if beat.message:
                live.console.print(Text(f"{beat.at:%H:%M:%S} {beat.message}"))
            live.update(Text(line(beat)), refresh=True)

        yield show


def line(beat: "Beat") -> str:
    """A beat as people read it."""
    parts = [f"[{beat.at:%H:%M:%S}] {beat.what}"]
    if beat.what == "batch":
        parts.append(f"{beat.files:,} files, {beat.rows:,} rows, {beat.rows_per_second:,.0f} rows/s")
    if beat.lag_seconds is not None:
        parts.append(f"lag {beat.lag_seconds:,.1f} s")
    if beat.watermark:
        parts.append(f"watermark {beat.watermark:%Y-%m-%d %H:%M:%S}")
    parts.append(f"open windows {beat.open_windows}, late {beat.late:,}, quarantined {beat.quarantined:,}")
    if beat.alerts_firing:
        parts.append(f"alerts firing {beat.alerts_firing}")
    if beat.waiting_files:
        parts.append(f"{beat.waiting_files:,} files waiting")
    return " | ".join([*parts, *([beat.message] if beat.message else [])])


@contextmanager
def _measured(port: int | None, tell: Any) -> Iterator[Any]:
    """What hears beats: who tells them, and the metrics where there is a port."""
    if port is None:
        yield tell
        return
    from backbeat.follow.metrics import serving

    with serving(port) as count:

        def hear(beat: "Beat") -> None:
            count(beat)
            tell(beat)

        yield hear
