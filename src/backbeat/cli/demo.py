"""`backbeat demo`: simulate, run, and look at the KPIs."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from backbeat.cli.dashboard import HOST, PORT
from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import number
from backbeat.cli.progress import progress
from backbeat.cli.run import tell
from backbeat.cli.simulate import write_world
from backbeat.errors import UsageError


@_command
def command(
    options: Options,
    folder: Annotated[Path, typer.Option("--dir", metavar="FOLDER", help="Where to keep the demo.")] = Path("demo"),
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 12_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2025,
) -> None:
    """Make a world, run the pipeline on it, print its KPIs."""
    _clear(folder)
    options.note(f"A world of {number(customers)} customers goes to {folder}/raw …")
    write_world(options, folder / "raw", customers=customers, seed=seed, dirty=0.0)
    options.note(f"… and through the pipeline to {folder}/lake:")
    lake = options.open(lake=str(folder / "lake"), raw=str(folder / "raw"))
    with progress(quiet=options.quiet) as show:
        report = lake.run(close=True, say=show)
    tell(options, report)
    _print_kpis(lake)
    options.note(f"\nNext: backbeat kpis --by country --lake {folder}/lake")
    options.note(f"      backbeat dashboard --lake {folder}/lake, at http://{HOST}:{PORT}/")


def _clear(folder: Path) -> None:
    """Remove an older demo, and nothing else."""
    if folder.is_file():
        raise UsageError(f"{folder} is a file: name a folder with --dir")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / "raw" / "truth.json").exists():
        raise UsageError(f"{folder} is not empty and no demo: name another folder with --dir")
    for part in ("raw", "lake"):
        shutil.rmtree(folder / part, ignore_errors=True)


def _print_kpis(lake: object) -> None:
    from backbeat import content

    answer = lake.kpis()  # type: ignore[attr-defined]
    typer.echo(f"\n{answer.window.first} to {answer.window.last}")
    for row in answer.rows:
        metric = content.metrics()[row["metric"]]
        if metric.headline:
            share = f"{number(row['numerator'])} / {number(row['denominator'])}"
            value = "–" if row["value"] is None else f"{row['value']:.2f} %"
            typer.echo(f"  {metric.title:<18}{share:>16}  =  {value}")
