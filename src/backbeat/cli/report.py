"""`backbeat report`: the pages as one HTML file to send round."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from backbeat.cli.dashboard import demand_web
from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import number


@_command
def command(
    options: Options,
    out: Annotated[Path, typer.Argument(metavar="OUT.html", help="The file to write.")],
    page: Annotated[list[str] | None, typer.Option("--page", help="Only this page; again for more.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
) -> None:
    """Write the pages of the dashboard as one HTML file."""
    demand_web()
    from backbeat.report import write

    days = {"first": first.date() if first else None, "last": last.date() if last else None}
    size = write(options.open(), out, pages=page or (), **days)
    options.note(f"{out} written, {number(round(size / 1000))} kB")
