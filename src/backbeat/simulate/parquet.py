"""How raw parquet is written: small, quick, and the same bytes for the same rows."""

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

REPEATED = ("device", "event_type", "track_id", "country", "gender", "subscription_type", "status", "genre")
"""Columns of few values, written as a dictionary; in the others one would only cost time."""


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write the table to a file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(table, str(path))


def parquet_bytes(table: pa.Table) -> bytes:
    """The bytes that the table's file would have."""
    buffer = io.BytesIO()
    _write(table, buffer)
    return buffer.getvalue()


def _write(table: pa.Table, target: Any) -> None:
    repeated = [name for name in table.column_names if name in REPEATED]
    pq.write_table(
        table, target, compression="zstd", compression_level=1, use_dictionary=repeated or False, store_schema=False
    )
