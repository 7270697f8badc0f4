"""Tables by name in a catalog such as Unity Catalog: `music.gold.kpis` stands for the Delta table at `LAKE/gold/kpis`.

They stay external tables, written and committed by path, so each is registered once and never altered: what it holds,
and its columns, are in its own log. Sent is only what the open-source server of Unity Catalog takes, too, which has no
CREATE OR REPLACE, no views and no managed tables.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from backbeat.engines.spark_sql import text_literal
from backbeat.errors import UsageError
from backbeat.lake.delta import Table


def register(session: Any, catalog: str, tables: Sequence[Table]) -> None:
    """Name the tables that have no name yet. Raises UsageError, before any is made, for one that stands for something else.

    Names that are there come first, so that this is seen in time.
    """
    for statement in schemas(catalog, tables):
        session.sql(statement)
    for table in sorted(tables, key=lambda table: not session.catalog.tableExists(full_name(catalog, table))):
        session.sql(named(catalog, table))
        rows = session.sql(f"describe table extended {full_name(catalog, table)}").collect()
        _demand_place(catalog, table, [row["data_type"] for row in rows if row["col_name"] == "Location"])


def schemas(catalog: str, tables: Sequence[Table]) -> Iterator[str]:
    """The statements that make a schema for each layer of the tables, where it is not there yet."""
    for layer in dict.fromkeys(table.name.partition(".")[0] for table in tables):
        yield f"create schema if not exists {_quoted(catalog)}.{_quoted(layer)}"


def named(catalog: str, table: Table) -> str:
    """The statement that names a table; one that has the name already stays as it is."""
    return f"create table if not exists {full_name(catalog, table)} using delta location {text_literal(table.uri)}"


def full_name(catalog: str, table: Table) -> str:
    """The table's name in the catalog, as SQL."""
    return ".".join(_quoted(part) for part in (catalog, *table.name.split(".")))


def _quoted(name: str) -> str:
    escaped = name.replace("`", "``")
    return f"`{escaped}`"


def _demand_place(catalog: str, table: Table, found: Sequence[str]) -> None:
    """Raise UsageError unless the last of the places that a name is said to stand for is the table's."""
    if not found or _bare(found[-1]) != _bare(table.uri):
        name = full_name(catalog, table)
        raise UsageError(
            f"{name} stands for {found[-1] if found else 'no table with a place of its own'}, not for {table.uri}: "
            "set another `catalog`, one for each lake, or give that name up there"
        )


def _bare(place: str) -> str:
    """A place as `scheme:path`, however it is written: `/a b`, `file:/a%20b` and `file:///a b` are the same."""
    scheme, path = re.fullmatch(r"(?:(\w+):)?(.*)", place, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{(scheme or 'file').replace('s3a', 's3')}:{unquote(path).strip('/')}"
