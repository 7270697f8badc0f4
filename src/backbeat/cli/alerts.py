"""`backbeat alerts`: incidents, and what a rule would have done on history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from backbeat.cli.options import Format, Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit, emit_json

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What is unusual, and who was told: list, replay.")
_COLUMNS = ("alert", "severity", "state", "opened_at", "resolved_at", "peak_value", "expected", "score", "series")
_SUMMARY = ("alert", "windows", "breaches", "incidents", "incidents_a_week", "notifications", "woken_a_week")
_INCIDENTS = ("alert", "opened_at", "resolved_at", "peak_value", "expected", "score")


@app.command("list")
@_command
def list_command(
    options: Options,
    alert: Annotated[str | None, typer.Argument(help="Only this alert.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only those in this state: firing or resolved.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those of severity info, too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many incidents.")] = 100,
) -> None:
    """Print incidents: those that fire first, then the newest."""
    alerts = options.open().alerts
    emit(_shown(alerts.list(alert, state=state, every=every, limit=limit), options), options.format, _COLUMNS)
    for line in alerts.untold():
        options.note(line)


@app.command("replay")
@_command
def replay_command(
    options: Options,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day [as_of's].")] = None,
    alert: Annotated[str | None, typer.Option("--alert", help="Only this alert.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="FILE", help="An alert's file of your own.")] = None,
) -> None:
    """Print what the alerts, or one in a file, would have done on days of the past (the last 28).

    Nothing is written, and nobody is told.
    """
    days = (each.date() if each else None for each in (first, last))
    found = options.open().alerts.replay(*days, alert=alert, file=rule)
    if options.format is Format.json:
        window = {"from": found.first, "to": found.last}
        emit_json({"window": window, "summary": found.summary, "incidents": found.incidents})
        return
    options.note(f"{found.first} to {found.last}")
    if options.format is Format.csv:
        emit(found.incidents, options.format, _INCIDENTS)
        return
    emit(found.summary, options.format, _SUMMARY)
    if rule or alert:
        typer.echo("")
        emit(_shown(found.incidents, options), options.format, _INCIDENTS)


def _shown(rows: Sequence[dict[str, Any]], options: Options) -> list[dict[str, Any]]:
    """Numbers as people read them, where it is people who read."""
    if options.format is not Format.table:
        return [*rows]
    return [{name: round(v, 3) if isinstance(v, float) else v for name, v in row.items()} for row in rows]
