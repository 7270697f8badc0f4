"""Spark: the same SQL on a cluster. Rows stay there: only answers that people read, and counts, come to the driver.

Reads tables through Delta, or by the names of few files, each at a version that is named; writes data files beside the
old ones, which the lake then commits as it commits DuckDB's (lake/delta.py). Rows that several statements read are kept
as parquet files in a scratch folder, so that a lost executor costs nothing but the time to read them again. The ledger,
which the driver writes row by row, is read there, too: by DuckDB, in milliseconds.
"""

import atexit
import math
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from typing import Any, ClassVar
from uuid import uuid4

import pyarrow as pa

from backbeat.config import Config
from backbeat.engines.duckdb import DuckDB
from backbeat.engines.engine import Errors, RawColumn
from backbeat.engines.literal import portable
from backbeat.engines.spark_catalog import register
from backbeat.engines.spark_files import data_files, spark_uri
from backbeat.engines.spark_raw import exact_names, raw_columns, raw_frame
from backbeat.engines.spark_s3 import reaching
from backbeat.engines.spark_session import is_databricks, open_session
from backbeat.engines.spark_sql import bound, often_read, parts, placed, tables_named, view_of, with_parts, words
from backbeat.engines.spark_stream import PathStream
from backbeat.engines.spark_types import arrow_schema, spark_schema, spark_type
from backbeat.errors import BackbeatError, StorageError, first_line
from backbeat.lake.delta import DataFile, Table
from backbeat.lake.storage import Store


def _errors() -> tuple[Errors, Errors]:
    """What Spark raises, and of that what a wrong text raises whatever the data."""
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import AnalysisException, ParseException, PySparkException
    except ImportError:
        return (OSError,), ()
    return (PySparkException, Py4JError, OSError), (AnalysisException, ParseException)


_ERRORS, _WRONG_SQL = _errors()

_OF_A_FILE = ("PARQUET_", "UNSUPPORTED_TIME_TYPE", "UNSUPPORTED_DATATYPE", "COLUMN_ALREADY_EXISTS", "DECIMAL_PRECISION")
"""How the conditions begin that Spark names where it can't make sense of a file's own columns."""


@contextmanager
def _as_the_files_fault() -> Iterator[None]:
    """Columns of a type that Spark does not know, or two of one name, are no wrong text of ours."""
    try:
        yield
    except _WRONG_SQL as error:
        if str(error.getCondition()).startswith(_OF_A_FILE):  # type: ignore[attr-defined]
            raise OSError(first_line(error)) from error
        raise


_LEDGER = frozenset({"ops.batches", "ops.files"})

FEW, FEW_ON_A_DISK = 32, 1000
"""So many files of a table are few, and so many folders; more files, up to where Spark looks them up with a job, on a disk."""

DICTIONARY = 2**16
"""A column's values are numbered up to so many bytes of them in a file: beyond, as with ids, that costs more than it saves."""


@dataclass
class Spark:
    """One session, with temporary views for the tables of one lake; a view is made when a text first names it."""

    errors: ClassVar[Errors] = (*_ERRORS, *DuckDB.errors)
    wrong_sql: ClassVar[Errors] = (*_WRONG_SQL, *DuckDB.wrong_sql)
    wrong_values: ClassVar[Errors] = (*_ERRORS[:1], *DuckDB.wrong_values)
    not_the_files_fault: ClassVar[Errors] = (*_WRONG_SQL, *DuckDB.not_the_files_fault)
    no_such_table: ClassVar[str] = "TABLE_OR_VIEW_NOT_FOUND"
    holds_windows: ClassVar[float] = math.inf  # each window's files are read as fast from where they are
    rows_at_once: ClassVar[int | None] = None
    files_at_once: ClassVar[int | None] = None

    _last: ClassVar["Spark | None"] = None
    """Whose views the session has: those of another lake of this process have the same names."""

    config: Config
    session: Any = field(init=False)
    _scratch: str = field(init=False, default="")
    _kept: dict[str, str] = field(default_factory=dict)
    _reads: dict[str, frozenset[str]] = field(default_factory=dict)
    _makers: dict[str, Callable[[], Any]] = field(default_factory=dict)
    _unmade: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.session = open_session(reaching(self.config))
        try:
            for function in (files("backbeat.engines") / "spark_functions.sql").read_text("utf-8").split(";\n"):
                if function.strip():
                    self.session.sql(function)
        except _ERRORS as error:
            hint = ": it lacks Delta's jars, name them in `[spark] packages`" if "DeltaCatalog" in str(error) else ""
            raise StorageError(f"{self.version()} can't be worked with{hint or f': {self.said(error)}'}") from error

    def said(self, error: Exception) -> str:
        """What Spark says of a wrong text, without its class, state and plan; or the ledger's DuckDB."""
        if isinstance(error, DuckDB.wrong_sql):
            return self.ledger.said(error)
        said = str(error).split(" SQLSTATE")[0].strip().splitlines()[0]
        return said.partition("] ")[2].rstrip(". ") or said

    def interrupt(self) -> None:
        return  # A job that others share is left to end.

    def version(self) -> str:
        return f"Spark {self.session.version} on {self.config.spark.remote or self.config.spark.master}"

    def bind(self, sql: str, values: Mapping[str, Any] | None = None) -> str:
        return bound(sql, values or {})

    @cached_property
    def ledger(self) -> DuckDB:
        """What reads the ledger."""
        return DuckDB(self.config)

    def query(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        if (tables := tables_named(sql)) and tables <= _LEDGER and "`" not in sql:
            return self.ledger.query(sql, values)
        return self.native(bound(sql, values or {}))

    def native(self, sql: str) -> pa.Table:
        frame = self._frame(sql)
        return frame.toArrow().cast(arrow_schema(frame.schema))

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        return list(self.query(sql, values).to_pylist())

    def schema(self, sql: str) -> pa.Schema:
        return arrow_schema(self._frame(sql).schema)

    def keep(self, name: str, sql: str, values: Mapping[str, Any] | None = None) -> None:
        self.keep_own(name, bound(sql, values or {}))

    def keep_own(self, name: str, sql: str) -> None:
        """Rows are written before the name stands for them, so that the text may read what it replaces."""
        self._store(name, [self._frame(sql)])

    def keep_none(self, name: str, sql: str) -> None:
        """No file is written: a folder is there for what may be added."""
        self._show_answer(name, sql)
        self._kept[name] = self._folder_of(name)

    def drop(self, name: str) -> None:
        self.session.catalog.dropTempView(name)
        self._kept.pop(name, None)
        self._note_reading(name, frozenset())

    def append(self, name: str, sql: str) -> None:
        schema = self.session.table(name).schema
        with exact_names(self.session):
            self._frame(sql).select(*schema.names).write.mode("append").parquet(spark_uri(self._kept[name]))
        self._read_kept(name, self._kept[name], schema)

    def keep_values(self, name: str, column: str, values: Sequence[str]) -> None:
        rows = pa.table({column: pa.array(list(values), pa.string())})
        self._store(name, [self.session.createDataFrame(rows)])

    def keep_numbered(self, column: str, selects: Mapping[str, str]) -> None:  # noqa: ARG002
        """Texts are joined as they are: a number for each would cost a sort of all of them."""
        for name, sql in selects.items():
            self.keep_own(name, sql)

    def keep_mapped(self, name: str, kept: str, mapped: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> None:
        def of_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                if batch.num_rows:
                    yield from mapped(pa.Table.from_batches([batch])).to_batches()

        self._store(name, [self.session.table(kept).mapInArrow(of_partition, spark_schema(schema))])

    def gather(self, name: str, selects: Sequence[str]) -> None:
        self._store(name, (frame for sql in selects for frame in self._with_parts_kept(sql)))

    def view(self, name: str, sql: str) -> None:
        shown = view_of(name)
        self._show_answer(shown, sql)
        self._makers.pop(shown, None)
        self._unmade.discard(shown)

    @contextmanager
    def instead(self, name: str, relation: str) -> Iterator[None]:
        """Over Spark Connect a frame names the views it reads, so what is no file is set aside under another name."""
        shown, aside = view_of(name), f"{view_of(name)}_{uuid4().hex[:8]}"
        maker = self._makers.get(shown)
        if not maker:
            self._show_answer(aside, f"select * from {name}")
        self.view(name, f"select * from {relation}")
        try:
            yield
        finally:
            if maker:
                self._promise(name, maker)
            else:
                self.view(name, f"select * from {aside}")
                self.drop(aside)

    @contextmanager
    def offered(self, name: str, rows: pa.Table) -> Iterator[None]:
        # Of a table in several pieces Spark takes those up to an empty one, and says nothing.
        frame = self.session.createDataFrame(rows.combine_chunks(), schema=spark_schema(rows.schema))
        frame.createOrReplaceTempView(name)
        yield
        self.session.catalog.dropTempView(name)

    def same(self, one: str, other: str) -> bool:
        left, right = self._frame(f"select * from {one}"), self._frame(f"select * from {other}")
        return bool(left.exceptAll(right).isEmpty() and right.exceptAll(left).isEmpty())

    def show(
        self, name: str, table: Table, files: Sequence[DataFile], schema: pa.Schema, partition: str | None
    ) -> None:
        self._promise(name, lambda: self._of_files(table, files, schema, partition))

    def show_version(
        self, name: str, table: Table, version: int, dates: Collection[str] | None, partition: str | None
    ) -> None:
        if name in _LEDGER:
            self.ledger.show_version(name, table, version, dates, partition)

        def frame() -> Any:
            files, schema = table.snapshot(version)
            wanted = files if dates is None or not partition else [f for f in files if f.partition[partition] in dates]
            if are_few(wanted, table.store):
                return self._of_files(table, wanted, schema, partition)
            rows = self.session.read.format("delta").option("versionAsOf", version).load(spark_uri(table.uri))
            if dates is None or not partition:
                return rows
            listed = ", ".join(f"date '{day}'" for day in sorted(dates))
            return rows.where(f"{partition} in ({listed})")

        self._promise(name, frame)

    def write(self, sql: str, table: Table, partition: str | None) -> list[DataFile]:
        frame, folder = self._frame(sql), f"part-{uuid4()}"
        frame = frame.repartition(partition) if partition else frame.coalesce(self.config.spark.shuffle_partitions)
        writer = frame.write.option("compression", "zstd").option("parquet.dictionary.page.size", DICTIONARY)
        writer = writer.partitionBy(partition) if partition else writer
        writer.parquet(f"{spark_uri(table.uri)}/{folder}")
        return data_files(table, folder)

    def register(self, catalog: str, tables: Sequence[Table]) -> bool:
        register(self.session, catalog, tables)
        return True

    def null(self, kind: pa.DataType, name: str) -> str:
        return f"cast(null as {spark_type(kind).simpleString()}) as `{name}`"

    def instant(self, time: datetime) -> str:
        return f"timestamp '{time.isoformat(sep=' ')}'"

    def hashed(self, columns: Sequence[str]) -> str:
        return f"xxhash64({', '.join(columns)})"

    def json_names(self, column: str) -> str:
        return f"json_object_keys({column})"

    def json_nested(self, column: str) -> str:
        is_nested = "schema_of_variant(v) like 'OBJECT%' or schema_of_variant(v) like 'ARRAY%'"
        return f"map_keys(map_filter(from_json({column}, 'map<string,variant>'), (k, v) -> {is_nested}))"

    def json_text(self, column: str, name: str) -> str:
        return f"element_at(from_json({column}, 'map<string,string>'), {portable(name)})"

    def describe(self, uris: Sequence[str], int96: Iterable[str] = ()) -> list[RawColumn]:
        return raw_columns(uris[0], set(int96))

    def arrivals(self, root: str, checkpoint: str, seconds: float) -> PathStream | None:
        """None where a stream can tell nothing: over Spark Connect its batches run far from here; a root may be a pattern."""
        is_connect = type(self.session).__module__.startswith("pyspark.sql.connect")
        return (
            None if is_connect or set(root) & set("*?[]{}\\") else PathStream(self.session, root, checkpoint, seconds)
        )

    def raw(self, uris: Sequence[str], width: int, paths: Sequence[str], modified: Sequence[datetime]) -> str:  # noqa: ARG002
        with exact_names(self.session), _as_the_files_fault():
            raw_frame(self.session, uris, paths, modified).createOrReplaceTempView("raw_rows")
        return "raw_rows as raw"

    def _frame(self, sql: str) -> Any:
        text = placed(sql)
        if Spark._last is not self:
            Spark._last = self
            self._unmade |= self._makers.keys()
        for name in self._unmade & words(text):
            self._makers[name]().createOrReplaceTempView(name)
            self._unmade.discard(name)
        return self.session.sql(text)

    def _with_parts_kept(self, sql: str) -> Iterator[Any]:
        """The text's frame; those of its parts that are read often are kept under their names until the next is asked for."""
        named, rest = parts(sql)
        often = [*often_read(named, rest)]
        left: dict[str, str] = {}
        for name, text in named.items():
            if name in often:
                self.keep_own(name, with_parts(left, text))
            else:
                left[name] = text
        yield self._frame(with_parts(left, rest))
        for name in often:
            self.drop(name)

    def _promise(self, name: str, maker: Callable[[], Any]) -> None:
        """Let a table's name stand for rows that are looked up when a text first names it."""
        self._makers[view_of(name)] = maker
        self._unmade.add(view_of(name))
        self._note_reading(view_of(name), frozenset())

    def _of_files(self, table: Table, files: Sequence[DataFile], schema: pa.Schema, partition: str | None) -> Any:
        wanted = spark_schema(schema)
        folders = sorted(_by_folder(files).items())
        frames = [self._of_folder(table, inside, wanted, partition, base) for base, inside in folders]
        return _union(frames) if frames else self.session.createDataFrame([], wanted)

    def _of_folder(self, table: Table, files: Sequence[DataFile], schema: Any, partition: str | None, base: str) -> Any:
        uris = [f"{spark_uri(table.uri)}/{file.path}" for file in files]
        reader = self.session.read.schema(schema).option("__globPaths__", "false")
        reader = reader.option("basePath", f"{spark_uri(table.uri)}/{base}".rstrip("/")) if partition else reader
        return reader.parquet(*uris).select(*schema.names)

    def _store(self, name: str, frames: Iterable[Any]) -> None:
        """Each frame is looked at only until the next is asked for: over Spark Connect its schema is not known before."""
        folder = self._folder_of(name)
        for frame in frames:
            frame.write.mode("append").parquet(spark_uri(folder))
            schema = frame.schema
        self._read_kept(name, folder, schema)

    def _read_kept(self, name: str, folder: str, schema: Any) -> None:
        self._kept[name] = folder
        self.session.read.schema(schema).parquet(spark_uri(folder)).createOrReplaceTempView(name)
        self._note_reading(name, frozenset({folder}))

    def _show_answer(self, view: str, sql: str) -> None:
        """A view reads the files that the names of its text stand for now, whatever these stand for later."""
        self._frame(sql).createOrReplaceTempView(view)
        named = words(placed(sql)) & self._reads.keys()
        self._note_reading(view, frozenset().union(*(self._reads[each] for each in named)))

    def _note_reading(self, view: str, folders: frozenset[str]) -> None:
        """From now on a view reads these folders of kept rows; those that no view reads any more go."""
        before = self._reads.pop(view, frozenset())
        if folders:
            self._reads[view] = folders
        for folder in before.difference(*self._reads.values()):
            _clear(Store(folder))

    def _folder_of(self, name: str) -> str:
        """Where rows of a name may be kept that are not there yet."""
        return f"{self._scratch_folder()}/{name}-{uuid4().hex[:8]}"

    def _scratch_folder(self) -> str:
        """On one machine a folder of its own; a cluster needs one that all its machines see."""
        if not self._scratch:
            self._scratch = self._new_scratch()
        return self._scratch

    def _new_scratch(self) -> str:
        given, is_here = self.config.spark.scratch, self.config.spark.master.startswith("local") and not is_databricks()
        if given or not is_here or self.config.spark.remote:
            folder = f"{given or Store(self.config.lake).uri('_scratch')}/{uuid4().hex[:8]}"
        else:
            folder = tempfile.mkdtemp(prefix="backbeat-spark-")
        atexit.register(_clear, Store(folder))
        return folder


def are_few(files: Sequence[DataFile], store: Store) -> bool:
    """Whether a table is read by its files' names: Delta would look at its log with jobs of its own, for each text anew.

    Each folder, and so each commit of Spark's, is a part of every plan that reads the table; in a bucket each name costs a
    request or two.
    """
    if len(files) <= FEW:
        return True
    return store.is_local and len(files) <= FEW_ON_A_DISK and len(_by_folder(files)) <= FEW


def _clear(store: Store) -> None:
    """Remove all that lies in a folder; what can't be removed is left."""
    if store.is_local:
        shutil.rmtree(store.root, ignore_errors=True)
        return
    with suppress(BackbeatError):
        for entry in store.entries():
            store.delete(entry.path)


def _by_folder(files: Iterable[DataFile]) -> dict[str, list[DataFile]]:
    """The files by the folder, seen from the table, in which their partition folders begin."""
    found: dict[str, list[DataFile]] = {}
    for file in files:
        base = "/".join(part for part in file.path.split("/")[:-1] if "=" not in part)
        found.setdefault(base, []).append(file)
    return found


def _union(frames: Sequence[Any]) -> Any:
    first, *rest = frames
    for frame in rest:
        first = first.unionByName(frame)
    return first
