"""The types of silver, gold and ops, in Spark and in Arrow."""

from typing import Any

import pyarrow as pa


def spark_schema(schema: pa.Schema) -> Any:
    """A StructType of the same columns."""
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(field.name, spark_type(field.type)) for field in schema])


def spark_type(kind: pa.DataType) -> Any:
    """Spark's type of a column."""
    from pyspark.sql import types as spark

    if pa.types.is_list(kind):
        return spark.ArrayType(spark_type(kind.value_type))
    if pa.types.is_timestamp(kind):
        return spark.TimestampType()
    names = {
        "string": spark.StringType,
        "int64": spark.LongType,
        "int32": spark.IntegerType,
        "double": spark.DoubleType,
        "date32[day]": spark.DateType,
        "bool": spark.BooleanType,
    }
    return names[str(kind)]()


def arrow_schema(schema: Any) -> pa.Schema:
    """Arrow's schema of a StructType, in the types that Delta knows."""
    from pyspark.sql.pandas.types import to_arrow_type

    return pa.schema([pa.field(field.name, _arrow(to_arrow_type(field.dataType))) for field in schema.fields])


def _arrow(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC")
    if pa.types.is_list(kind):
        return pa.list_(_arrow(kind.value_type))
    if pa.types.is_null(kind):
        return pa.string()
    return pa.string() if pa.types.is_large_string(kind) else kind
