"""What every engine can do. Texts are either Databricks SQL or `own` SQL: what `bind` gives, or written to suit both engines."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

import pyarrow as pa

from backbeat.lake.delta import DataFile, Table

Errors = tuple[type[Exception], ...]


@dataclass(frozen=True)
class RawColumn:
    """A column of raw files: `kind` is what it holds, `value`, `text` and `json` are SQL for its three forms.

    Kinds: text, integer, float, decimal, boolean, date, local (a timestamp without zone), ns (the same in
    nanoseconds), instant and instant_ns (the same in UTC), null, binary, other (nested and the rest). `type` is the
    engine's name of its type, for messages.
    """

    name: str
    kind: str
    value: str
    text: str
    json: str
    type: str = ""


class Arrivals(Protocol):
    """Files as they arrive below a folder, by path; what is not settled when the process dies comes again."""

    def arrived(self) -> list[str]:
        """Those that are not settled yet. Raises StorageError where it can't be told; it may be asked again."""

    def settle(self) -> None:
        """All of them are dealt with."""

    def close(self) -> None:
        """Nobody asks any more."""


class Engine(Protocol):
    """`values` of a call are its `:named` parameters. Tables are `layer.name`; names without a layer are kept rows."""

    errors: ClassVar[Errors]
    wrong_sql: ClassVar[Errors]
    wrong_values: ClassVar[Errors]
    not_the_files_fault: ClassVar[Errors]
    no_such_table: ClassVar[str]
    """Words that the engine's error has where a text names a table that is not there."""
    holds_windows: ClassVar[float]
    """From more windows of KPIs than so many their days are held, not read from files for each."""
    rows_at_once: ClassVar[int | None]
    """From so many rows a table of days is computed at a time; None: from all."""
    files_at_once: ClassVar[int | None]
    """So many raw files are read by one text; None: all that are alike."""

    def said(self, error: Exception) -> str:
        """What the engine says of a wrong text, in one line."""

    def version(self) -> str:
        """Name and version, and what it may use."""

    def bind(self, sql: str, values: Mapping[str, Any] | None = None) -> str:
        """Databricks SQL in the engine's own SQL, each `:name` replaced by its value as a typed literal."""

    def interrupt(self) -> None:
        """Let what another thread runs end with an error, where the engine can do so."""

    def query(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        """The answer of a SELECT in Databricks SQL."""

    def native(self, sql: str) -> pa.Table:
        """The answer of a SELECT in own SQL."""

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The answer of a small SELECT as Python values."""

    def schema(self, sql: str) -> pa.Schema:
        """The columns a SELECT (own SQL) gives, in the types Delta knows."""

    def keep(self, name: str, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Keep a SELECT's answer as a temporary table."""

    def keep_own(self, name: str, sql: str) -> None:
        """The same of a SELECT in own SQL, which may read the table that it replaces."""

    def keep_none(self, name: str, sql: str) -> None:
        """Keep a temporary table of the columns of a SELECT (own SQL) that gives no rows."""

    def drop(self, name: str) -> None:
        """Let go of a temporary table."""

    def append(self, name: str, sql: str) -> None:
        """Add a SELECT's answer (own SQL) to a temporary table, columns by name."""

    def keep_values(self, name: str, column: str, values: Sequence[str]) -> None:
        """Keep texts as a temporary table of one column."""

    def keep_numbered(self, column: str, selects: Mapping[str, str]) -> None:
        """Keep SELECTs (own SQL) as temporary tables by name, which are then joined by a column."""

    def keep_mapped(self, name: str, kept: str, mapped: Callable[[pa.Table], pa.Table], schema: pa.Schema) -> None:
        """Keep what a function makes of a temporary table's rows, some at a time, as another; its rows have `schema`.

        Where engines have several machines it runs on all of them, so it and what it holds must be picklable.
        """

    def gather(self, name: str, selects: Sequence[str]) -> None:
        """Keep the rows of many SELECTs (own SQL) as one temporary table."""

    def view(self, name: str, sql: str) -> None:
        """Let a name stand for a SELECT (own SQL)."""

    def instead(self, name: str, relation: str) -> AbstractContextManager[None]:
        """Let SQL see another relation in a table's place for as long as the block lasts."""

    def offered(self, name: str, rows: pa.Table) -> AbstractContextManager[None]:
        """Let SQL see rows of Arrow under a name for as long as the block lasts."""

    def same(self, one: str, other: str) -> bool:
        """Whether two tables of the same columns hold the same rows."""

    def show(
        self, name: str, table: Table, files: Sequence[DataFile], schema: pa.Schema, partition: str | None
    ) -> None:
        """Make files of a Delta table readable under a name, whether a commit names them or not."""

    def show_version(
        self, name: str, table: Table, version: int, dates: Collection[str] | None, partition: str | None
    ) -> None:
        """Make a version of a Delta table readable under a name, only some dates of it where they are given."""

    def write(self, sql: str, table: Table, partition: str | None) -> list[DataFile]:
        """Write the answer of a SELECT (own SQL) as new files of a table, which no commit names yet."""

    def register(self, catalog: str, tables: Sequence[Table]) -> bool:
        """Let a catalog know tables as `CATALOG.layer.name`; False where the engine reaches no catalogs.

        Raises UsageError where such a name stands for something else.
        """

    def null(self, kind: pa.DataType, name: str) -> str:
        """A null of a column's type under a name, as SQL."""

    def instant(self, time: datetime) -> str:
        """An instant as SQL."""

    def hashed(self, columns: Sequence[str]) -> str:
        """A 64-bit hash of columns, as SQL."""

    def json_names(self, column: str) -> str:
        """The names of the members of a JSON object, in order, as SQL."""

    def json_nested(self, column: str) -> str:
        """The names of those members of a JSON object that are objects or lists themselves, in order, as SQL."""

    def json_text(self, column: str, name: str) -> str:
        """A member of a JSON object as text, as SQL."""

    def describe(self, uris: Sequence[str], int96: Iterable[str] = ()) -> list[RawColumn]:
        """The columns of raw files of one schema, in file order; `int96` names those stored as INT96, which are UTC."""

    def arrivals(self, root: str, checkpoint: str, seconds: float) -> "Arrivals | None":
        """Tells of files as they arrive below a folder; None where it has to be listed."""

    def raw(self, uris: Sequence[str], width: int, paths: Sequence[str], modified: Sequence[datetime]) -> str:
        """Raw files of one schema as a FROM clause: columns c0, c1, …, then `_row`, and `_path` and `_modified` of the file."""
