"""`backbeat explain`: where a number comes from."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backbeat.cli.kpis import day_of
from backbeat.cli.options import Format, Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit, emit_json

if TYPE_CHECKING:
    from backbeat.measure.explain import Explanation

_FILES_SHOWN = 10
_VALUES = ("window_from", "window_to", "value", "status")


@_command
def command(
    options: Options,
    metric: Annotated[str, typer.Argument(help="A metric.")],
    date: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day whose raw files are named.")
    ] = None,
    customers: Annotated[
        Path | None,
        typer.Option("--customers", metavar="OUT", help="Write who is behind the number to a new CSV file."),
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of these customers' window.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Its last day.")] = None,
) -> None:
    """Say what a metric means, and where it comes from.

    That is its words and SQL, the tables behind it, its last values, and the raw files of a day.
    """
    lake = options.open()
    if customers:
        count = lake.write_customers(metric, customers, first=day_of(first), last=day_of(last))
        options.note(f"{count:,} customers are in {customers}, which only you can read")
        return
    found = lake.explain(metric, day=day_of(date))
    if options.format is Format.json:
        emit_json(found.document())
    elif options.format is Format.csv:
        emit(found.values, options.format, _VALUES)
    else:
        _tell(found)


def _tell(found: "Explanation") -> None:
    for name, value in found.about().items():
        if value not in (None, []):
            typer.echo(f"{name:<13}{', '.join(value) if isinstance(value, list) else value}")
    _section("Made from", [f"{row['table']:<26}{row['grain']}" for row in found.tables])
    _section("Left out", [f"{row['rule']}: {row['customers']:,} customers" for row in found.exclusions])
    _section("Values", [])
    emit(found.values, Format.table, _VALUES)
    _section("Restated", [_restatement(row) for row in found.restated])
    _section(f"Raw files of {found.day}", _files(found.files))
    _section("SQL", found.sql.splitlines())


def _section(title: str, lines: Sequence[str]) -> None:
    if lines or title == "Values":
        typer.echo(f"\n{title}")
        for line in lines:
            typer.echo(f"  {line}")


def _restatement(row: dict[str, Any]) -> str:
    return (
        f"{row['window_from']} to {row['window_to']}: {row['old_value']} → {row['new_value']} (batch {row['batch_id']})"
    )


def _files(rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = []
    for source, group in groupby(rows, key=lambda row: str(row["source"])):
        files = list(group)
        lines += [
            f"{source}: {row['file']}, batch {row['batch_id']}, {row['rows']:,} rows" for row in files[:_FILES_SHOWN]
        ]
        if len(files) > _FILES_SHOWN:
            lines.append(f"{source}: and {len(files) - _FILES_SHOWN} more; --format json names them all")
    return lines
