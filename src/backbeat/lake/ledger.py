"""What has been done: ops.batches and ops.files, which keep a file from loading twice. Everything else about a run is derived from them."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from backbeat.lake.lakehouse import Lakehouse


@dataclass(frozen=True)
class FileRecord:
    """A raw file as the ledger knows it; `fingerprint` is its size and modification time in ms."""

    path: str
    source: str
    batch_id: int | None
    size: int
    fingerprint: str
    modified_at: datetime
    rows: int | None
    state: str
    reason: str | None
    contract: str


@dataclass(frozen=True)
class Batch:
    """A micro-batch: files of one source, taken together. `planned_files` lists them; a batch without source took none.

    Its `verb` says what is done with them: take them, or retract what they brought.
    """

    batch_id: int
    source: str | None
    state: str
    planned_at: datetime
    files: int
    planned_files: tuple[dict[str, Any], ...] = ()
    finished_at: datetime | None = None
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    rows_replaced: int = 0
    rows_late: int = 0
    gold_versions: dict[str, int] | None = None
    closed_through: datetime | None = None
    final_before: datetime | None = None
    built_from: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    verb: str = "take"

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @property
    def is_whole(self) -> bool:
        """Whether its gold is as new in tables of `refresh: period` as in the others."""
        return self.built_from is not None and "period" not in self.built_from

    def row(self) -> dict[str, Any]:
        """The batch as a row of ops.batches."""
        texts = {"planned_files": list(self.planned_files), "notes": list(self.notes)}
        maybe = {"gold_versions": self.gold_versions, "built_from": self.built_from}
        encoded = {key: json.dumps(value, sort_keys=True) for key, value in texts.items()}
        encoded |= {key: json.dumps(value, sort_keys=True) for key, value in maybe.items() if value is not None}
        return {**asdict(self), **dict.fromkeys(maybe), **encoded}


def batches(lake: Lakehouse) -> list[Batch]:
    """Every batch in order."""
    lake.show("ops.batches")
    return [_batch(row) for row in lake.rows("select * from ops.batches order by batch_id")]


def current(lake: Lakehouse) -> list[Batch]:
    """The batches that decide what comes next, in order: those not done, the last two, those that closed the feed.

    As good as all for `next_id`, `last_done` and the clock, however long the ledger is.
    """
    lake.show("ops.batches")
    return [*lake.remembered("ops.batches", lambda: _current(lake))]


def _current(lake: Lakehouse) -> list[Batch]:
    sql = """
select * from ops.batches
where state <> 'done' or closed_through is not null
  or batch_id = (select max(batch_id) from ops.batches)
  or batch_id = (select max(batch_id) from ops.batches where state = 'done')
order by batch_id"""
    return [_batch(row) for row in lake.rows(sql)]


def next_id(batches: Iterable[Batch]) -> int:
    """The number of the next batch."""
    return max((batch.batch_id for batch in batches), default=0) + 1


def last_done(batches: Iterable[Batch]) -> Batch | None:
    """The last batch whose gold was published."""
    return max((batch for batch in batches if batch.is_done), key=lambda batch: batch.batch_id, default=None)


def record(lake: Lakehouse, batch: Batch) -> Batch:
    """Write a batch as it now is, in place of what the ledger said of it. One that is not done yet says its zone."""
    known = batch if batch.built_from else replace(batch, built_from={"timezone": lake.config.timezone})
    lake.replace("ops.batches", [known.row()], f"batch_id = {batch.batch_id}")
    return known


def finish(lake: Lakehouse, batch: Batch, **results: Any) -> Batch:
    """Record a batch as done."""
    return record(lake, replace(batch, state="done", finished_at=lake.config.clock(), **results))


def files(lake: Lakehouse, paths: Sequence[str] | None = None) -> list[FileRecord]:
    """Every file the ledger knows, or those of some paths: one record per path and fingerprint."""
    lake.show("ops.files")
    if paths is None:
        return [*lake.remembered("ops.files", lambda: _files(lake, ""))]
    return _files(lake, "where path in (select explode(:paths) as path)", paths=[*paths]) if paths else []


def _files(lake: Lakehouse, where: str, **values: Any) -> list[FileRecord]:
    found = lake.rows(f"select * from ops.files {where} order by path, fingerprint", **values)
    return [FileRecord(**row) for row in found]


def record_files(lake: Lakehouse, records: Sequence[FileRecord]) -> None:
    """Add records, in place of older ones of the same path and fingerprint.

    Where there are such the table is written whole: Delta's predicates end the process where they name very many files.
    """
    if not records:
        return
    new = _by_content(records)
    if new.keys() & _by_content(files(lake, [record.path for record in records])).keys():
        known = _by_content(files(lake))
        lake.replace("ops.files", [asdict(record) for record in (known | new).values()], "true")
    else:
        lake.replace("ops.files", [asdict(record) for record in new.values()], None)


def _by_content(records: Iterable[FileRecord]) -> dict[tuple[str, str], FileRecord]:
    return {(record.path, record.fingerprint): record for record in records}


def unmended(records: Iterable[FileRecord], there: Collection[tuple[str, str]] | None) -> list[FileRecord]:
    """The rejected files that still are there, given the paths and fingerprints that are; all, where these are not known."""
    rejected = (record for record in records if record.state == "rejected")
    return [record for record in rejected if there is None or (record.path, record.fingerprint) in there]


def modified(ms: int) -> datetime:
    """A modification time in milliseconds as an instant."""
    return datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)


def milliseconds(instant: datetime) -> int:
    """An instant as milliseconds since 1970."""
    return (instant - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def _batch(row: dict[str, Any]) -> Batch:
    decoded = {key: json.loads(row[key]) if row[key] else None for key in ("gold_versions", "built_from")}
    listed = {key: tuple(json.loads(row[key] or "[]")) for key in ("planned_files", "notes")}
    return Batch(**{**row, **decoded, **listed})
