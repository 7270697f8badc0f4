"""`backbeat simulate`: a listening world with known truth, as raw parquet."""

from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.progress import progress
from backbeat.cli.stopping import stopping
from backbeat.errors import UsageError


@_command
def command(
    options: Options,
    raw_folder: Annotated[Path, typer.Argument(metavar="RAW", help="The folder to write to.")],
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 12_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2025,
    dirty: Annotated[float, typer.Option(min=0, max=0.5, help="Share of rows with each kind of fault.")] = 0.0,
    live: Annotated[bool, typer.Option("--live", help="Write sessions as time passes, until stopped.")] = False,
    speed: Annotated[float, typer.Option("--speed", metavar="N", help="With --live: seconds of it in a second.")] = 60,
    duration: Annotated[
        str, typer.Option("--duration", metavar="DURATION", help="With --live: how long to write.")
    ] = "10m",
) -> None:
    """Write a made-up world of listening.

    What is true of it is in RAW/truth.json.
    """
    if live:
        _write_live(options, raw_folder, customers, seed, speed, duration)
        return
    write_world(options, raw_folder, customers=customers, seed=seed, dirty=dirty)


def _write_live(options: Options, folder: Path, customers: int, seed: int, speed: float, duration: str) -> None:
    from backbeat.config import seconds
    from backbeat.simulate.live import simulate_live

    lasting = seconds(duration, "--duration")
    _demand_empty(folder)
    stop = Event()
    with stopping(stop), progress(quiet=options.quiet) as show:
        simulate_live(folder, customers=customers, seed=seed, speed=speed, seconds=lasting, stop=stop, tell=show)


def _demand_empty(folder: Path) -> None:
    if folder.exists() and (folder.is_file() or any(folder.iterdir())):
        raise UsageError(f"{folder} is no empty folder: name a new one, or remove it first")


def write_world(options: Options, folder: Path, *, customers: int, seed: int, dirty: float) -> None:
    """Simulate into a folder that is empty or not there yet."""
    from backbeat.simulate import simulate

    _demand_empty(folder)
    with progress(quiet=options.quiet) as show:
        simulate(folder, customers=customers, seed=seed, dirty=dirty, on_progress=show)
