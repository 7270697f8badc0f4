"""The commands, in river order."""

import typer

from backbeat import __version__
from backbeat.cli import (
    alerts,
    check,
    dashboard,
    demo,
    doctor,
    explain,
    export,
    init,
    kpis,
    predict,
    quarantine,
    report,
    retract,
    run,
    simulate,
    sql,
    status,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="From raw parquet to trusted KPIs of a music-streaming company, in Delta tables.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"backbeat {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    del version


app.command("demo")(demo.command)
app.command("simulate")(simulate.command)
app.command("run")(run.command)
app.command("kpis")(kpis.command)
app.command("explain")(explain.command)
app.command("status")(status.command)
app.add_typer(quarantine.app, name="quarantine")
app.command("check")(check.command)
app.add_typer(alerts.app, name="alerts")
app.add_typer(predict.app, name="predict")
app.command("dashboard")(dashboard.command)
app.command("report")(report.command)
app.add_typer(export.app, name="export")
app.command("sql")(sql.command)
app.command("retract")(retract.command)
app.command("doctor")(doctor.command)
app.command("init")(init.command)
