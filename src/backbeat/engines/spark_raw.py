"""Raw files in Spark: their columns by place, and the forms of each (its value, its text form, its JSON form) as SQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa

from backbeat.engines.engine import RawColumn
from backbeat.engines.literal import portable
from backbeat.engines.spark_files import spark_uri
from backbeat.lake.storage import fsspec_filesystem


@contextmanager
def exact_names(session: Any) -> Iterator[None]:
    """Columns of raw files that differ in case alone are different columns."""
    session.conf.set("spark.sql.caseSensitive", "true")
    try:
        yield
    finally:
        session.conf.set("spark.sql.caseSensitive", "false")


def raw_columns(uri: str, int96: set[str]) -> list[RawColumn]:
    """The columns of a raw file in file order, known to SQL as c0, c1, …"""
    return [
        _raw_column(f"c{i}", _read_by_spark(field, int96), field.name in int96) for i, field in enumerate(arrow_of(uri))
    ]


def _read_by_spark(field: pa.Field, int96: set[str]) -> pa.Field:
    """INT96, which Arrow takes for nanoseconds, comes as time also where it lies within a column."""
    is_around = any(path.startswith(f"{field.name}.") for path in int96)
    return field.with_type(_in_microseconds(field.type)) if is_around else field


def _in_microseconds(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.list_(_in_microseconds(kind.value_type))
    if pa.types.is_map(kind):
        return pa.map_(_in_microseconds(kind.key_type), _in_microseconds(kind.item_type))
    if pa.types.is_struct(kind):
        return pa.struct([each.with_type(_in_microseconds(each.type)) for each in kind])
    return kind


def raw_frame(session: Any, uris: Sequence[str], paths: Sequence[str], modified: Sequence[datetime]) -> Any:
    """The rows of raw files of one schema: c0, c1, …, _row, _path, _modified. Raises OSError for a name Hadoop can't take."""
    from pyspark.sql import functions as sql

    if any("://" not in uri and ":" in uri.rpartition("/")[2] for uri in uris):
        raise OSError("on a disk Spark takes no name with a colon: rename the file")
    fields = list(arrow_of(uris[0]))
    reader = session.read.schema(_readable(session, uris[0], fields)).option("__globPaths__", "false")
    frame = reader.parquet(*(spark_uri(uri) for uri in uris))
    read = [(sql.col(f"`{_read_as(field, i)}`"), _kind(field.type) == "text") for i, field in enumerate(fields)]
    columns = [(sql.validate_utf8(raw) if is_text else raw).alias(f"c{i}") for i, (raw, is_text) in enumerate(read)]
    about = frame.metadataColumn("_metadata")  # a raw column may be called so, too
    lineage = (about.getField("row_index").alias("_row"), about.getField("file_path").alias("_file"))
    rows = frame.select(*columns, *lineage).withColumn("_place", sql.expr(_PLACE)).drop("_file")
    found = rows.join(sql.broadcast(_listed(session, uris, paths, modified)), "_place", "left").drop("_place")
    return found.withColumn("_path", sql.expr("coalesce(_path, raise_error('a file was read that was not asked for'))"))


_PLACE = "regexp_replace(url_decode(replace(_file, '+', '%2B')), '^(file|dbfs):/+', '/')"
"""Where a row's file is, as it was asked for: Spark encodes addresses, and puts a scheme before those of this machine, as Databricks does before those of a volume."""


def arrow_of(uri: str) -> pa.Schema:
    """The columns of a parquet file, as Arrow."""
    import pyarrow.parquet as pq

    if "://" not in uri:
        return pq.read_schema(uri)
    with fsspec_filesystem(uri.partition("://")[0]).open(uri, "rb") as file:
        return pq.read_schema(file)


def _listed(session: Any, uris: Sequence[str], paths: Sequence[str], modified: Sequence[datetime]) -> Any:
    places = [spark_uri(uri) for uri in uris]
    times = pa.array(list(modified), pa.timestamp("us", tz="UTC"))
    return session.createDataFrame(pa.table({"_place": places, "_path": list(paths), "_modified": times}))


def _readable(session: Any, uri: str, fields: Sequence[pa.Field]) -> Any:
    """What Spark itself makes of the columns; one of nothing but nulls is asked for under a name that no file has."""
    from pyspark.sql.types import StringType, StructField, StructType

    found = {
        field.name: field for field in session.read.option("__globPaths__", "false").parquet(spark_uri(uri)).schema
    }
    nothing = (StructField(_read_as(field, i), StringType()) for i, field in enumerate(fields))
    return StructType(
        [
            none if pa.types.is_null(field.type) else found[field.name]
            for field, none in zip(fields, nothing, strict=True)
        ]
    )


def _read_as(field: pa.Field, i: int) -> str:
    return f"_null_{i}" if pa.types.is_null(field.type) else field.name.replace("`", "``")


def _raw_column(alias: str, field: pa.Field, is_int96: bool) -> RawColumn:
    kind = "instant" if is_int96 else _kind(field.type)
    text = _text(alias, kind)
    return RawColumn(
        field.name, kind, _value(alias, kind, field.type), text, _json(alias, field.type, kind), str(field.type)
    )


_BINARY = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_fixed_size_binary,
    pa.types.is_binary_view,
)
_TESTS = (
    ("text", lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t)),
    ("integer", lambda t: pa.types.is_integer(t) or pa.types.is_duration(t)),
    ("float", pa.types.is_floating),
    ("boolean", pa.types.is_boolean),
    ("date", pa.types.is_date),
    ("null", pa.types.is_null),
    ("binary", lambda t: any(is_binary(t) for is_binary in _BINARY)),
)


def _kind(kind: pa.DataType) -> str:
    if isinstance(kind, pa.BaseExtensionType):
        return _kind(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    if pa.types.is_decimal(kind):
        return "integer" if kind.scale == 0 else "decimal"
    if pa.types.is_timestamp(kind):
        plain, nano = ("local", "ns") if kind.tz is None else ("instant", "instant_ns")
        return nano if kind.unit == "ns" else plain
    return next((name for name, holds in _TESTS if holds(kind)), "other")


def _value(alias: str, kind: str, typed: pa.DataType) -> str:
    """A time without zone is carried as the instant at which UTC shows it."""
    is_wide = pa.types.is_decimal(typed) or pa.types.is_uint64(typed)
    values = {
        "integer": f"cast({alias} as {'decimal(38,0)' if is_wide else 'bigint'})",
        "float": f"cast({alias} as double)",
        "decimal": f"cast({alias} as double)",
        "local": f"cast({alias} as timestamp)",
        "date": f"bb_time_of_date({alias})",
        "null": f"cast({alias} as string)",
    }
    return values.get(kind, alias)


def _text(value: str, kind: str) -> str:
    forms = {
        "text": value,
        "float": _text_of_float(value),
        "decimal": f"regexp_replace(regexp_replace(cast({value} as string), '(\\\\.[0-9]*?)0+$', '$1'), '\\\\.$', '')",
        "local": _text_of_time(f"cast({value} as timestamp)"),
        "ns": _text_of_nanoseconds(value),
        "instant": f"{_text_of_time(value)} || 'Z'",
        "instant_ns": f"{_text_of_nanoseconds(value)} || 'Z'",
        "binary": f"lower(hex({value}))",
    }
    return forms.get(kind, f"cast({value} as string)")


def _text_of_float(value: str) -> str:
    """Whole numbers as plain digits; fractions as short as they can be, 1e-05 and 12345678.5 where Java says 1.0E-5 and 1.23456785E7."""
    wide, text = f"cast({value} as double)", f"cast({value} as string)"
    mantissa = f"regexp_replace(split_part({text}, 'E-', 1), '\\\\.0$', '')"
    power = f"cast(split_part({text}, 'E-', 2) as int)"
    digits = f"replace(replace({mantissa}, '.', ''), '-', '')"
    large = f"replace(replace(split_part({text}, 'E', 1), '.', ''), '-', '')"
    whole = f"cast(split_part({text}, 'E', 2) as int) + 1"
    long = f"substring({large}, 1, {whole}) || '.' || substring({large}, {whole} + 1)"
    sign = f"case when {value} < 0 then '-' else '' end"
    return f"""case when isnan({value}) then 'NaN'
  when abs({value}) = double('Infinity') then {text}
  when abs({wide}) < 9e18 and {wide} = floor({wide}) then cast(cast({wide} as bigint) as string)
  when abs({wide}) >= 9e18 and abs({wide}) < 1.8e22 then cast(cast({wide} / 2048 as bigint) * 2048bd as string)
  when abs({wide}) >= 9e18 then format_string('%.0f', {wide})
  when contains({text}, 'E-4') and {power} = 4 then {sign} || '0.000' || {digits}
  when contains({text}, 'E-') then {mantissa} || 'e-' || if({power} < 10, '0', '') || {power}
  when contains({text}, 'E') then {sign} || {long}
  else {text} end"""


def _text_of_time(value: str) -> str:
    micros = f"pmod(unix_micros({value}), 1000000)"
    fraction = f"case when {micros} = 0 then '' else date_format({value}, '.SSSSSS') end"
    return f"(date_format({value}, \"yyyy-MM-dd'T'HH:mm:ss\") || {fraction})"


def _text_of_nanoseconds(value: str) -> str:
    second = f"date_format(timestamp_seconds(floor({value} / 1000000000bd)), \"yyyy-MM-dd'T'HH:mm:ss\")"
    rest = f"pmod({value}, 1000000000)"
    return f"""({second} || case when {rest} = 0 then ''
  when {rest} % 1000 = 0 then '.' || lpad(cast({rest} div 1000 as string), 6, '0')
  else '.' || lpad(cast({rest} as string), 9, '0') end)"""


def _json(value: str, kind: pa.DataType, form: str, depth: int = 0) -> str:
    """Scalars as JSON strings in their text form; lists and structs keep their shape; maps are lists of entries."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _json_list(value, kind.value_type, depth)
    if pa.types.is_map(kind):
        entry = pa.struct([("key", kind.key_type), ("value", kind.item_type)])
        return _json_list(f"map_entries({value})", entry, depth)
    if pa.types.is_struct(kind):
        return _json_struct(value, kind, depth)
    return f"substring(to_json(array({_text(value, form)})), 2, length(to_json(array({_text(value, form)}))) - 2)"


def _json_list(value: str, item: pa.DataType, depth: int) -> str:
    name = f"e{depth}"
    inner = _json(name, item, _kind(item), depth + 1)
    return f"('[' || array_join(transform({value}, {name} -> coalesce({inner}, 'null')), ',') || ']')"


def _json_struct(value: str, kind: pa.StructType, depth: int) -> str:
    members = []
    for field in kind:
        member = f"({value}).`{field.name.replace('`', '``')}`"
        inner = _json(member, field.type, _kind(field.type), depth)
        named = (
            f"substring(to_json(array({portable(field.name)})), 2, length(to_json(array({portable(field.name)}))) - 2)"
        )
        members.append(f"{named} || ':' || coalesce({inner}, 'null')")
    return f"case when {value} is not null then '{{' || {' || chr(44) || '.join(members)} || '}}' end"
