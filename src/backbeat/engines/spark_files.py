"""Parquet files that Spark has written into a table's folder, as a commit lists them."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from backbeat.lake.delta import DataFile, Table, statistics
from backbeat.lake.storage import Entry, Store, fsspec_filesystem

FOOTERS_AT_ONCE = 16


def spark_uri(uri: str) -> str:
    """The address as Hadoop knows it: that of a disk without `..`."""
    if "://" not in uri:
        return os.path.normpath(uri)
    return f"s3a://{uri.removeprefix('s3://')}" if uri.startswith("s3://") else uri


def data_files(table: Table, folder: str) -> list[DataFile]:
    """The files of a folder of a table, with the statistics that a commit keeps; those without rows are left."""
    place = f"{table.path}/{folder}"
    entries = [entry for entry in table.store.entries(place) if entry.path.endswith(".parquet")]
    with ThreadPoolExecutor(FOOTERS_AT_ONCE) as pool:
        found = list(pool.map(lambda entry: _data_file(table, entry), entries))
    return [file for file in found if file.rows]


def _data_file(table: Table, entry: Entry) -> DataFile:
    path = entry.path.removeprefix(f"{table.path}/")
    footer = footer_of(table.store, entry.path)
    stats = statistics(footer.num_rows, dict(_nulls(footer)), dict(_days(footer)))
    partition = dict(part.split("=", 1) for part in path.split("/") if "=" in part)
    return DataFile(path, partition, footer.num_rows, entry.size, stats)


def footer_of(store: Store, path: str) -> Any:
    """The footer of a parquet file."""
    import pyarrow.parquet as pq

    if store.is_local:
        return pq.read_metadata(str(store.root / path))
    with fsspec_filesystem(store.url.partition("://")[0]).open(store.uri(path), "rb") as file:
        return pq.read_metadata(file)


def _nulls(footer: Any) -> Iterator[tuple[str, int]]:
    """How many values of each flat column are null."""
    for name, found in _statistics(footer):
        if all(group.has_null_count for group in found):
            yield name, sum(group.null_count for group in found)


def _days(footer: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each flat column of dates, and between which they lie; none of years that Python has not."""
    for name, found in _statistics(footer):
        if all(group.has_min_max and group.logical_type.type == "DATE" for group in found):
            with suppress(OverflowError):
                low, high = min(group.min for group in found), max(group.max for group in found)
                yield name, (low.isoformat(), high.isoformat())


def _statistics(footer: Any) -> Iterator[tuple[str, list[Any]]]:
    """What a footer says of each flat column, a row group at a time, where it says it of all."""
    for i in range(len(footer.schema)):
        name = footer.schema.column(i).path
        found = [footer.row_group(group).column(i).statistics for group in range(footer.num_row_groups)]
        if found and "." not in name and all(found):
            yield name, found
