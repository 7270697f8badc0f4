"""What a run would do: the new files are read and judged, nothing is written."""

from collections.abc import Iterator, Sequence
from typing import Any

from backbeat import content
from backbeat.build.plan import Change, in_order, spread, watched
from backbeat.ingest.commit import Read, planned, read
from backbeat.ingest.dedup import are_derived, judge
from backbeat.ingest.discover import RawFile
from backbeat.ingest.run import Work, find_work
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch
from backbeat.specs import Exclusions, Table


def preview(lake: Lakehouse) -> list[dict[str, Any]]:
    """Rows of what (read, reject, derive, rebuild), name, files, rows, dates, why."""
    changes: dict[str, Change] = {}
    rows = [row for item in find_work(lake) for row in _ingests(lake, item, changes)]
    if "silver.events" in changes and "silver.sessions" not in changes and _derives(lake):
        changes["silver.sessions"] = Change(None, "sessions are derived from events")
        rows.append(_row("derive", "sessions", dates=None, why="the lake has no sessions of its own"))
    return [*rows, *_rebuilds(changes, content.exclusions(lake.config.exclusions))]


def _ingests(lake: Lakehouse, item: Work, changes: dict[str, Change]) -> Iterator[dict[str, Any]]:
    """What becomes of the new files of a source; notes in `changes` what silver will change by."""
    yield from (_row("reject", bad.entry.path, why=bad.reason) for bad in item.unreadable)
    if not item.files:
        return
    seen = [_look(lake, item.source, group) for group in item.groups]
    rejected = {path: reason for found, _ in seen for path, reason in found.rejected.items()}
    yield from (_row("reject", path, why=reason) for path, reason in rejected.items())
    taken = {path: count for found, _ in seen for path, count in found.rows.items()}
    if taken:
        dates = frozenset(day for _, days in seen for day in days)
        has_days = content.sources()[item.source].partition
        change = Change(dates if has_days else None, f"new files of {item.source}")
        changes[f"silver.{item.source}"] = change
        why = "new, changed, or rejected before"
        yield _row("read", item.source, files=len(taken), rows=sum(taken.values()), dates=change.dates, why=why)


def _look(lake: Lakehouse, source: str, group: Sequence[RawFile]) -> tuple[Read, set[str]]:
    """Read and judge files without writing; also the days of rows that come, and of stored ones that would go."""
    plan = tuple(planned(file.entry) for file in group)
    found = read(lake, Batch(0, source, "planned", lake.config.clock(), len(plan), plan))
    judged = judge(lake, source)
    partition = content.sources()[source].partition_column
    if not partition:
        return found, set()
    lost = "union all select _date as day from stored_lost" if judged.repeated else ""
    days = lake.engine.native(f"""
select distinct cast(day as string) as day
from (select {partition} as day from batch_accepted {lost})""")
    return found, {*days.column("day").to_pylist(), *(str(file.partition[partition]) for file in judged.derived)}


def _derives(lake: Lakehouse) -> bool:
    return not lake.table("silver.sessions").files() or are_derived(lake)


def _rebuilds(changes: dict[str, Change], exclusions: Exclusions) -> Iterator[dict[str, Any]]:
    for table in in_order():
        relevant = [changes[name] for name in sorted(watched(table, exclusions)) if name in changes]
        if not relevant:
            continue
        changes[f"gold.{table.name}"] = change = _change(table, relevant)
        yield _row("rebuild", f"gold.{table.name}", dates=change.dates, why=change.why)


def _change(table: Table, relevant: list[Change]) -> Change:
    if not table.is_by_date or any(change.is_whole for change in relevant):
        return Change(None, relevant[0].why)
    days = {day for change in relevant for day in spread(change.dates or (), table.margin_days)}
    return Change(frozenset(days), relevant[0].why)


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
