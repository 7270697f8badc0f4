"""`backbeat predict`: who will stay engaged, who slips away, and how good the forecast is."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from backbeat.cli.options import Format, Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit, emit_json, number
from backbeat.cli.progress import progress
from backbeat.errors import UsageError
from backbeat.texts import csv_text

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Who stays engaged, who slips away: train, score, report, list."
)
_Label = Annotated[str | None, typer.Option("--label", help="Only this label: engaged or churned.")]
_COLUMNS = ("metric", "value", "low", "high", "baseline")


@app.command("train")
@_command
def train_command(options: Options, label: _Label = None) -> None:
    """Train, choose and test a model of each label on days that follow each other, and put it in force."""
    with progress(quiet=options.quiet) as show:
        reports = options.open().predict.train(label, say=show)
    _tell(options, reports)


@app.command("score")
@_command
def score_command(options: Options, label: _Label = None) -> None:
    """Score every customer with the models in force, into gold.predictions."""
    with progress(quiet=options.quiet) as show:
        scored = options.open().predict.score(label, say=show)
    emit(scored, options.format)


@app.command("report")
@_command
def report_command(
    options: Options,
    label: _Label = None,
    card: Annotated[bool, typer.Option("--card", help="Print the whole model card, in Markdown.")] = False,
) -> None:
    """Print how good the models in force proved to be, and how far the data has moved since."""
    reports = options.open().predict.report(label)
    if card:
        typer.echo("\n".join(report["card"] for report in reports), nl=False)
    else:
        _tell(options, reports)


@app.command("list")
@_command
def list_command(
    options: Options,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write: .csv, .json or .parquet.")],
    label: Annotated[str, typer.Option("--label", help="Which label: engaged or churned.")] = "engaged",
    top: Annotated[int, typer.Option("--top", min=1, help="How many customers, the likeliest first.")] = 100,
) -> None:
    """Write the customers behind a score to a file, with their reasons."""
    if out.suffix not in _WRITERS:
        raise UsageError(f"--out {out}: name a file that ends in {', '.join(_WRITERS)}")
    found = options.open().predict.list(label, top)
    _WRITERS[out.suffix](found, out)
    options.note(f"{number(found.num_rows)} customers in {out}")


def _tell(options: Options, reports: list[dict[str, Any]]) -> None:
    if options.format is Format.json:
        emit_json(reports)
    elif options.format is Format.csv:
        emit([row for report in reports for row in report["quality"]], options.format)
    else:
        for report in reports:
            _tell_one(report)


def _tell_one(report: dict[str, Any]) -> None:
    """A model for people: what it foretells, what it is worth, what happened to those of the test, what has moved."""
    typer.echo(f"{report['title']} ({report['label']}), model {report['model_version']}: {report['kind']}")
    typer.echo(report["definition"])
    if report["horizon"] < report["wanted_horizon"]:
        typer.echo(
            f"The history is too short for {report['wanted_horizon']} days: {report['horizon']} are the most that fit."
        )
    typer.echo(f"{report['verdict']}\n")
    test = [row for row in report["quality"] if row["split"] == "test"]
    emit([_shown(row) for row in test if row["bin"] == "all"], Format.table, _COLUMNS)
    typer.echo("")
    cells = [row for row in test if row["metric"] == "confusion"]
    emit(
        [
            {"customers": row["bin"], "model": int(row["value"]), "baseline": int(row["baseline_value"])}
            for row in cells
        ],
        Format.table,
    )
    typer.echo(f"\n{_moved(report)}\n")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    numbers = {"value": row["value"], "low": row["low"], "high": row["high"], "baseline": row["baseline_value"]}
    return {"metric": row["metric"], **{name: None if v is None else f"{v:.3f}" for name, v in numbers.items()}}


def _moved(report: dict[str, Any]) -> str:
    """How far the data has moved since training, as the newest scores saw it."""
    from backbeat.predict.card import farthest

    scored = [row for row in report["quality"] if row["split"] == "scored"]
    if not scored:
        return "Nobody has been scored by it yet: `backbeat predict score`."
    features = ", ".join(f"{row['bin']} {row['value']:.2f}" for row in farthest(scored)[:3])
    now = next((f"{row['value']:.3f}" for row in scored if row["metric"] == "base_rate"), "unknown")
    return f"Since training: share of positives {report['base_rate']:.3f} then, {now} now; features that moved most (PSI): {features}."


def _write_csv(found: Any, out: Path) -> None:
    rows = [{**row, "reasons": "; ".join(row["reasons"])} for row in found.to_pylist()]
    out.write_text(csv_text(rows, found.column_names), "utf-8", newline="")


def _write_json(found: Any, out: Path) -> None:
    out.write_text(json.dumps(found.to_pylist(), indent=2, default=lambda value: value.isoformat()), "utf-8")


def _write_parquet(found: Any, out: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(found, out)


_WRITERS = {".csv": _write_csv, ".json": _write_json, ".parquet": _write_parquet}
