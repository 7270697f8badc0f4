"""Files taken back: silver, quarantine and gold are then as if they had never come."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from backbeat import content
from backbeat.errors import UsageError
from backbeat.ingest.commit import counted, in_groups, planned, read, silver_rows
from backbeat.ingest.dedup import ORDER
from backbeat.lake import ledger
from backbeat.lake.delta import Commit, DataFile
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch, FileRecord
from backbeat.lake.storage import Entry


def plan_retraction(lake: Lakehouse, paths: Sequence[str], batch_id: int | None) -> list[Batch]:
    """Plan to take back files (or folders of files) or all of a batch, one batch a source; a crash can't undo the plan.

    What is retracted already is left as it is. Raises UsageError for a path or batch that the ledger does not know.
    """
    chosen = _chosen(ledger.files(lake), lake.config.raw, paths, batch_id)
    sources = sorted({record.source for record in chosen})
    return [_plan(lake, source, [record for record in chosen if record.source == source]) for source in sources]


def retract(lake: Lakehouse, batch: Batch) -> Batch:
    """Carry out a planned retraction. Each step may be repeated after a crash, and is skipped where it had been finished.

    2. silver, in one Delta transaction: without the rows of the files, with those that had lost to them
    3. quarantine, without their rows
    4. the files' records: they stay listed, as retracted, and are not taken again
    """
    _keep_retracted(lake, batch)
    if lake.table(f"silver.{batch.source}").batch(lake.app) < batch.batch_id:
        _commit_silver(lake, batch)
    note = lake.table(f"silver.{batch.source}").note(batch.batch_id)
    _commit_quarantine(lake, batch)
    ledger.record_files(lake, list(_records(lake, batch)))
    return ledger.record(lake, counted(batch, note))


def _chosen(known: Sequence[FileRecord], raw: str, paths: Sequence[str], batch_id: int | None) -> list[FileRecord]:
    found = [record for path in paths for record in _at(known, path.removeprefix(f"{raw.rstrip('/')}/"))]
    if batch_id is not None:
        found += [record for record in known if record.batch_id == batch_id]
        if not found:
            raise UsageError(f'batch {batch_id} brought no file: `backbeat sql "select * from ops.batches"` lists them')
    return list({(r.path, r.fingerprint): r for r in found if r.state != "retracted"}.values())


def _at(known: Iterable[FileRecord], path: str) -> list[FileRecord]:
    """The records of a file, or of those in a folder."""
    folder = f"{path.rstrip('/')}/"
    found = [record for record in known if record.path == path or record.path.startswith(folder)]
    if not found:
        raise UsageError(
            f'no file {path} was ever read: `backbeat sql "select path from ops.files"` lists those that were'
        )
    return found


def _plan(lake: Lakehouse, source: str, records: Sequence[FileRecord]) -> Batch:
    number = ledger.next_id(ledger.current(lake))
    planned = Batch(number, source, "planned", lake.config.clock(), 0, _listed(records), verb="retract")
    return ledger.record(lake, planned)


def _listed(records: Iterable[FileRecord]) -> tuple[dict[str, Any], ...]:
    return tuple(planned(Entry(r.path, r.size, ledger.milliseconds(r.modified_at))) for r in records)


def _commit_silver(lake: Lakehouse, batch: Batch) -> None:
    name = f"silver.{batch.source}"
    _keep_withdrawn(lake, batch)
    unread = _keep_regained(lake, batch)
    old = _files_with_withdrawn(lake, batch)
    lake.show_files(name, old, lake.table(name).schema())
    columns = ", ".join(lake.table(name).schema().names)
    kept = f"select {columns} from {name} where not {_is_retracted('_source_file', '_file_modified_at')}"
    regained = silver_rows(lake, batch, "regained", lake.config.clock())
    counts = _counts(lake)
    counts["notes"] = (
        [f"{unread} files can't be read again: what they had lost to the retracted ones stays lost"] if unread else []
    )
    adds = lake.stage(name, f"{kept} union all select {columns} from ({regained})") if old else []
    lake.commit(name, Commit(adds, old, batch.batch_id, {"counts": counts}))


def _keep_retracted(lake: Lakehouse, batch: Batch) -> None:
    listed = [{"path": file["path"], "modified_us": file["modified_ms"] * 1000} for file in batch.planned_files]
    with lake.engine.offered("retracted_rows", pa.Table.from_pylist(listed)):
        lake.engine.keep_own("retracted", "select * from retracted_rows")


def _is_retracted(path: str, modified_at: str) -> str:
    """A condition on a row's file. Its path is not enough: a file that was replaced had brought rows before, and they stay."""
    match = f"r.path = {path} and r.modified_us = unix_micros({modified_at})"
    return f"exists (select 1 from retracted as r where {match})"


def _keep_withdrawn(lake: Lakehouse, batch: Batch) -> None:
    contract = content.sources()[str(batch.source)]
    lake.show(f"silver.{batch.source}")
    date = contract.partition_column or "cast(null as date)"
    found = f"from silver.{batch.source} where {_is_retracted('_source_file', '_file_modified_at')}"
    lake.engine.keep_own("withdrawn", f"select {', '.join(contract.key)}, {date} as _date {found}")


def _keep_regained(lake: Lakehouse, batch: Batch) -> int:
    """Keep the rows of other files that win now, where keys came twice; returns how many files can't be read again."""
    contract = content.sources()[str(batch.source)]
    key = ", ".join(contract.key)
    others = _others(lake, batch)
    match = " and ".join(f"w.{name} is not distinct from b.{name}" for name in contract.key)
    gone = f"exists (select 1 from withdrawn as w where {match})"
    lost = f"select * from batch as b where _reasons is null and {gone}"
    read(lake, replace(batch, planned_files=()))
    lake.engine.keep_own("candidates", lost)
    files = 0
    for group in in_groups(others, lake.config.batch_rows):
        files += len(read(lake, replace(batch, planned_files=_listed(group))).rows)
        lake.engine.append("candidates", lost)
    ranked = f"select *, row_number() over (partition by {key} order by {ORDER}) as _rank from candidates"
    lake.engine.keep_own("regained", f"select * from ({ranked}) where _rank = 1")
    return len(others) - files


def _others(lake: Lakehouse, batch: Batch) -> list[FileRecord]:
    """The files that may hold rows which lost to the retracted ones: none, where no key of the source ever came twice."""
    mine = [b for b in ledger.batches(lake) if b.source == batch.source]
    if not any(b.rows_duplicate or b.rows_replaced for b in mine):
        return []
    retracted = _contents(batch)
    taken = [r for r in ledger.files(lake) if r.source == batch.source and r.state == "taken"]
    return [record for record in taken if (record.path, record.fingerprint) not in retracted]


def _files_with_withdrawn(lake: Lakehouse, batch: Batch) -> list[DataFile]:
    partition = content.sources()[str(batch.source)].partition_column
    files = lake.table(f"silver.{batch.source}").files()
    dates = set(lake.engine.native("select distinct cast(_date as string) as d from withdrawn").column("d").to_pylist())
    if partition is None:
        return files if dates else []
    return [file for file in files if file.partition[partition] in dates]


def _counts(lake: Lakehouse) -> dict[str, Any]:
    """The ledger's counts: silver loses the withdrawn rows and gains those that come back."""
    found = lake.engine.native("""
select (select count(*) from regained) as regained, (select count(*) from withdrawn) as withdrawn""").to_pylist()[0]
    return {"rows_read": found["regained"], "rows_accepted": found["regained"], "rows_replaced": found["withdrawn"]}


def _commit_quarantine(lake: Lakehouse, batch: Batch) -> None:
    table = lake.table("ops.quarantine")
    if table.batch(lake.app) >= batch.batch_id:
        return
    lake.show(table.name)
    gone = f"source = '{batch.source}' and {_is_retracted('source_file', 'file_modified_at')}"
    if lake.engine.native(f"select 1 as x from ops.quarantine where {gone} limit 1").num_rows:
        adds = lake.stage(table.name, f"select * from ops.quarantine where not ({gone})")
        lake.commit(table.name, Commit(adds, table.files(), batch.batch_id))


def _records(lake: Lakehouse, batch: Batch) -> Iterator[FileRecord]:
    retracted = _contents(batch)
    for record in ledger.files(lake):
        if (record.path, record.fingerprint) in retracted:
            yield replace(record, state="retracted", reason=None)


def _contents(batch: Batch) -> set[tuple[str, str]]:
    """The planned files, each with its fingerprint."""
    return {(file["path"], file["fingerprint"]) for file in batch.planned_files}
