"""Databricks SQL for Spark: it runs as it is written, but for values of parameters and for where its tables are.

Values become literals, since named parameters fail beside Delta's extension and over Spark Connect. `silver.sessions` is
read from the temporary view `silver_sessions`, which shows one version of the table and leaves the catalog as it is.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from backbeat.engines.dialect import LAYERS
from backbeat.engines.literal import given

_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|--[^\n]*"""
_PARAMETER = re.compile(rf"{_QUOTED}|(?<![:\w]):([a-z_]+)")
_TABLE = re.compile(rf"{_QUOTED}|(?<![.\w])({'|'.join(LAYERS)})\.(\w+)")


def bound(sql: str, values: Mapping[str, Any]) -> str:
    """The text with values in place of `:name`. Raises UnreadableSql for one without a value."""
    return _PARAMETER.sub(lambda found: _value(found[1], values) if found[1] else found[0], sql)


def placed(sql: str) -> str:
    """The text with the views' names in place of the tables'."""
    return _TABLE.sub(lambda found: view_of(f"{found[1]}.{found[2]}") if found[1] else found[0], sql)


def view_of(name: str) -> str:
    """The view that shows a table."""
    return name.replace(".", "_", 1)


def words(sql: str) -> set[str]:
    """Every word of a text, names of views among them."""
    return set(re.findall(r"\w+", sql))


def _value(name: str, values: Mapping[str, Any]) -> str:
    value = given(name, values)
    return f"array({', '.join(_literal(item) for item in value)})" if isinstance(value, list) else _literal(value)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"timestamp '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    return text_literal(value) if isinstance(value, str) else str(value).lower()


def text_literal(text: str) -> str:
    """The text in single quotes, in which Spark reads a backslash as the beginning of another sign."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
