"""SQL texts as sqlglot's trees, and small questions about them."""

from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from backbeat.engines.dialect import for_sqlglot
from backbeat.errors import UnreadableSql, first_line


@lru_cache(maxsize=128)
def parsed(sql: str) -> Any:
    """A text of the lakehouse; its `:name` is `p_name`. Raises UnreadableSql.

    `customer_key` is read as `customer_id`, since in a model of star tables the number is all there is of a customer.
    """
    try:
        tree = sqlglot.parse_one(for_sqlglot(sql), read="databricks")
    except SqlglotError as error:
        raise UnreadableSql(f"this SQL can't be read: {first_line(error)}") from error
    for select in tree.find_all(exp.Select):
        if any(each.alias_or_name == "customer_id" for each in select.expressions):
            select.set("expressions", [each for each in select.expressions if each.alias_or_name != "customer_key"])
    for column in tree.find_all(exp.Column):
        if column.name == "customer_key":
            column.set("this", exp.to_identifier("customer_id"))
    return tree


def source_name(node: Any) -> str:
    """What a FROM names, `layer.table` or a single word; nothing of a subquery."""
    return ".".join(filter(None, (node.db, node.name))) if isinstance(node, exp.Table) else ""


def conjunction(node: Any) -> list[Any]:
    """The conditions that `and` joins."""
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    return [*conjunction(inner.left), *conjunction(inner.right)] if isinstance(inner, exp.And) else [inner]


def equal_columns(node: Any, one: str, other: str, alias: str) -> bool:
    """Whether a condition says that a column `one` of `alias` is a column `other` of something else."""
    sides: tuple[Any, ...] = (node.left, node.right) if isinstance(node, exp.EQ) else ()
    if not sides or not all(isinstance(side, exp.Column) for side in sides):
        return False
    return {(side.name, side.table == alias) for side in sides} == {(one, True), (other, False)}
