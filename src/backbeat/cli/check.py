"""`backbeat check`: grain, not null, ranges, references, and every KPI counted again from silver."""

from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit
from backbeat.cli.progress import progress
from backbeat.errors import CheckFailed


@_command
def command(options: Options) -> None:
    """Run every check and keep the results in ops.checks; exit 4 when one of severity `fail` found bad rows."""
    lake = options.open()
    with progress(quiet=options.quiet) as show:
        results = lake.check(say=show)
    emit([{k: row[k] for k in ("check", "severity", "passed", "bad_rows")} for row in results], options.format)
    if failed := [row["check"] for row in results if row["severity"] == "fail" and not row["passed"]]:
        raise CheckFailed(f"{len(failed)} of {len(results)} checks failed: {'; '.join(failed[:3])}")
