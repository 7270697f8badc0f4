"""`backbeat doctor`: is everything there that a run needs?"""

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit
from backbeat.errors import UsageError


@_command
def command(options: Options) -> None:
    """Look at the settings, the raw folder, the lake and the machine; say what to do about what is wrong."""
    from backbeat.doctor import examine

    findings = examine(options.flags())
    emit(findings, options.format, ("what", "ok", "found"))
    if bad := [row["what"] for row in findings if not row["ok"]]:
        raise UsageError(f"not ready: {', '.join(bad)}")
