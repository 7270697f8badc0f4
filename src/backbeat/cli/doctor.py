"""`backbeat doctor`: is everything there that a run needs?"""

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit
from backbeat.errors import UsageError


@_command
def command(options: Options) -> None:
    """Say whether everything is there that a run needs.

    Settings, mappings, raw folder, lake, engine and machine are looked at; what is wrong comes with what to do.
    """
    from backbeat.doctor import examine

    findings = examine(options.flags())
    emit(findings, options.format, ("what", "ok", "found"))
    if bad := [row["what"] for row in findings if not row["ok"]]:
        raise UsageError(f"not ready: {', '.join(bad)}")
