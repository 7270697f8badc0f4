"""`backbeat retract`: take back what files brought that turned out wrong."""

from typing import Annotated

import typer

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit, number
from backbeat.errors import UsageError


@_command
def command(
    options: Options,
    paths: Annotated[list[str] | None, typer.Argument(help="Files or folders, as paths below raw.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", metavar="ID", help="All files of this batch.")] = None,
) -> None:
    """Take files back, as if they had never come.

    They stay listed in ops.files, as retracted, and are not taken again until they change.
    """
    if bool(paths) == (batch is not None):
        raise UsageError(
            "name files below raw, or one batch with --batch, not both: "
            '`backbeat sql "select * from ops.batches"` lists the batches'
        )
    done = options.open().retract(paths or [], batch=batch)
    rows = [
        {
            "batch_id": one.batch_id,
            "source": one.source,
            "files": len(one.planned_files),
            "rows_retracted": one.rows_replaced,
            "rows_regained": one.rows_accepted,
        }
        for one in done
    ]
    for one in done:
        for note in one.notes:
            options.note(f"{one.source}: {note}")
    emit(rows, options.format, ("batch_id", "source", "files", "rows_retracted", "rows_regained"))
    options.note(f"{number(sum(one.rows_replaced for one in done))} rows taken back")
