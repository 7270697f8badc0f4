"""What a run would do: the new files are read and judged, nothing is written."""

from collections.abc import Iterator
from typing import Any

from backbeat import content
from backbeat.build.plan import Change, in_order, inputs, spread
from backbeat.ingest.commit import planned, read
from backbeat.ingest.run import Work, find_work
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch


def preview(lake: Lakehouse) -> list[dict[str, Any]]:
    """Rows of what (read, reject, rebuild), name, files, rows, dates, why."""
    work = find_work(lake)
    changes: dict[str, Change] = {}
    rows = []
    for item in work:
        rows += [_row("reject", bad.entry.path, why=bad.reason) for bad in item.unreadable]
        if item.files:
            dates = _dates(lake, item)
            changes[f"silver.{item.source}"] = Change(dates, f"new files of {item.source}")
            rows.append(
                _row("read", item.source, files=item.files, rows=item.rows, dates=dates, why="not in the ledger")
            )
    return [*rows, *_rebuilds(changes)]


def _rebuilds(changes: dict[str, Change]) -> Iterator[dict[str, Any]]:
    for table in in_order():
        relevant = [changes[name] for name in sorted(inputs(table)) if name in changes]
        if not relevant:
            continue
        changes[f"gold.{table.name}"] = change = _change(table, relevant)
        yield _row("rebuild", f"gold.{table.name}", dates=change.dates, why=change.why)


def _change(table: content.Table, relevant: list[Change]) -> Change:
    if not table.partition or any(change.is_whole for change in relevant):
        return Change(None, relevant[0].why)
    days = {day for change in relevant for day in spread(change.dates or (), table.margin_days)}
    return Change(frozenset(days), relevant[0].why)


def _dates(lake: Lakehouse, item: Work) -> frozenset[str] | None:
    """The days that the new rows fall on, for a source that is partitioned by day."""
    partition = content.sources()[item.source].partition_column
    if not partition:
        return None
    found: set[str] = set()
    for group in item.groups:
        plan = tuple(planned(file.entry) for file in group)
        read(lake, Batch(0, item.source, "planned", lake.config.clock(), len(plan), plan))
        days = lake.engine.native(
            f"select distinct cast({partition} as varchar) as d from batch where _reasons is null"
        )
        found |= set(days.column("d").to_pylist())
    return frozenset(found)


def _row(
    what: str, name: str, *, files: int | None = None, rows: int | None = None, dates: Any = (), why: str | None
) -> dict[str, Any]:
    return {"what": what, "name": name, "files": files, "rows": rows, "dates": _ranges(dates), "why": why}


def _ranges(dates: Any) -> str:
    if dates is None:
        return "all"
    days = sorted(dates)
    if len(days) < 2:
        return "".join(days)
    return f"{len(days)} days, {days[0]}..{days[-1]}"
