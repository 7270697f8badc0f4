"""The command line: one file a command, in the order in which data flows."""

import sys
from typing import Any


def main() -> None:
    """Entry point of `backbeat`. Returns where all went well: a job on Databricks takes any SystemExit for a failure."""
    import typer

    from backbeat.cli.app import app
    from backbeat.cli.options import usage_error

    usage_errors: Any = typer.BadParameter.__mro__[1]
    try:
        code = app(prog_name="backbeat", standalone_mode=False)
    except usage_errors as error:
        typer.echo(usage_error(error), err=True)
        code = 2
    if code:
        sys.exit(code)
