"""Small worlds for every suite: a raw folder written row by row, a lake beside it, tables read as Python rows."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.without_stars import without_stars

import backbeat
from backbeat.api import Lake, RunReport
from backbeat.ingest import Taken, ingest

ARRIVAL = datetime(2025, 9, 1, tzinfo=UTC)
"""When the files of a world arrived, where a test does not say so."""

Row = Mapping[str, Any]


class World:
    """A raw folder and the lake that `run` makes of it; `settings` are those of every run, as in backbeat.toml."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.raw = root / "raw"
        self.lake = root / "lake"
        self.settings = settings
        self._reader: Lake | None = None
        self.raw.mkdir(parents=True, exist_ok=True)

    def write(
        self,
        path: str,
        rows: Sequence[Row],
        *,
        types: Mapping[str, pa.DataType] | None = None,
        at: datetime = ARRIVAL,
        **parquet: Any,
    ) -> Path:
        """Write rows as a raw file that arrived `at` some time; a column's type is inferred where `types` has none."""
        names = list(dict.fromkeys([*(types or {}), *(name for row in rows for name in row)]))
        columns = {name: pa.array([row.get(name) for row in rows], (types or {}).get(name)) for name in names}
        return self.write_table(path, pa.table(columns), at=at, **parquet)

    def write_table(self, path: str, table: pa.Table, *, at: datetime = ARRIVAL, **parquet: Any) -> Path:
        """Write an Arrow table as a raw file."""
        target = self.raw / path
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, target, **parquet)
        return touch(target, at)

    def write_bytes(self, path: str, content: bytes, *, at: datetime = ARRIVAL) -> Path:
        """Write a raw file that may be no parquet at all."""
        target = self.raw / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return touch(target, at)

    def customers(self, *ids: str, path: str = "customers/c.parquet", **columns: Any) -> Path:
        """Write customers that have the same of every other column."""
        return self.write(path, [{"customer_id": id, **columns} for id in ids])

    def sessions(self, *rows: tuple[str, str, str], path: str = "sessions/s.parquet", at: datetime = ARRIVAL) -> Path:
        """Write sessions given as (session_id, customer_id, started_at)."""
        return self.write(path, [dict(zip(SESSION, row, strict=True)) for row in rows], at=at)

    def open(self, **flags: Any) -> Lake:
        """The lake, as a new process would see it."""
        self._reader = None
        found: Lake = backbeat.open(**{"lake": str(self.lake), "raw": str(self.raw), **self.settings, **flags})
        return found

    def run(self, *, close: bool = False, full: bool = False, **flags: Any) -> RunReport:
        """`backbeat run`."""
        return self.open(**flags).run(close=close, full=full)

    def ingest(self, **flags: Any) -> Taken:
        """The first half of a run, raw to silver: for tests that don't look at gold."""
        house = self.open(**flags).house
        house.create()
        return ingest(house)

    def read(self, table: str, columns: str = "*") -> list[dict[str, Any]]:
        """A table's rows, each with the columns asked for, in the order of these columns."""
        return self.sql(f"select {columns} from {table} order by all")

    def sql(self, query: str) -> list[dict[str, Any]]:
        """The answer of a SELECT (DuckDB's own SQL) over the newest versions of all tables."""
        if self._reader is None:
            reader = self.open()
            reader.house.show_all()
            self._reader = reader
        rows: list[dict[str, Any]] = self._reader.house.engine.native(query).to_pylist()
        return rows

    def column(self, table: str, column: str) -> list[Any]:
        """The sorted values of one column."""
        return [row[column] for row in self.sql(f"select {column} from {table} order by all")]

    def pairs(self, table: str, key: str, value: str) -> dict[Any, Any]:
        """Two columns of a table as a dictionary."""
        return {row["k"]: row["v"] for row in self.sql(f"select {key} as k, {value} as v from {table}")}

    def versions(self) -> dict[str, int]:
        """The Delta version of every table there is."""
        house = self.open().house
        return {name: house.table(name).version() for name in house.names()}

    def failures(self) -> list[str]:
        """The checks of severity `fail` that found bad rows."""
        return [row["check"] for row in self.open().check() if row["severity"] == "fail" and not row["passed"]]


SESSION = ("session_id", "customer_id", "started_at")


def touch(path: Path, at: datetime) -> Path:
    """Give a file its time of arrival."""
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def utc(text: str) -> datetime:
    """An instant of UTC, from `2025-07-01 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def later(hours: float = 1) -> datetime:
    """A time of arrival after the usual one."""
    return ARRIVAL + timedelta(hours=hours)


def days(first: date, count: int) -> list[date]:
    """So many days from the first on."""
    return [first + timedelta(days=n) for n in range(count)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world of UTC days."""
    return World(tmp_path)


@pytest.fixture(scope="module")
def no_stars() -> Iterator[None]:
    """For modules that look at no star table: runs make none."""
    with without_stars():
        yield


@pytest.fixture(scope="session")
def new_world(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """Makes empty worlds; for those that several tests look at."""
    return lambda **settings: World(tmp_path_factory.mktemp("world"), **settings)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="Rewrite the snapshot files instead of comparing.")


@pytest.fixture
def update_snapshots(request: pytest.FixtureRequest) -> bool:
    """Whether snapshot files are to be rewritten."""
    return bool(request.config.getoption("--update-snapshots"))
