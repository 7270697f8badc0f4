"""Databricks SQL for Spark: it runs as it is written, but for values of parameters and for where its tables are.

Values become literals, since named parameters fail beside Delta's extension and over Spark Connect. `silver.sessions` is
read from the temporary view `silver_sessions`, which shows one version of the table and leaves the catalog as it is.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlglot import TokenType, tokenize

from backbeat.engines.dialect import LAYERS, PARAMETER, QUOTED
from backbeat.engines.literal import given

_NESTED = re.compile(r"select \* from \(\s*(with\b.*)\)\s*", re.DOTALL)
KEPT_FROM = 3
"""Spark computes a part of a text anew wherever it is read: read so often, it is kept instead."""
_TABLE = re.compile(rf"(?<![.\w`])(`?)(?P<layer>{'|'.join(LAYERS)})\1\.(`?)(?P<name>\w+)\3|{QUOTED}", re.IGNORECASE)
"""A table, each part of its name in backticks or not."""


def bound(sql: str, values: Mapping[str, Any]) -> str:
    """The text with values in place of `:name`. Raises UnreadableSql for one without a value."""
    return PARAMETER.sub(lambda found: _value(found[1], values) if found[1] else found[0], sql)


def placed(sql: str) -> str:
    """The text with the views' names in place of the tables'."""
    return _TABLE.sub(lambda found: view_of(_named(found)) if found["layer"] else found[0], sql)


def view_of(name: str) -> str:
    """The view that shows a table."""
    return name.replace(".", "_", 1)


def tables_named(sql: str) -> set[str]:
    """Every `layer.table` of a text."""
    return {_named(found) for found in _TABLE.finditer(sql) if found["layer"]}


def _named(found: re.Match[str]) -> str:
    return f"{found['layer']}.{found['name']}".lower()


def parts(sql: str) -> tuple[dict[str, str], str]:
    """The SELECTs that a text names at its beginning (`with NAME as (…), …`), by name and in order, and the rest of it.

    A rest that is nothing but `select * from (with …)` is taken apart, too. A text of any other form has no parts.
    """
    named, rest = _parts(sql)
    inner = _NESTED.fullmatch(rest)
    more, inmost = _parts(inner[1]) if inner and named else ({}, "")
    return (named | more, inmost) if more and named.keys().isdisjoint(more) else (named, rest)


def _parts(sql: str) -> tuple[dict[str, str], str]:
    tokens = tokenize(sql, read="databricks")
    kinds = [token.token_type for token in tokens]
    if kinds[:1] != [TokenType.WITH]:
        return {}, sql
    named, position = {}, 0
    while position == 0 or kinds[position] == TokenType.COMMA:
        name, opening = tokens[position + 1], position + 3
        closing = _closing(kinds, opening)
        if kinds[position + 2 : opening + 1] != [TokenType.ALIAS, TokenType.L_PAREN] or not closing:
            return {}, sql
        if sql[name.start : name.end + 1] != name.text:
            return {}, sql
        named[name.text] = sql[tokens[opening].end + 1 : tokens[closing].start]
        position = closing + 1
    return named, sql[tokens[position].start :]


def with_parts(named: Mapping[str, str], rest: str) -> str:
    """The other way round: a text whose parts are named at its beginning, the unused ones left."""
    listed = ", ".join(f"{name} as ({text})" for name, text in named.items())
    return f"with {listed}\nselect * from (\n{rest}\n)" if listed else rest


def _closing(kinds: list[TokenType], opening: int) -> int | None:
    """Where the bracket is closed that is opened at a place, if something comes after it."""
    depth = 0
    for place in range(opening, len(kinds) - 1):
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(kinds[place], 0)
        if depth == 0:
            return place
    return None


def often_read(named: Mapping[str, str], rest: str) -> Iterator[str]:
    """Those of a text's parts that are read so often, and are so much work, that they had better be kept."""
    texts = [*named.values(), rest]
    for name, text in named.items():
        readings = sum(len(re.findall(rf"\b(?:from|join)\s+{name}\b", each)) for each in texts)
        if readings >= KEPT_FROM and re.search(r"\b(?:join|group\s+by|distinct|over)\b", text):
            yield name


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
