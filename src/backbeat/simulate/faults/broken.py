"""Files that can't be read, and files that nobody should read."""

from pathlib import Path

import pyarrow as pa

from backbeat.simulate.faults.kinds import Kinds
from backbeat.simulate.parquet import parquet_bytes, write_parquet


def write_broken(kind: str, folder: Path, table: pa.Table, kinds: Kinds) -> None:
    """A file of that kind in the folder: cut off half-way, empty, or without a required column."""
    whole = parquet_bytes(table)
    incomplete = parquet_bytes(table.drop_columns([kinds.required]))
    content = {"truncated": whole[: len(whole) // 2], "zero_bytes": b"", "column_missing": incomplete}[kind]
    (folder / f"{kind.replace('_', '-')}.parquet").write_bytes(content)


def write_hidden(kind: str, folder: Path, table: pa.Table) -> None:
    """What writers leave behind: a mark of success, a checksum, a table in a temporary folder."""
    if kind == "temporary_folder":
        write_parquet(folder / "_tmp" / "part-0.parquet", table)
    else:
        (folder / {"success_mark": "_SUCCESS", "checksum": ".part-0.parquet.crc"}[kind]).write_bytes(b"")
