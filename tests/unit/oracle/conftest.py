"""A raw folder to write into, and a short way to say an instant."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.oracle import World, read_raw

ARRIVAL = "2024-06-01T00:00:00Z"


@dataclass(frozen=True)
class Raw:
    root: Path

    def write(self, path: str, columns: dict[str, Any] | pa.Table, arrived: str = ARRIVAL, **options: Any) -> Path:
        """One parquet file, last modified at `arrived`."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), file, **options)
        return self.touch(file, arrived)

    def rows(self, path: str, names: str, *rows: tuple[Any, ...], arrived: str = ARRIVAL) -> Path:
        """The same, row by row; names are separated by spaces."""
        columns = {name: [row[index] for row in rows] for index, name in enumerate(names.split())}
        return self.write(path, columns, arrived)

    def touch(self, file: Path, arrived: str) -> Path:
        nanos = (datetime.fromisoformat(arrived) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
        os.utime(file, ns=(nanos, nanos))
        return file

    def read(self, **options: Any) -> World:
        return read_raw(self.root, **options)


@pytest.fixture
def raw(tmp_path: Path) -> Raw:
    return Raw(tmp_path)
