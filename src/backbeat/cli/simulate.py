"""`backbeat simulate`: a listening world with known truth, as raw parquet."""

from pathlib import Path
from typing import Annotated

import typer

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.progress import progress
from backbeat.errors import UsageError


@_command
def command(
    options: Options,
    raw_folder: Annotated[Path, typer.Argument(metavar="RAW", help="The folder to write to.")],
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 12_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2025,
    dirty: Annotated[float, typer.Option(min=0, max=0.5, help="Share of rows with each kind of fault.")] = 0.0,
) -> None:
    """Write a made-up world of listening.

    What is true of it is in RAW/truth.json.
    """
    write_world(options, raw_folder, customers=customers, seed=seed, dirty=dirty)


def write_world(options: Options, folder: Path, *, customers: int, seed: int, dirty: float) -> None:
    """Simulate into a folder that is empty or not there yet."""
    from backbeat.simulate import simulate

    if folder.exists() and (folder.is_file() or any(folder.iterdir())):
        raise UsageError(f"{folder} is no empty folder: name a new one, or remove it first")
    with progress(quiet=options.quiet) as show:
        simulate(folder, customers=customers, seed=seed, dirty=dirty, on_progress=show)
