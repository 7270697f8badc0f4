"""Which raw files there are, what is in them, and which of them the ledger has not seen."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from backbeat import content
from backbeat.errors import first_line
from backbeat.lake.ledger import FileRecord
from backbeat.lake.storage import Entry, Store, fsspec_filesystem

_NO_FOOTER = (pa.ArrowException, OSError, ValueError)
_MAY_BE_HIDDEN = re.compile(r"(?:^|/)[._]").search
"""A listing is made twice a second, of every raw file."""


@dataclass(frozen=True)
class RawFile:
    """A readable raw file: its rows and its schema (`names` in file order, `int96` those stored as INT96)."""

    entry: Entry
    rows: int
    names: tuple[str, ...]
    types: tuple[str, ...]
    int96: tuple[str, ...]

    @property
    def shape(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Files of equal shape are read together."""
        return self.names, self.types, self.int96


@dataclass(frozen=True)
class Unreadable:
    """A raw file whose footer can't be read, and why."""

    entry: Entry
    reason: str


@dataclass(frozen=True)
class Listing:
    """The raw files of a source, and how many hidden ones lie among them."""

    entries: tuple[Entry, ...]
    hidden: int

    @property
    def contents(self) -> set[tuple[str, str]]:
        """Path and fingerprint of each."""
        return {(entry.path, fingerprint(entry)) for entry in self.entries}


def listing(store: Store, source: str, after: str = "") -> Listing:
    """The raw files of a source: `NAME/` at any depth, or `NAME.parquet` (a file or a folder); those after a path."""
    found = [*store.entries(f"{source}.parquet", after), *store.entries(source, after)]
    seen = [entry for entry in found if not is_hidden(entry.path)]
    return Listing(tuple(entry for entry in seen if _is_parquet(entry.path)), len(found) - len(seen))


def is_raw(path: str) -> bool:
    """Whether a file below the raw folder is to be read, if a source is called so."""
    return _is_parquet(path) and not is_hidden(path)


def _is_parquet(path: str) -> bool:
    return path.lower().endswith(".parquet")


def source_of(path: str) -> str | None:
    """The source that a path below the raw folder belongs to."""
    name = path.split("/")[0].removesuffix(".parquet")
    return name if name in content.sources() else None


def is_hidden(path: str) -> bool:
    """Whether a part of the path begins with `.` or `_`; folders such as `_day=1` don't count."""
    if not _MAY_BE_HIDDEN(path):
        return False
    *folders, name = path.split("/")
    return name[0] in "._" or any(part[:1] == "." or (part[:1] == "_" and "=" not in part) for part in folders)


def fingerprint(entry: Entry) -> str:
    """What tells a file's content from an older one under its path: size and modification time in ms."""
    return f"{entry.size}-{entry.modified_ms}"


def unseen(entries: Iterable[Entry], known: Iterable[FileRecord], contract: str) -> list[Entry]:
    """The files to read: new ones, changed ones, and rejected ones whose contract has changed since."""
    settled = {(r.path, r.fingerprint) for r in known if r.state != "rejected" or r.contract == contract}
    return [entry for entry in entries if (entry.path, fingerprint(entry)) not in settled]


def inspect(store: Store, entries: Iterable[Entry], young: float = math.inf) -> Iterator[RawFile | Unreadable]:
    """Read the footers. Raises StorageError where a file's bytes can't be had, so that only bad ones are called bad.

    A file modified after `young` (ms since 1970) may still be written: nothing more is asked of it.
    """
    for entry in entries:
        try:
            found = _footer(store, entry) if entry.modified_ms > young else _footer_of_bytes(store, entry)
            reason = _unreadable(found)
            yield Unreadable(entry, reason) if reason else found
        except _NO_FOOTER as error:
            is_lost = "\\x" in entry.path and store.stat(entry.path) is None
            why = "its name is not UTF-8, rename the file" if is_lost else first_line(error)
            yield Unreadable(entry, f"bytes can't be read: {why}")


def _unreadable(file: RawFile) -> str | None:
    """Why a file is rejected by its columns alone, whatever they are taken for; None where it is not."""
    if not file.names:
        return "it has no columns"
    # DuckDB would make doubles of such numbers, and one key of two.
    large = [name for name, kind in zip(file.names, file.types, strict=True) if "decimal256" in kind]
    return f"column {large[0]}: decimals of more than 38 digits can't be read" if large else None


def _footer_of_bytes(store: Store, entry: Entry) -> RawFile:
    """The footer; where it can't be read, read once more when the bytes have been seen to be there."""
    try:
        return _footer(store, entry)
    except _NO_FOOTER:
        store.demand_bytes(entry.path)
        return _footer(store, entry)


@lru_cache(maxsize=16_384)
def _footer(store: Store, entry: Entry) -> RawFile:
    import pyarrow.parquet as pq

    with pq.ParquetFile(_open(store, entry.path)) as file:
        physical = [file.schema.column(i) for i in range(len(file.schema))]
        int96 = tuple(column.path for column in physical if column.physical_type == "INT96")
        schema = file.schema_arrow
        types = tuple(f"{field.type}/{_physical(file, field.name)}" for field in schema)
        return RawFile(entry, file.metadata.num_rows, tuple(schema.names), types, int96)


def _physical(file: Any, name: str) -> str:
    found = [file.schema.column(i) for i in range(len(file.schema)) if file.schema.column(i).path == name]
    return f"{found[0].physical_type}:{found[0].logical_type}" if found else "nested"


def _open(store: Store, path: str) -> Any:
    if store.is_local:
        return str(store.root / path)
    return fsspec_filesystem(store.url.partition("://")[0]).open(store.uri(path), "rb")
