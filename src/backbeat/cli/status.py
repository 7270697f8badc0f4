"""`backbeat status`: what is in the lake, how fresh it is, what it could not take."""

from typing import Annotated

import typer

from backbeat.cli.options import Format, Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit, emit_json
from backbeat.errors import CheckFailed

_COLUMNS = ("source", "files_taken", "files_rejected", "files_hidden", "rows", "rows_quarantined", "rows_duplicate")


@_command
def command(
    options: Options,
    max_age: Annotated[str | None, typer.Option(help="Fail when data or last good run is older, such as 2h.")] = None,
) -> None:
    """Print how far the data reaches, and per source what was taken and what was not."""
    status = options.open().status()
    if options.format is Format.json:
        emit_json(status.document())
    else:
        for name, value in status.facts.items():
            options.note(f"{name:<19}{value}")
        emit(status.sources, options.format, _COLUMNS)
        for record in status.rejected:
            options.note(f"rejected: {record['path']}: {record['reason']}")
    if max_age and (late := status.older_than(max_age)):
        raise CheckFailed(late)
