"""`backbeat init`: a backbeat.toml to begin with."""

import json
from pathlib import Path

import typer

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.config import Config
from backbeat.errors import UsageError
from backbeat.settings import DEFAULT_FILE

TEMPLATE = """\
# Settings of Backbeat. Flags beat BACKBEAT_* variables, which beat this file. Credentials don't belong here.
raw = {raw}          # a folder, or s3://bucket/prefix
lake = {lake}        # where silver, gold and ops go
timezone = "UTC"      # whose days are the days of every definition

# window_days = 62        # the default window ends on the last session's day
# engaged_sessions = 80   # in 62 days; other windows pro rata
# min_group = 5           # smaller groups are shown as `other`
# renewal_grace_days = 30 # paying again sooner is no cancellation
# earliest = 2000-01-01   # older sessions and events are quarantined
# max_future = "1h"       # so are those this far after their file

# Columns with names of their own: contract column = "raw name"
# [sources.sessions.columns]
# started_at = "begin"
"""


@_command
def command(options: Options) -> None:
    """Write a backbeat.toml to begin with, of --raw and --lake."""
    path = Path(options.config or DEFAULT_FILE)
    if path.exists():
        raise UsageError(f"{path} is there already: edit it, or name another with --config")
    given = {name: value for name, value in options.flags().items() if value is not None and name != "config"}
    settings = Config(**given)
    path.write_text(TEMPLATE.format(raw=json.dumps(settings.raw), lake=json.dumps(settings.lake)), "utf-8")
    typer.echo(f"{path} written. Next: backbeat doctor, then backbeat run")
