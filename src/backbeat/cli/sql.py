"""`backbeat sql`: ask anything of silver, gold and ops."""

from typing import Annotated

import typer

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit
from backbeat.errors import UsageError


@_command
def command(
    options: Options,
    query: Annotated[list[str], typer.Argument(metavar="SELECT…", help="Databricks SQL, in quotes.")],
) -> None:
    """Print the answer of a SELECT over the lake's tables.

    These are silver.*, gold.* and ops.*.
    """
    if len(query) > 1:
        raise UsageError('write the SELECT in quotes: backbeat sql "SELECT …"')
    answer = options.open().sql(query[0])
    emit(answer.to_pylist(), options.format, answer.column_names)
