"""Which tables may be read whole from outside: those without a customer in them."""

from typing import Any

from backbeat import content
from backbeat.dashboard.reader import Edition, Reader
from backbeat.dashboard.table_sql import without_small
from backbeat.specs import Table


def open_tables() -> dict[str, Table]:
    """The gold tables that have no column about a single customer."""
    return {name: table for name, table in content.tables().items() if not table.is_about_persons}


def table_page(
    reader: Reader, edition: Edition | None, table: Table, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Some rows of a table in the order of its key, and how many there are. Small groups are merged."""
    if edition is None or f"gold.{table.name}" not in edition.tables:
        return [], 0
    source, values = f"gold.{table.name}", {}
    if table.group_size and "slice" in table.columns:
        source = without_small(table, source)
        values = {"min_group": reader.lake.config.min_group}
    names, key = (", ".join(f"`{name}`" for name in columns) for columns in (table.columns, table.key))
    total = reader.house.rows(f"select count(*) as n from {source}", **values)[0]["n"]
    sql = f"select {names} from {source} order by {key} limit {limit} offset {offset}"
    return reader.house.rows(sql, **values), total
