"""DuckDB: one process, no JVM. Reads the active parquet files of Delta tables and writes new ones beside them."""

import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any, ClassVar
from uuid import uuid4

import duckdb
import pyarrow as pa

from backbeat.config import Config
from backbeat.engines.dialect import LAYERS, to_duckdb
from backbeat.engines.duckdb_raw import raw_column
from backbeat.engines.engine import Errors, RawColumn
from backbeat.engines.literal import literal
from backbeat.lake.delta import DataFile, Table, statistics
from backbeat.lake.storage import Store, fsspec_filesystem

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
GATHERED_AT_ONCE = 16
MAPPED_AT_ONCE = 100_000
DICTIONARY = 8_000
"""A column with more values than this in a row group (122,880 rows) is written without a dictionary.

DuckDB would try for a fifth of the rows: looking for ids, which hardly repeat, takes a fifth of the time and saves nothing.
"""
_WRONG_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


@dataclass
class DuckDB:
    """One connection."""

    errors: ClassVar[Errors] = (duckdb.Error, OSError)
    wrong_sql: ClassVar[Errors] = _WRONG_SQL
    wrong_values: ClassVar[Errors] = (
        duckdb.ConversionException,
        duckdb.OutOfRangeException,
        duckdb.InvalidInputException,
    )
    not_the_files_fault: ClassVar[Errors] = (*_WRONG_SQL, duckdb.OutOfMemoryException)
    no_such_table: ClassVar[str] = "Table with name"
    holds_windows: ClassVar[float] = 6
    rows_at_once: ClassVar[int | None] = 4_000_000
    files_at_once: ClassVar[int | None] = 1_000  # the names of all of them are copied for each file's rows

    config: Config
    connection: duckdb.DuckDBPyConnection = field(init=False)
    _filesystems: set[str] = field(default_factory=set)
    _numberings: int = 0
    _dropped_numberings: int = 0

    def __post_init__(self) -> None:
        self.connection = duckdb.connect()
        self.execute(f"set TimeZone = 'UTC'; set memory_limit = '{self.config.memory_limit}'")
        self.execute(f"set temp_directory = '{tempfile.gettempdir()}/backbeat-{uuid4().hex[:8]}'")
        self.execute("attach ':memory:' as compressed (compress)")
        self.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
        if self.config.threads:
            self.execute(f"set threads = {self.config.threads}")
        self.execute((files("backbeat.engines") / "duckdb_macros.sql").read_text("utf-8"))
        for layer in ("silver", "gold", "ops"):
            self.execute(f"create schema {layer}")

    def said(self, error: Exception) -> str:
        """What DuckDB says of a wrong text, with its hint: `… not found in FROM clause; candidate bindings: …`."""
        lines = [line.strip() for line in str(error).splitlines()[:3] if line.strip()]
        message = re.sub(r"^[A-Za-z ]+ Error: ", "", lines[0]).rstrip("!.")
        hint = next((line for line in lines[1:] if line.startswith(("Candidate bindings", "Did you mean"))), "")
        return f"{message}; {hint[0].lower()}{hint[1:].replace(': :', ':')}" if hint else message

    def version(self) -> str:
        return f"DuckDB {duckdb.__version__}, memory limit {self.config.memory_limit}"

    def bind(self, sql: str, values: Mapping[str, Any] | None = None) -> str:
        return to_duckdb(sql, values)

    def interrupt(self) -> None:
        self.connection.interrupt()

    def execute(self, sql: str) -> None:
        """Run statements in DuckDB's own SQL."""
        self.connection.execute(sql)

    def query(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        return self.native(to_duckdb(sql, values))

    def native(self, sql: str) -> pa.Table:
        """The answer of a SELECT in DuckDB's own SQL."""
        return self.connection.sql(sql).to_arrow_table()

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        return list(self.query(sql, values).to_pylist())

    def schema(self, sql: str) -> pa.Schema:
        """The columns a SELECT (DuckDB's own SQL) gives, in the types Delta knows."""
        found = self.connection.sql(f"select * from ({sql}) limit 0").to_arrow_table().schema
        return pa.schema([pa.field(field.name, _delta_type(field.type)) for field in found])

    def keep(self, name: str, sql: str, values: Mapping[str, Any] | None = None) -> None:
        self.keep_own(name, to_duckdb(sql, values))

    def keep_own(self, name: str, sql: str) -> None:
        self.execute(f"create or replace temp table {name} as {sql}")

    def keep_none(self, name: str, sql: str) -> None:
        self.keep_own(name, sql)

    def drop(self, name: str) -> None:
        self.execute(f"drop table {name}")

    def append(self, name: str, sql: str) -> None:
        self.execute(f"insert into {name} by name {sql}")

    def view(self, name: str, sql: str) -> None:
        self.execute(f"create or replace {'' if '.' in name else 'temp '}view {name} as {sql}")

    @contextmanager
    def instead(self, name: str, relation: str) -> Iterator[None]:
        layer, _, short = name.partition(".")
        self.execute(f"alter view {name} rename to {short}_aside; create view {name} as select * from {relation}")
        try:
            yield
        finally:
            self.execute(f"drop view {name}; alter view {layer}.{short}_aside rename to {short}")

    def keep_values(self, name: str, column: str, values: Sequence[str]) -> None:
        listed = f"select unnest(cast(? as varchar[])) as {column}"
        self.connection.execute(f"create or replace temp table {name} as {listed}", [list(values)])

    @contextmanager
    def offered(self, name: str, rows: pa.Table) -> Iterator[None]:
        self.connection.register(name, rows)
        try:
            yield
        finally:
            self.connection.unregister(name)

    def keep_numbered(self, column: str, selects: Mapping[str, str]) -> None:
        """Keep SELECTs (DuckDB's own SQL) as temporary tables by name, with the texts of one column numbered.

        The numbers are an enum's, so that texts about the column stay as they are; joins by it take a sixth of the time.
        DuckDB compresses what is in memory only where it is told to, and that takes a seventh of the room.
        """
        self._numberings += 1
        every = " union ".join(f"select {column} from ({sql})" for sql in selects.values())
        numbered = f"{column}_{self._numberings}"
        self.execute(f"create type {numbered} as enum (select {column} from ({every}) order by {column})")
        for name, sql in selects.items():
            replaced = f"select * replace (cast({column} as {numbered}) as {column}) from ({sql})"
            self.execute(f"create or replace table compressed.{name} as {replaced}")
            self.execute(f"create or replace temp view {name} as select * from compressed.{name}")
        for older in range(self._dropped_numberings, self._numberings):
            self.execute(f"drop type if exists {column}_{older}")
        self._dropped_numberings = self._numberings
        self.execute("checkpoint compressed")

    def keep_mapped(self, name: str, kept: str, mapped: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> None:
        self.execute(f"create or replace temp table {name} as {_nothing(schema)}")
        total = self.native(f"select count(*) as n from {kept}")["n"][0].as_py()
        for first in range(0, total, MAPPED_AT_ONCE):
            rows = self.native(f"select * from {kept} where rowid >= {first} and rowid < {first + MAPPED_AT_ONCE}")
            with self.offered("mapped_rows", mapped(rows)):
                self.append(name, "select * from mapped_rows")

    def gather(self, name: str, selects: Sequence[str]) -> None:
        """Keep the rows of many SELECTs (DuckDB's own SQL) as one temporary table, some at a time."""
        self.execute(f"create or replace temp table {name} as select * from ({selects[0]}) limit 0")
        for begin in range(0, len(selects), GATHERED_AT_ONCE):
            union = " union all ".join(f"select * from ({sql})" for sql in selects[begin : begin + GATHERED_AT_ONCE])
            self.execute(f"insert into {name} {union}")

    def same(self, one: str, other: str) -> bool:
        sides = f"(from {one} except all from {other}) union all (from {other} except all from {one})"
        return len(self.native(f"select 1 as x from ({sides}) limit 1")) == 0

    def show(
        self, name: str, table: Table, files: Sequence[DataFile], schema: pa.Schema, partition: str | None
    ) -> None:
        """Make a set of a Delta table's files readable under a name such as `silver.sessions`."""
        if not files:
            self.execute(f"create or replace view {name} as {_nothing(schema)}")
            return
        self._reach(table.uri)
        columns = ", ".join(f'"{column}"' for column in schema.names)
        self.execute(f"create or replace view {name} as select {columns} from {_parquet(table, files, partition)}")

    def show_version(
        self, name: str, table: Table, version: int, dates: Collection[str] | None, partition: str | None
    ) -> None:
        """As files, which DuckDB reads twice as fast as it reads through Delta."""
        found, schema = table.snapshot(version)
        kept = found if dates is None or not partition else [f for f in found if f.partition[partition] in dates]
        self.show(name, table, kept, schema, partition)

    def register(self, catalog: str, tables: Sequence[Table]) -> bool:  # noqa: ARG002
        return False

    def null(self, kind: pa.DataType, name: str) -> str:
        return _null(kind, name)

    def instant(self, time: datetime) -> str:
        return f"timestamptz '{time.isoformat()}'"

    def hashed(self, columns: Sequence[str]) -> str:
        return f"hash({', '.join(columns)})"

    def json_names(self, column: str) -> str:
        return f"json_keys({column})"

    def json_nested(self, column: str) -> str:
        pointer = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"
        return f"list_filter(json_keys({column}), lambda k: json_type({column}, {pointer}) in ('OBJECT', 'ARRAY'))"

    def json_text(self, column: str, name: str) -> str:
        pointer = name.replace("~", "~0").replace("/", "~1")
        return f"{column} ->> {literal(f'/{pointer}')}"

    def write(self, sql: str, table: Table, partition: str | None) -> list[DataFile]:
        """Write the answer of a SELECT (DuckDB's own SQL) as new files of a table, which no commit names yet."""
        self._reach(table.uri)
        options = "format parquet, compression zstd, compression_level 1, return_stats, filename_pattern 'part-{uuid}'"
        options += f", dictionary_size_limit {DICTIONARY}"
        target = table.uri
        if partition:
            options += f", partition_by ({partition}), append"
        else:
            options = options.replace("filename_pattern 'part-{uuid}'", "per_thread_output false")
            target = f"{table.uri}/part-{uuid4()}.parquet"
        written = self.native(f"copy ({sql}) to {literal(target)} ({options})").to_pylist()
        return [_written(row, table.uri) for row in written if row["count"]]

    def describe(self, uris: Sequence[str], int96: Iterable[str] = ()) -> list[RawColumn]:
        """The columns of raw files of one schema, in file order; `int96` names those stored as INT96, which are UTC."""
        self._reach(uris[0])
        relation = self.connection.sql(f"select * from {_raw(uris[:1])}")
        utc = set(int96)
        pairs = zip(relation.columns, relation.types, strict=True)
        return [raw_column(f"c{i}", name, kind, name in utc) for i, (name, kind) in enumerate(pairs)]

    def arrivals(self, root: str, checkpoint: str, seconds: float) -> None:  # noqa: ARG002
        return None

    def raw(self, uris: Sequence[str], width: int, paths: Sequence[str], modified: Sequence[datetime]) -> str:
        """Raw files of one schema as a FROM clause: columns c0, c1, …, then `_row`, and `_path` and `_modified` of the file."""
        names = ", ".join(f"c{i}" for i in range(width))
        listed = ", ".join(literal(path) for path in paths)
        times = ", ".join(f"timestamptz '{time.isoformat()}'" for time in modified)
        file = "cast(file_index as bigint) + 1"
        lineage = f"file_row_number as _row, [{listed}][{file}] as _path, [{times}][{file}] as _modified"
        return f"(select *, {lineage} from {_raw(uris)} as raw({names})) as raw"

    def _reach(self, uri: str) -> None:
        scheme = uri.partition("://")[0] if "://" in uri else ""
        if not scheme or scheme in self._filesystems:
            return
        tables = tuple(f"{Store(self.config.lake).uri(layer)}/" for layer in LAYERS)
        self.connection.register_filesystem(fsspec_filesystem(scheme, tables))
        self._filesystems.add(scheme)


def _parquet(table: Table, files: Sequence[DataFile], partition: str | None) -> str:
    root = table.uri
    uris = ", ".join(_file(f"{root}/{file.path}") for file in files)
    hive = (
        f"hive_partitioning = true, hive_types = {{'{partition}': date}}" if partition else "hive_partitioning = false"
    )
    return f"read_parquet([{uris}], {hive})"


def _nothing(schema: pa.Schema) -> str:
    return f"select {', '.join(_null(field.type, field.name) for field in schema)} where false"


def _delta_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC")
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind


def _null(kind: pa.DataType, name: str) -> str:
    return f'cast(null as {_type(kind)}) as "{name}"'


def _type(kind: pa.DataType) -> str:
    """DuckDB's name of a silver, gold or ops column's type."""
    if pa.types.is_list(kind):
        return f"{_type(kind.value_type)}[]"
    if pa.types.is_timestamp(kind):
        return "timestamptz"
    names = {
        "string": "varchar",
        "int64": "bigint",
        "int32": "integer",
        "double": "double",
        "date32[day]": "date",
        "bool": "boolean",
    }
    return names[str(kind)]


def _raw(uris: Sequence[str]) -> str:
    listed = ", ".join(_file(uri) for uri in uris)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = false)"


def _file(uri: str) -> str:
    """The one file of that name, as SQL: on a disk DuckDB takes a name for a pattern, also where such a file is there."""
    return literal(uri if "://" in uri else re.sub(r"[*?\[]", r"[\g<0>]", uri))


def _written(row: Mapping[str, Any], root: str) -> DataFile:
    partition = {_bare(key): value for key, value in row["partition_keys"] or []}
    path = row["filename"].removeprefix(root).lstrip("/")
    stats = _stats(row["count"], dict(row["column_statistics"]))
    return DataFile(path, partition, row["count"], row["file_size_bytes"], stats)


def _stats(count: int, columns: Mapping[str, Any]) -> str:
    """Delta's statistics of a file: of days are the ends of columns that look like days."""
    known = {_bare(name): dict(values) for name, values in columns.items() if "." not in name}
    nulls = {name: int(values.get("null_count", 0)) for name, values in known.items()}
    ends = {name: (values.get("min", ""), values.get("max", "")) for name, values in known.items()}
    return statistics(count, nulls, {name: days for name, days in ends.items() if all(map(_DAY.fullmatch, days))})


def _bare(name: str) -> str:
    return name.strip('"')
