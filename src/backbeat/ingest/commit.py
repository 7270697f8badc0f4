"""One micro-batch: planned files of one source become rows of silver and quarantine, exactly once."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any, TypeVar

import pyarrow as pa

from backbeat import content
from backbeat.config import SourceConfig
from backbeat.errors import first_line
from backbeat.ingest import discover
from backbeat.ingest.contract import contract_of, fit, missing
from backbeat.ingest.dedup import Outcome, winners
from backbeat.ingest.discover import RawFile, Unreadable
from backbeat.ingest.validate import select
from backbeat.lake import ledger, schemas
from backbeat.lake.delta import Commit, DataFile
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch, FileRecord
from backbeat.lake.storage import Entry, Store
from backbeat.specs import Source

_TEXTS = pa.list_(pa.string())
_File = TypeVar("_File", RawFile, FileRecord)


@dataclass(frozen=True)
class Read:
    """What reading the files of a batch gave: rows by file, the files that had to be left, columns nobody knows."""

    rows: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def __or__(self, other: "Read") -> "Read":
        return Read(self.rows | other.rows, self.rejected | other.rejected, self.unknown | other.unknown)


def commit(lake: Lakehouse, batch: Batch) -> Batch:
    """Take a planned batch. Each step may be repeated after a crash, and is skipped where it had been finished.

    1. plan: the batch, with its files' fingerprints, is in ops.batches before this is called
    2. read the files in groups of equal shape, validate every row
    3. commit silver, in one Delta transaction numbered like the batch; its note carries the counts and what follows
    4. commit the quarantined rows, whose file the note names, and the files' records
    5. gold is built by the caller, who then marks the batch as done (6)
    """
    source = str(batch.source)
    if lake.table(f"silver.{source}").batch(lake.app) < batch.batch_id:
        taken = read(lake, batch)
        note = _commit_silver(lake, batch, taken, sum(taken.rows.values()))
    else:
        note = lake.table(f"silver.{source}").note(batch.batch_id)
    _commit_quarantine(lake, batch, note)
    ledger.record_files(lake, [_file_record(record) for record in note["files"]])
    return ledger.record(lake, counted(batch, note))


def read(lake: Lakehouse, batch: Batch) -> Read:
    """Fill the engine's table `batch` with the typed rows, good and bad, of the batch's files."""
    source = content.sources()[str(batch.source)]
    empty_batch(lake, source.name)
    found = list(discover.inspect(_raw(lake), _unchanged(lake, batch)))
    rejected = {file.entry.path: file.reason for file in found if isinstance(file, Unreadable)}
    readable = sorted(
        (file for file in found if isinstance(file, RawFile)), key=lambda file: (file.shape, file.entry.path)
    )
    alike = (list(group) for _, group in groupby(readable, key=lambda file: file.shape))
    groups = (part for files in alike for part in _parts(files, lake.engine.files_at_once or len(files)))
    taken = reduce(or_, (_read_group(lake, source.name, group) for group in groups), Read(rejected=rejected))
    return _without_changed(lake, batch, taken)


def _parts(files: Sequence[RawFile], size: int) -> Iterator[Sequence[RawFile]]:
    return (files[n : n + size] for n in range(0, len(files), size))


def empty_batch(lake: Lakehouse, source: str) -> None:
    """Make the engine's table `batch`, empty, for rows of a source."""
    lake.engine.keep_none("batch", _no_rows(lake, source))


def commit_rows(lake: Lakehouse, batch: Batch, rows_read: int) -> Batch:
    """Commit the rows of the engine's table `batch`, which come from no file."""
    note = _commit_silver(lake, batch, Read(), rows_read)
    return ledger.record(lake, counted(batch, note))


def counted(batch: Batch, note: dict[str, Any]) -> Batch:
    """The batch as the note of its commit counts it."""
    return replace(batch, **{**note["counts"], "state": "committed", "notes": tuple(note["counts"]["notes"])})


def _commit_silver(lake: Lakehouse, batch: Batch, taken: Read, rows_read: int) -> dict[str, Any]:
    name = f"silver.{batch.source}"
    now = lake.config.clock()
    outcome = winners(lake, batch)
    adds = lake.stage(name, silver_rows(lake, batch, "batch_accepted", now)) if outcome.accepted else []
    bad = lake.stage("ops.quarantine", _quarantine_rows(lake, batch, now)) if outcome.quarantined else []
    files = [_as_json(record) for record in _records(lake, batch, taken)]
    counts = _counts(outcome, taken, rows_read)
    note = {"counts": counts, "files": files, "quarantine": [asdict(file) for file in bad]}
    lake.commit(name, Commit([*outcome.rewritten, *adds], outcome.removed, batch.batch_id, note))
    return note


def _counts(outcome: Outcome, taken: Read, rows_read: int) -> dict[str, Any]:
    return {
        "files": len(taken.rows),
        "rows_read": rows_read,
        "rows_accepted": outcome.accepted,
        "rows_quarantined": outcome.quarantined,
        "rows_duplicate": outcome.duplicate,
        "rows_replaced": outcome.replaced,
        "rows_late": outcome.late,
        "notes": [f"unknown column {column}: its values are in _rescued" for column in sorted(taken.unknown)],
    }


def _as_json(record: FileRecord) -> dict[str, Any]:
    return {**asdict(record), "modified_at": record.modified_at.isoformat()}


def _commit_quarantine(lake: Lakehouse, batch: Batch, note: dict[str, Any]) -> None:
    files = [DataFile(**file) for file in note["quarantine"]]
    if files and lake.table("ops.quarantine").batch(lake.app) < batch.batch_id:
        lake.commit("ops.quarantine", Commit(files, (), batch.batch_id))


def _read_group(lake: Lakehouse, source: str, files: Sequence[RawFile]) -> Read:
    """Read files of one shape together; where that fails, one by one, so that only the bad ones are rejected."""
    try:
        return _insert(lake, source, files)
    except lake.engine.not_the_files_fault:
        raise
    except lake.engine.errors:
        if len(files) > 1:
            return reduce(or_, (_read_group(lake, source, [file]) for file in files))
        return _read_bad(lake, source, files[0])


def _read_bad(lake: Lakehouse, source: str, file: RawFile) -> Read:
    """A file that couldn't be read, read once more when its bytes have been seen to be there; StorageError where they are not."""
    path = file.entry.path
    _raw(lake).demand_bytes(path)
    try:
        return _insert(lake, source, [file])
    except lake.engine.not_the_files_fault:
        raise
    except lake.engine.errors as error:
        return Read(rejected={path: f"bytes can't be read: {_said(error, _raw(lake).uri(path), path)}"})


def _insert(lake: Lakehouse, source: str, files: Sequence[RawFile]) -> Read:
    raw_config = lake.config.sources.get(source, SourceConfig())
    uris = [_raw(lake).uri(file.entry.path) for file in files]
    columns = lake.engine.describe(uris, files[0].int96)
    fitted = fit(content.sources()[source], files[0].names, columns, raw_config)
    if reason := missing(fitted):
        return Read(rejected={file.entry.path: reason for file in files})
    paths = [file.entry.path for file in files]
    modified = [ledger.modified(file.entry.modified_ms) for file in files]
    rows = select(fitted, lake.engine.raw(uris, len(columns), paths, modified), lake)
    lake.engine.append("batch", rows)
    unknown = frozenset(fitted.raw[i].name for i in fitted.unknown)
    return Read({file.entry.path: file.rows for file in files}, unknown=unknown)


def _said(error: Exception, uri: str, path: str) -> str:
    """What the engine says, with the path below the raw folder, since reasons are kept."""
    return first_line(error).replace(uri, path)


def _unchanged(lake: Lakehouse, batch: Batch) -> Iterator[Entry]:
    """The planned files that still are what they were when the batch was planned."""
    for file in batch.planned_files:
        entry = _raw(lake).stat(file["path"])
        if entry and discover.fingerprint(entry) == file["fingerprint"]:
            yield entry


def _without_changed(lake: Lakehouse, batch: Batch, taken: Read) -> Read:
    """Leave out files that changed while they were read; the next run finds them again."""
    still = {entry.path for entry in _unchanged(lake, batch)}
    changed = [path for path in taken.rows if path not in still]
    if changed:
        lake.engine.keep_values("changed", "path", changed)
        lake.engine.keep_own("batch", "select * from batch where _source_file not in (select path from changed)")
    rows = {path: count for path, count in taken.rows.items() if path in still}
    return replace(taken, rows=rows, rejected={p: why for p, why in taken.rejected.items() if p in still})


def _records(lake: Lakehouse, batch: Batch, taken: Read) -> Iterator[FileRecord]:
    contract = contract_of(_source(batch), lake.config)
    for file in batch.planned_files:
        path = file["path"]
        if path in taken.rows:
            yield file_record(file, batch, contract, rows=taken.rows[path], state="taken")
        elif path in taken.rejected:
            yield file_record(file, None, contract, state="rejected", reason=taken.rejected[path], source=batch.source)


def planned(entry: Entry) -> dict[str, Any]:
    """A file as a batch's plan lists it."""
    fingerprint = discover.fingerprint(entry)
    return {"path": entry.path, "size": entry.size, "modified_ms": entry.modified_ms, "fingerprint": fingerprint}


def in_groups(files: Sequence[_File], limit: int) -> Iterator[tuple[_File, ...]]:
    """Consecutive files up to a number of rows; a larger file stands alone."""
    group: list[_File] = []
    rows = 0
    for file in files:
        if group and rows + (file.rows or 0) > limit:
            yield tuple(group)
            group, rows = [], 0
        group.append(file)
        rows += file.rows or 0
    if group:
        yield tuple(group)


def file_record(file: dict[str, Any], batch: Batch | None, contract: str, **rest: Any) -> FileRecord:
    """The ledger's record of a planned file."""
    owner = {"source": batch.source, "batch_id": batch.batch_id} if batch else {"batch_id": None}
    defaults = {"rows": None, "reason": None, "contract": contract, "modified_at": ledger.modified(file["modified_ms"])}
    basics = {key: file[key] for key in ("path", "size", "fingerprint")}
    return FileRecord(**{**defaults, **basics, **owner, **rest})


def _file_record(record: dict[str, Any]) -> FileRecord:
    return FileRecord(**{**record, "modified_at": datetime.fromisoformat(record["modified_at"])})


def silver_rows(lake: Lakehouse, batch: Batch, relation: str, now: datetime) -> str:
    """A SELECT of silver's columns from typed rows that come in with a batch."""
    derived = {
        "_batch_id": f"cast({batch.batch_id} as bigint) as _batch_id",
        "_ingested_at": f"{lake.engine.instant(now)} as _ingested_at",
    }
    columns = (derived.get(column, column) for column in schemas.silver(_source(batch)).names)
    return f"select {', '.join(columns)} from {relation}"


def _quarantine_rows(lake: Lakehouse, batch: Batch, now: datetime) -> str:
    return f"""
select '{batch.source}' as source, _reasons as reasons, _raw_row as raw_row, _source_file as source_file,
  _row_number as row_number, cast({batch.batch_id} as bigint) as batch_id, {lake.engine.instant(now)} as quarantined_at,
  'open' as status, _file_modified_at as file_modified_at
from batch where _reasons is not null"""


def _no_rows(lake: Lakehouse, source: str) -> str:
    schema = schemas.silver(content.sources()[source])
    left = [name for name in schema.names if name not in ("_batch_id", "_ingested_at")]
    fields = [*(schema.field(name) for name in left), pa.field("_reasons", _TEXTS), pa.field("_raw_row", pa.string())]
    return f"select {', '.join(lake.engine.null(field.type, field.name) for field in fields)} where false"


def _source(batch: Batch) -> Source:
    return content.sources()[str(batch.source)]


def _raw(lake: Lakehouse) -> Store:
    return Store(lake.config.raw)
