"""An opened lake: its tables, the engine that reads them, and which versions are shown."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from backbeat import content
from backbeat.config import Config
from backbeat.engines import Engine, open_engine
from backbeat.errors import StorageError, UsageError, first_line
from backbeat.lake import schemas
from backbeat.lake.delta import Commit, DataFile, Table
from backbeat.lake.storage import Store

_T = TypeVar("_T")
_WRITTEN = schemas.OPS | schemas.WRITTEN


@dataclass
class Lakehouse:
    """A lake and its engine. Tables are named `layer.table`; what SQL sees of one is what `show` showed last.

    `holds_keys`: this process will take many batches, so that it is worth keeping hashes of silver's keys in memory.
    `watched_at` and `firing` are of the last look at alerts: the windows it saw, and how many then fired. `is_behind`:
    there are files that this process has seen and not taken yet.
    """

    config: Config
    holds_keys: bool = False
    engine: Engine = field(init=False)
    watched_at: tuple[int, ...] | None = None
    firing: int = 0
    is_behind: bool = False
    _shown: dict[str, tuple[int, Collection[str] | None]] = field(default_factory=dict)
    _opened: dict[str, Any] = field(default_factory=dict)
    _held: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _demand_path(self.store)
        self.engine = open_engine(self.config)

    @cached_property
    def store(self) -> Store:
        return Store(self.config.lake)

    @cached_property
    def app(self) -> str:
        """The lake's id, under which batches are committed: the id of its ops.batches table."""
        return self.table("ops.batches").id()

    def table(self, name: str) -> Table:
        return Table(self.store, name, self._opened)

    def refresh(self) -> None:
        """See what others have committed since."""
        self._opened.clear()

    def catch_up(self, names: Iterable[str] = ("ops.batches",)) -> None:
        """The same at less cost, for who asks again and again, where whatever others write moves one of these tables."""
        mine = [self.table(name) for name in names if name in self._opened]
        before = [table.version() for table in mine]
        if [table.catch_up() for table in mine] != before:
            self.refresh()

    def exists(self) -> bool:
        return self.table("ops.batches").exists()

    def create(self) -> None:
        """Make the tables that are no SELECT, silver, ops and those of models, where they are not there yet."""
        for name, schema in _WRITTEN.items():
            self.table(name).create(schema, self.partition(name))
        for name, source in content.sources().items():
            self.table(f"silver.{name}").create(schemas.silver(source), source.partition_column)
            self._demand_columns(name, schemas.silver(source).names)

    def _demand_columns(self, source: str, wanted: Sequence[str]) -> None:
        """Raise UsageError where silver was made for other columns: what older files had in new ones lies in _rescued."""
        table = self.table(f"silver.{source}")
        found = table.schema().names
        if found != wanted:
            other = ", ".join(sorted({*wanted} ^ {*found})) or "the order"
            raise UsageError(
                f"{table.uri} was made when lakehouse/sources/{source}.yml had other columns ({other}): "
                "change the file back, or make a new lake from raw with `backbeat run --lake …`"
            )

    def partition(self, name: str) -> str | None:
        """The date column that a table is partitioned by."""
        layer, _, short = name.partition(".")
        if layer == "silver":
            return content.sources()[short].partition_column
        return content.tables()[short].partition if layer == "gold" and short in content.tables() else None

    def show(self, name: str, version: int | None = None, dates: Collection[str] | None = None) -> None:
        """Let SQL see a table at a version (the newest), only those dates of it where some are given."""
        table = self.table(name)
        wanted = (table.version() if version is None else version, dates)
        if self._shown.get(name) != wanted:
            self.engine.show_version(name, table, *wanted, self.partition(name))
            self._shown[name] = wanted

    def shown_files(self, name: str) -> list[DataFile]:
        """The files of a table at the version that SQL sees; it must be shown by `show`."""
        return self.table(name).files(self._shown[name][0])

    def show_apart(self, view: str, name: str, files: Sequence[DataFile]) -> None:
        """Let SQL see just these files of a table under a name of their own; what the table is shown as stays."""
        table = self.table(name)
        self.engine.show(view, table, files, table.schema(), self.partition(name))

    def remembered(self, name: str, read: Callable[[], _T]) -> _T:
        """What was read of the newest version of a table, read anew where that has moved on."""
        version, key = self.table(name).version(), f"{name} read"
        if self._opened.get(key, (None,))[0] != version:
            self._opened[key] = (version, read())
        found: _T = self._opened[key][1]
        return found

    def show_files(self, name: str, files: Sequence[DataFile], schema: pa.Schema) -> None:
        """Let SQL see just these files of a table, committed or not."""
        self._shown.pop(name, None)
        self.engine.show(name, self.table(name), files, schema, self.partition(name))

    def stand_in(self, name: str, relation: str) -> None:
        """Let SQL see another relation in a table's place."""
        self._shown.pop(name, None)
        self.engine.view(name, f"select * from {relation}")

    def instead(self, name: str, relation: str) -> AbstractContextManager[None]:
        """Let SQL see another relation in a table's place for as long as the block lasts."""
        return self.engine.instead(name, relation)

    def hold(self, name: str, columns: Sequence[str]) -> None:
        """Keep the shown rows of a table in memory, only those columns, for texts that read it many times."""
        self.engine.keep_own(_held(name), f"select {', '.join(columns)} from {name}")
        self.stand_in(name, _held(name))

    def hold_more(self, held: str, name: str, columns: str) -> None:
        """Keep columns of a table's rows in memory; those of files that came since the last time are added.

        What files held that have gone since stays, until it is half of what is kept.
        """
        files = self.table(name).files()
        kept = self._held.get(held, {})
        new = [file for file in files if file.path not in kept]
        if sum(kept.values()) + _rows(new) > 2 * _rows(files):
            self.hold_no_more(held)
            kept, new = {}, files
        self.show_apart("not_held", name, new)
        select = f"select {columns} from not_held"
        if held not in self._held:
            self.engine.keep_own(held, select)
        elif new:
            self.engine.append(held, select)
        self._held[held] = kept | {file.path: file.rows for file in new}

    def hold_no_more(self, held: str) -> None:
        """Let go of what `hold_more` keeps, if it keeps anything."""
        if self._held.pop(held, None) is not None:
            self.engine.drop(held)

    def hold_customers(self, names: Iterable[str]) -> None:
        """Keep the shown rows of tables with a customer_id in memory, without lineage, customers numbered."""
        columns = {name: [column for column in self.table(name).schema().names if column[0] != "_"] for name in names}
        selects = {_numbered(name): f"select {', '.join(listed)} from {name}" for name, listed in columns.items()}
        self.engine.keep_numbered("customer_id", selects)
        for name in columns:
            self.stand_in(name, _numbered(name))

    def show_all(self, versions: Mapping[str, int] | None = None, only: Collection[str] | None = None) -> None:
        """Let SQL see every table there is (of `only` some), at the given versions or the newest.

        A lake that is older than a table that is no SELECT shows it empty.
        """
        for name in self.names() if only is None else only:
            if name in (versions or {}) or self.table(name).exists():
                self.show(name, (versions or {}).get(name))
            elif name in _WRITTEN:
                self.show_files(name, (), _WRITTEN[name])

    def versions(self, names: Iterable[str]) -> dict[str, int]:
        """The versions that SQL sees, the newest of what it does not."""
        return {name: self._shown[name][0] if name in self._shown else self.table(name).version() for name in names}

    def names(self) -> list[str]:
        """Every table a lake has: silver, gold, ops."""
        silver = [f"silver.{name}" for name in content.sources()]
        return [*silver, *(f"gold.{name}" for name in content.tables()), *schemas.OPS]

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """A small answer as Python values; engine errors become StorageError."""
        return list(self.arrow(sql, **values).to_pylist())

    def arrow(self, sql: str, **values: Any) -> pa.Table:
        """An answer as an Arrow table."""
        with self.engine_errors_as_ours():
            return self.engine.query(sql, values)

    def ask(self, query: str) -> pa.Table:
        """The answer of somebody's own SELECT; raises UsageError for names that are not there."""
        with self.engine_errors_as_ours():
            try:
                return self.engine.query(query)
            except self.engine.wrong_sql as error:
                is_missing = self.engine.no_such_table in str(error)
                there = f"; there are {', '.join(self.names())}" if is_missing else ""
                raise UsageError(f"{self.engine.said(error)}{there}") from error
            except self.engine.wrong_values as error:
                raise UsageError(first_line(error)) from error

    def stage(self, name: str, sql: str) -> list[DataFile]:
        """Write the answer of a SELECT (the engine's own SQL) as files of a table, not yet part of it."""
        with self.engine_errors_as_ours():
            return self.engine.write(sql, self.table(name), self.partition(name))

    def replace(self, name: str, rows: Sequence[Mapping[str, Any]], where: str | None) -> None:
        """Put rows into a small table that is no SELECT, in place of those that match a predicate where one is given.

        In one commit.
        """
        data = pa.Table.from_pylist([dict(row) for row in rows], schema=_WRITTEN[name])
        self.table(name).replace(data, where)

    def commit(self, name: str, change: Commit) -> int:
        """Commit to a table in the lake's name and return the new version."""
        return self.table(name).commit(change, self.app)

    @contextmanager
    def engine_errors_as_ours(self) -> Iterator[None]:
        """Turn what the engine and delta-rs raise into StorageError."""
        from deltalake.exceptions import DeltaError

        raised: tuple[type[Exception], ...] = (DeltaError, *self.engine.errors)
        try:
            yield
        except raised as error:
            raise StorageError(f"the engine failed: {first_line(error)}") from error


def _demand_path(store: Store) -> None:
    """Raise UsageError for a folder whose path delta-rs would take for another."""
    if store.is_local and (wrong := re.search(r"[\[\]%\\|^\n]", Path(store.uri()).as_posix())):
        raise UsageError(
            f"{store.uri()}: a lake can't lie in a path with {wrong[0]!r} in it, which delta-rs does not find again: "
            "name another folder, such as `--lake lake`"
        )


def _rows(files: Iterable[DataFile]) -> int:
    return sum(file.rows for file in files)


def _held(name: str) -> str:
    return f"held_{name.replace('.', '_')}"


def _numbered(name: str) -> str:
    return f"numbered_{name.replace('.', '_')}"
