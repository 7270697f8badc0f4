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

QUOTED = r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|--[^\n]*|/\*[\s\S]*?\*/"""
"""What is no SQL in a text: quoted text and comments."""

_DOUBLED = re.compile(r"""\\.|(['"])\1""", re.DOTALL)
"""A sign after a backslash; or a quote that is there twice, which is one in Spark, and which sqlglot leaves out."""

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
        tree = sqlglot.parse_one(for_sqlglot(sql), read="databricks")
    except SqlglotError as error:
        raise UnreadableSql(f"this SQL can't be read: {first_line(error)}") from error
    for rule in RULES:
        tree = tree.transform(rule, copy=False)
    return str(tree.sql(dialect="duckdb", pretty=True, copy=False))


def for_sqlglot(sql: str) -> str:
    """The text with `:p_name` for each parameter `:name`, and a backslash before each quote that quoted text has twice."""
    return PARAMETER.sub(lambda found: f":p_{found[1]}" if found[1] else _with_backslashes(found[0]), sql)


def _with_backslashes(quoted: str) -> str:
    quote = quoted[0]
    if quote not in "'\"":
        return quoted
    return quote + _DOUBLED.sub(lambda found: f"\\{quote}" if found[1] == quote else found[0], quoted[1:-1]) + quote


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


def _days_and_zones(node: Any) -> Any:
    """Spark's days of the week begin with 1 on Sundays, and with 0 on Mondays; its UTC functions give instants."""
    from sqlglot import exp

    if isinstance(node, exp.DayOfWeek):
        return exp.Anonymous(this="bb_dayofweek", expressions=[node.this])
    if isinstance(node, exp.Anonymous) and node.name.lower() == "weekday":
        return exp.Anonymous(this="bb_weekday", expressions=node.expressions)
    if isinstance(node, (exp.AtTimeZone, exp.FromTimeZone)):
        name = "bb_from_utc" if isinstance(node, exp.AtTimeZone) else "bb_to_utc"
        return exp.Anonymous(this=name, expressions=[node.this, node.args["zone"]])
    return node


RULES: tuple[Callable[[Any], Any], ...] = (_floor_division, _spaces_alone, _days_and_zones)
