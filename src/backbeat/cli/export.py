"""`backbeat export powerbi`: a Power BI project of text files, made from the lake's own definitions."""

from pathlib import Path
from typing import Annotated

import typer

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import number
from backbeat.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Make files that other tools open.")


@app.command("powerbi")
@_command
def powerbi(
    options: Options,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write to.")],
    source: Annotated[
        str,
        typer.Option("--source", help="How Power BI reaches the lake: local, adls, databricks, deltasharing, duckdb."),
    ] = "local",
    parameter: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter, such as CatalogName=music; again for more."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that were changed since the last export.")
    ] = False,
) -> None:
    """Write a Power BI project: a semantic model over gold, and a report of the pages.

    It opens in Power BI Desktop and refreshes from the lake's Delta tables.
    """
    written = options.open().export_powerbi(folder, source=source, force=force, **_parameters(parameter or []))
    said = f"{number(len(written.changed))} changed" if written.changed else "nothing changed"
    options.note(
        f"{folder}: {number(written.files)} files, {said}; open {folder / 'Backbeat.pbip'} in Power BI Desktop"
    )


def _parameters(given: list[str]) -> dict[str, str]:
    for each in given:
        if "=" not in each:
            raise UsageError(f"--set {each}: write NAME=VALUE")
    return {name: value for name, _, value in (each.partition("=") for each in given)}
