"""`backbeat quarantine`: the rows that could not be taken, why, and taking them after a fix."""

from typing import Annotated

import typer

from backbeat.cli.options import Format, Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit, number
from backbeat.words import counted

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Rows that could not be taken: list, show, replay.")


@app.command("list")
@_command
def list_command(options: Options) -> None:
    """Count the quarantined rows by source, reason and status."""
    emit(options.open().quarantine(), options.format, ("source", "reason", "status", "rows"))


@app.command("show")
@_command
def show_command(
    options: Options,
    source: Annotated[str | None, typer.Argument(help="Only this source.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Only this reason code.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows.")] = 20,
) -> None:
    """Print quarantined rows as they came."""
    columns = ("source", "reasons", "source_file", "row_number", "batch_id", "status", "raw_row")
    emit(options.open().quarantined_rows(source, reason, limit), options.format, columns)


@app.command("replay")
@_command
def replay_command(
    options: Options,
    source: Annotated[str | None, typer.Argument(help="Only this source.")] = None,
) -> None:
    """Judge the open rows again; those that pass go to silver.

    That is for after a fix of a rule or a mapping. Rows that don't pass stay open.
    """
    lake = options.open()
    replayed = lake.replay(source)
    left = lake.open_rows(source)
    options.note(f"{counted(replayed, 'row')} replayed, {number(left)} still open")
    if options.format is not Format.table:
        emit([{"replayed": replayed, "open": left}], options.format)
