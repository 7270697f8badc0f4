"""A Delta table seen as a set of immutable files: which are active, and one atomic commit that swaps some.

Protocol reader 1 / writer 2: no deletion vectors, no column mapping, so that Power BI, Spark and DuckDB all read it.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pyarrow as pa

from backbeat.errors import StorageError, first_line
from backbeat.lake.storage import Store, asked_again

KEPT_SNAPSHOTS = 2
MERGED_BYTES = 8_000_000
_READ_OF_AN_ADD = frozenset({"path", "partition", "num_records", "size_bytes", "max"})
RECENT_COMMITS = 100
"""How far back the note of a batch is looked for: a batch is finished before the next one commits."""


@dataclass(frozen=True)
class DataFile:
    """A parquet file of a table: path below the table, partition values as text, rows, size, Delta statistics.

    `greatest` has of a committed file the greatest value of each column whose statistics say it.
    """

    path: str
    partition: Mapping[str, str | None]
    rows: int
    size: int
    stats: str = "{}"
    greatest: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Commit:
    """What one commit changes. `batch` is the lake's batch number, kept as the Delta transaction's version.

    `schema`, where there is one, replaces the table's columns, and `adds` all of its files.
    """

    adds: Sequence[DataFile] = ()
    removes: Sequence[DataFile] = ()
    batch: int | None = None
    note: Mapping[str, Any] = field(default_factory=dict)
    schema: pa.Schema | None = None


@dataclass(frozen=True)
class Table:
    """The Delta table `LAYER/NAME` of a lake.

    `opened` keeps Delta's own objects by table name, so that a log is listed and read once, not at every question: it
    holds while nobody else writes, and is emptied before others' commits are to be seen.
    """

    store: Store
    name: str
    opened: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def path(self) -> str:
        return self.name.replace(".", "/")

    @property
    def uri(self) -> str:
        return self.store.uri(self.path)

    @asked_again
    def exists(self) -> bool:
        from deltalake import DeltaTable

        if self.name in self.opened:
            return True
        try:
            return DeltaTable.is_deltatable(self.uri)
        except OSError as error:
            raise StorageError(f"{self.uri}: can't be reached: {first_line(error)}") from error

    @asked_again
    def create(self, schema: pa.Schema, partition_by: str | None = None) -> None:
        """Make the table, empty, where it is not there yet."""
        from deltalake import DeltaTable

        if self.exists():
            self._open()
            return
        if self.store.is_local:
            (self.store.root / self.path).mkdir(parents=True, exist_ok=True)
        self.opened[self.name] = DeltaTable.create(self.uri, schema, mode="ignore", partition_by=partition_by)

    def version(self) -> int:
        """The newest version, -1 where there is no table."""
        return self._open().version() if self.exists() else -1

    def id(self) -> str:
        """The id Delta gave the table when it was made."""
        return str(self._open().metadata().id)

    def schema(self) -> pa.Schema:
        """The table's columns, as Arrow; its files are not looked at."""
        return pa.schema(self._open().schema().to_arrow())

    def partition(self) -> str | None:
        """The column its files are kept apart by, where there is one."""
        return next(iter(self._open().metadata().partition_columns), None)

    def files(self, version: int | None = None) -> list[DataFile]:
        """The active files at a version (the newest where none is given)."""
        return self.snapshot(version)[0]

    def snapshot(self, version: int | None = None) -> tuple[list[DataFile], pa.Schema]:
        """The active files and the columns at a version (the newest where none is given)."""
        known = self.opened.setdefault(f"{self.name} snapshots", {})
        number = self.version() if version is None else version
        if number not in known:
            known[number] = self._read(version)
            for old in [*known][:-KEPT_SNAPSHOTS]:
                del known[old]
        files, schema = known[number]
        return [*files], schema

    @asked_again
    def _read(self, version: int | None) -> tuple[list[DataFile], pa.Schema]:
        table = self._open(version)
        actions = pa.table(table.get_add_actions(flatten=False))
        rows = actions.select([name for name in actions.column_names if name in _READ_OF_AN_ADD]).to_pylist()
        return [_data_file(row) for row in rows], pa.schema(table.schema().to_arrow())

    def batch(self, app: str) -> int:
        """The number of the last batch committed under an app id, -1 where there is none."""
        found = self._open().transaction_version(app) if self.exists() else None
        return -1 if found is None else int(found)

    @asked_again
    def note(self, batch: int) -> dict[str, Any]:
        """What the commit of a batch noted beside its data; empty where there is no such commit."""
        for commit in self._open().history(limit=RECENT_COMMITS):
            note = json.loads(commit.get("backbeat", "{}"))
            if note.get("batch") == batch:
                return dict(note)
        return {}

    def commit(self, change: Commit, app: str) -> int:
        """Swap files in one atomic commit and return the new version. Its data files must have been written."""
        from deltalake import Schema, Transaction

        now = int(time.time() * 1000)
        adds = [_add(file, now) for file in change.adds]
        removes = [_remove(file, now) for file in change.removes]
        replaced = None if change.schema is None else Schema.from_arrow(change.schema)

        def write(table: Any, properties: Any) -> None:
            table.create_write_transaction(
                adds if replaced else adds + removes,
                mode="overwrite" if replaced else "append",
                schema=replaced or table.schema(),
                partition_by=table.metadata().partition_columns,
                commit_properties=properties,
            )

        note = {"backbeat": json.dumps({**change.note, "batch": change.batch})}
        self._once(write, note, [Transaction(app, change.batch)] if change.batch is not None else None)
        return self.catch_up()

    def replace(self, rows: pa.Table, where: str | None) -> None:
        """Put rows into the table, in place of those that match a predicate where one is given, in one commit."""
        from deltalake import write_deltalake

        mode: dict[str, Any] = {"mode": "overwrite", "predicate": where} if where else {"mode": "append"}
        self._once(lambda table, properties: write_deltalake(table, rows, commit_properties=properties, **mode), {})

    def _once(self, write: Callable[[Any, Any], None], note: dict[str, str], txn: Any = None) -> None:
        """Write one commit. One that failed may be there all the same, which is looked up; else, if the bucket's answer
        broke off, it is made again, onto the version that it was made for: Delta looks for a number that is there already,
        and for files that are gone, in later versions alone.
        """
        from deltalake import CommitProperties
        from deltalake.exceptions import DeltaError

        marked = {**note, "backbeat.commit": uuid4().hex}
        before = self._open().version()

        @asked_again
        def tried() -> None:
            try:
                write(self._open(), CommitProperties(custom_metadata=marked, app_transactions=txn))
            except (DeltaError, OSError):
                self.opened.pop(self.name, None)
                if any(marked.items() <= commit.items() for commit in self._open().history(limit=RECENT_COMMITS)):
                    return
                if self._open().version() != before:
                    raise StorageError(f"{self.uri}: somebody else has written to it; run again") from None
                raise

        tried()

    @asked_again
    def catch_up(self) -> int:
        """See what was committed since the table was opened, and return the newest version."""
        table = self._open()
        table.update_incremental()
        return int(table.version())

    def merge_small(self, files: int) -> None:
        """Merge a small table's files where there are as many as that; rows and columns stay as they are."""
        table = self._open()
        if len(table.file_uris()) >= files:
            table.optimize.compact(target_size=MERGED_BYTES, max_concurrent_tasks=1)

    def shorten_log(self, kept: str) -> None:
        """Remove the log's entries that are older than an interval such as `interval 1 hours`, up to the last checkpoint.

        Delta does not do so by itself then, since it does not know which versions are published.
        """
        table = self._open()
        wanted = {"delta.logRetentionDuration": kept, "delta.enableExpiredLogCleanup": "false"}
        if wanted.items() - table.metadata().configuration.items():
            table.alter.set_table_properties(wanted)
        table.cleanup_metadata()

    @asked_again
    def garbage(self) -> list[str]:
        """The files below the table that its newest version does not name."""
        return [*self._open().vacuum(retention_hours=0, dry_run=True, enforce_retention_duration=False, full=True)]

    def _open(self, version: int | None = None) -> Any:
        newest = self.opened.get(self.name)
        if newest is None or version not in (None, newest.version()):
            newest = self._load(version)
        if version is None:
            self.opened[self.name] = newest
        return newest

    @asked_again
    def _load(self, version: int | None) -> Any:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            return DeltaTable(self.uri, version=version)
        except (DeltaError, OSError) as error:
            raise StorageError(f"{self.uri}: the Delta table can't be opened: {first_line(error)}") from error


def statistics(rows: int, nulls: Mapping[str, int], days: Mapping[str, tuple[str, str]]) -> str:
    """What a commit says of a file, as Delta's JSON: rows, nulls by column, and the first and last day of columns."""
    low, high = ({name: ends[n] for name, ends in days.items()} for n in (0, 1))
    return json.dumps({"numRecords": rows, "minValues": low, "maxValues": high, "nullCount": dict(nulls)})


def _data_file(row: Mapping[str, Any]) -> DataFile:
    partition = {key: None if value is None else str(value) for key, value in (row.get("partition") or {}).items()}
    greatest = {name: value for name, value in (row.get("max") or {}).items() if value is not None}
    return DataFile(row["path"], partition, int(row["num_records"] or 0), int(row["size_bytes"]), greatest=greatest)


def _add(file: DataFile, now: int) -> Any:
    from deltalake.transaction import AddAction

    return AddAction(file.path, file.size, dict(file.partition), now, True, file.stats)


def _remove(file: DataFile, now: int) -> Any:
    from deltalake.transaction import RemoveAction

    return RemoveAction(file.path, True, now, file.size, dict(file.partition))
