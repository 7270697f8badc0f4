"""Databricks SQL with `:named` parameters → the SQL of DuckDB.

The text is transpiled by sqlglot; what sqlglot misses is a rule here or a macro in duckdb_macros.sql.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from backbeat.engines.literal import given, literal
from backbeat.errors import UnreadableSql, UsageError, first_line

QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|--[^\n]*|/\*[\s\S]*?\*/"""
"""What is no SQL in a text: quoted text and comments."""

PARAMETER = re.compile(rf"{QUOTED}|(?<![:\w]):([a-z_]+)")
"""A named parameter. Each is parsed as `:p_name`, since sqlglot takes `:from` for a keyword."""

_PLACE = re.compile(r"""'[^']*'|"[^"]*"|/\*[\s\S]*?\*/|\$p_([a-z_]+)""")
"""Where DuckDB's text has a parameter; a quote in quoted text is doubled there."""


LAYERS = ("silver", "gold", "ops")


def to_duckdb(sql: str, values: Mapping[str, Any] | None = None) -> str:
    """The text in DuckDB's SQL, each `:name` replaced by its value as a typed literal.

    Raises UsageError for SQL that can't be parsed and for a parameter without a value.
    """
    return _PLACE.sub(lambda found: _literal(found[1], values or {}) if found[1] else found[0], transpiled(sql))


def demand_select(sql: str) -> None:
    """Raise UsageError for anything but one SELECT."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        statements = sqlglot.parse(sql, read="databricks")
    except SqlglotError as error:
        raise UnreadableSql(f"this SQL can't be read: {first_line(error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise UsageError("only one SELECT can be asked here: a lake is written by `backbeat run`")
    own = {cte.alias for cte in statements[0].find_all(exp.CTE)}
    for table in statements[0].find_all(exp.Table):
        if table.db not in LAYERS and table.name not in own:
            raise UsageError(
                f"'{table.name or table.sql()}' is no table of the lake: name one of silver.*, gold.* or ops.*"
            )


@lru_cache(maxsize=512)
def transpiled(sql: str) -> str:
    """The text in DuckDB's SQL, its parameters as `$p_name`."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(with_safe_names(sql), read="databricks")
    except SqlglotError as error:
        raise UnreadableSql(f"this SQL can't be read: {first_line(error)}") from error
    for rule in RULES:
        tree = tree.transform(rule, copy=False)
    return str(tree.sql(dialect="duckdb", pretty=True, copy=False))


def with_safe_names(sql: str) -> str:
    """The text with `:p_name` for each parameter `:name`."""
    return PARAMETER.sub(lambda found: f":p_{found[1]}" if found[1] else found[0], sql)


def _literal(name: str, values: Mapping[str, Any]) -> str:
    value = given(name, values)
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return f"CAST('{value.isoformat(sep=' ')}' AS TIMESTAMPTZ)"
    if isinstance(value, date):
        return f"CAST('{value.isoformat()}' AS DATE)"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    return literal(value) if isinstance(value, str) else str(value)


def _floor_division(node: Any) -> Any:
    """`a div b` is transpiled to a cast of a quotient of doubles, which rounds: integers divide by `//`."""
    from sqlglot import exp

    if isinstance(node, exp.Cast) and isinstance(node.this, exp.IntDiv):
        return node.this
    return node


def _spaces_alone(node: Any) -> Any:
    """Spark's trim, without characters, takes spaces; DuckDB's takes every Unicode space."""
    from sqlglot import exp

    if isinstance(node, exp.Trim) and node.expression is None:
        node.set("expression", exp.Literal.string(" "))
    return node


RULES: tuple[Callable[[Any], Any], ...] = (_floor_division, _spaces_alone)
