"""`backbeat check`: grain, not null, ranges, references, and every KPI counted again from silver."""

from typing import Annotated

import typer

from backbeat.cli.options import Format, Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit
from backbeat.cli.progress import progress
from backbeat.errors import CheckFailed
from backbeat.words import counted


@_command
def command(
    options: Options, show_all: Annotated[bool, typer.Option("--all", help="Print those that passed, too.")] = False
) -> None:
    """Run every check and print those that found bad rows.

    All results are kept in ops.checks, and printed as JSON or CSV. Exit 4 when one of severity `fail` found bad rows.
    """
    lake = options.open()
    with progress(quiet=options.quiet) as show:
        results = lake.check(say=show)
    bad = [row for row in results if not row["passed"]]
    shown = bad if options.format is Format.table and not show_all else results
    if shown:
        emit([{k: row[k] for k in ("check", "severity", "passed", "bad_rows")} for row in shown], options.format)
    failed = [row["check"] for row in bad if row["severity"] == "fail"]
    if failed:
        raise CheckFailed(f"{len(failed)} of {counted(len(results), 'check')} failed: {'; '.join(failed[:3])}")
    warned = f", {counted(len(bad), 'warning')}" if bad else ""
    options.note(f"{counted(len(results) - len(bad), 'check')} passed{warned}")
