"""`backbeat run`: take what is new, rebuild what it touches."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backbeat.cli.follow import LogFormat, watch
from backbeat.cli.options import Options
from backbeat.cli.options import command as _command
from backbeat.cli.output import emit
from backbeat.cli.progress import progress
from backbeat.errors import UsageError
from backbeat.words import counted

if TYPE_CHECKING:
    from backbeat.api import RunReport


@_command
def command(
    options: Options,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read and rebuilt, and why.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Rebuild all of gold.")] = False,
    rebuild: Annotated[
        str | None, typer.Option("--rebuild", metavar="FROM..TO", help="Rebuild these days of gold.")
    ] = None,
    close: Annotated[bool, typer.Option("--close", help="No more will come: make all windows final.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on taking files as they come, until stopped.")] = False,
    poll: Annotated[
        str, typer.Option("--poll", metavar="DURATION", help="With --follow: how often to look for files.")
    ] = "0.5s",
    log_format: Annotated[LogFormat, typer.Option("--log-format", help="With --follow: how to tell.")] = LogFormat.text,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", min=1, max=65535, help="With --follow: Prometheus metrics.")
    ] = None,
    wait: Annotated[
        str | None, typer.Option("--wait", metavar="DURATION", help="How long to wait for another writer [60s].")
    ] = None,
) -> None:
    """Read new raw files, rebuild the tables they touch, check them."""
    lake = options.open(wait=wait)
    if follow:
        if dry_run or full or rebuild or close:
            raise UsageError("--follow goes alone: no --dry-run, --full, --rebuild or --close")
        from backbeat.config import seconds

        watch(options, lake, poll=seconds(poll, "--poll"), log_format=log_format, metrics_port=metrics_port)
        return
    if full and rebuild:
        raise UsageError(f"--full rebuilds all of gold, --rebuild {rebuild} some days: give one of them")
    if dry_run and (full or rebuild):
        raise UsageError("--dry-run says what new files touch: give it alone, not with --full or --rebuild")
    if dry_run:
        emit(lake.dry_run(), options.format, ("what", "name", "files", "rows", "dates", "why"))
        return
    with progress(quiet=options.quiet) as show:
        report = lake.run(close=close, full=full, rebuild=_days(rebuild), say=show)
    tell(options, report)
    emit([_batch_row(batch) for batch in report.taken.batches], options.format, _COLUMNS)
    report.demand_required()
    report.demand_registered()


_COLUMNS = (
    "batch_id",
    "source",
    "files",
    "rows_read",
    "rows_accepted",
    "rows_quarantined",
    "rows_duplicate",
    "rows_replaced",
)


def _days(given: str | None) -> list[date]:
    """The days of `FROM..TO`, or of one day."""
    if given is None:
        return []
    first, _, last = given.partition("..")
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError as error:
        raise UsageError(f"--rebuild {given}: write days such as 2025-07-01..2025-07-31") from error
    if end < begin:
        raise UsageError(f"--rebuild {given}: {begin} is after {end}, turn them round")
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


def tell(options: Options, report: "RunReport") -> None:
    """Say on stderr what a run did, and what it had to leave."""
    for line in report.notes:
        options.note(line)
    rebuilt = len(report.built.rebuilt) if report.built else 0
    files, rows = (sum(getattr(batch, name) for batch in report.taken.batches) for name in ("files", "rows_read"))
    options.note(f"{counted(files, 'new file')}, {counted(rows, 'row')}; {counted(rebuilt, 'table')} rebuilt")


def _batch_row(batch: Any) -> dict[str, Any]:
    return {name: getattr(batch, name) for name in _COLUMNS}
