"""`backbeat sql`: ask anything of silver, gold and ops."""

from typing import Annotated

import typer

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit


@_command
def command(options: Options, query: Annotated[str, typer.Argument(metavar="SELECT…", help="Databricks SQL.")]) -> None:
    """Print the answer of a SELECT over silver.*, gold.* and ops.*."""
    answer = options.open().sql(query)
    emit(answer.to_pylist(), options.format, answer.column_names)
