"""`backbeat status`: what is in the lake, how fresh it is, what it could not take."""

from typing import Annotated

import typer

from backbeat.cli.options import Format, Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit, emit_json
from backbeat.errors import CheckFailed

_COLUMNS = ("source", "files_taken", "files_rejected", "files_hidden", "rows", "rows_in_quarantine", "rows_duplicate")


@_command
def command(
    options: Options,
    max_age: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Fail when data or last good run is older, such as 2h.")
    ] = None,
) -> None:
    """Print how far the data reaches, and what was taken.

    Per source it says how many files and rows were taken, and how many were not; and why files were rejected.
    """
    status = options.open().status()
    if options.format is Format.json:
        emit_json(status.document())
    else:
        say = typer.echo if options.format is Format.table else options.note
        for name, value in status.facts.items():
            say(f"{name:<19}{'–' if value is None else value}")
        say("")
        emit(status.sources, options.format, _COLUMNS)
        for alert in status.firing:
            say(f"firing: {alert}")
        for line in status.rejections:
            say(line)
        for rule in status.exclusions:
            say(f"left out by {rule['rule']}: {rule['customers']:,} customers")
    if max_age and (late := status.older_than(max_age)):
        raise CheckFailed(late)
