"""A parquet file as Python values: nothing rounded, no zone applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tests.oracle.nouns import Day, Single, Stamp

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


@dataclass(frozen=True)
class RawFile:
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    columns: tuple[list[Any], ...]
    rows: int


def read_parquet(file: Path) -> RawFile:
    """All of a file. Raises whatever pyarrow raises where its bytes can't be read."""
    with pq.ParquetFile(file, coerce_int96_timestamp_unit="us") as opened:
        int96 = _int96_columns(opened)
        table = opened.read()
    fields = [(field.name, _plain(column)) for field, column in zip(table.schema, table.columns, strict=True)]
    return RawFile(
        tuple(name for name, _ in fields),
        tuple(_kind(column.type) for _, column in fields),
        tuple(_values(column, is_utc=name in int96) for name, column in fields),
        table.num_rows,
    )


def _int96_columns(opened: pq.ParquetFile) -> set[str]:
    leaves = [opened.schema.column(index) for index in range(len(opened.schema))]
    return {leaf.path for leaf in leaves if leaf.physical_type == "INT96"}


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column without dictionary or extension type."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    if isinstance(column.type, pa.BaseExtensionType):
        return pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    return column


_KINDS: tuple[tuple[str, Callable[[pa.DataType], bool]], ...] = (
    ("null", pa.types.is_null),
    ("text", lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t)),
    ("bool", pa.types.is_boolean),
    ("int", pa.types.is_integer),
    ("float", pa.types.is_floating),
    ("decimal", pa.types.is_decimal),
    ("timestamp", pa.types.is_timestamp),
    ("date", pa.types.is_date),
)


def _kind(arrow_type: pa.DataType) -> str:
    return next((kind for kind, matches in _KINDS if matches(arrow_type)), "other")


def _values(column: pa.ChunkedArray, *, is_utc: bool) -> list[Any]:
    kind = _kind(column.type)
    if kind == "timestamp":
        return _stamps(column, is_utc or column.type.tz is not None)
    if pa.types.is_duration(column.type):
        return column.cast(pa.int64()).to_pylist()
    if kind == "date":
        return [_each(scalar) for scalar in column]
    if kind == "float" and column.type.bit_width < 64:
        return [None if value is None else Single(value) for value in column.cast(pa.float64()).to_pylist()]
    return [_each(scalar) for scalar in column] if pa.types.is_nested(column.type) else column.to_pylist()


def _stamps(column: pa.ChunkedArray, is_utc: bool) -> list[Stamp | None]:
    per_second = _PER_SECOND[column.type.unit]
    counts = column.cast(pa.int64()).to_pylist()
    return [None if count is None else Stamp(count, per_second, is_utc) for count in counts]


def _each(scalar: pa.Scalar) -> Any:
    """One value of any depth."""
    if not scalar.is_valid:
        return None
    if isinstance(scalar, pa.MapScalar):
        return {str(_each(pair["key"])): _each(pair["value"]) for pair in scalar.values}
    if isinstance(scalar, pa.StructScalar):
        return {name: _each(value) for name, value in scalar.items()}
    if isinstance(scalar, (pa.ListScalar, pa.LargeListScalar, pa.FixedSizeListScalar)):
        return [_each(value) for value in scalar.values]
    return _leaf(scalar)


def _leaf(scalar: pa.Scalar) -> Any:
    if pa.types.is_timestamp(scalar.type):
        return Stamp(scalar.value, _PER_SECOND[scalar.type.unit], scalar.type.tz is not None)
    if pa.types.is_date(scalar.type):
        return Day(scalar.cast(pa.date32()).value)
    return scalar.as_py()
