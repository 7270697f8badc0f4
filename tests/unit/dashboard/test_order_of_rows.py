"""The same lake gives the same page: rows that a table's order leaves equal have an order, too."""

import pytest

from backbeat.config import Config
from backbeat.dashboard.filters import Filters
from backbeat.dashboard.table_sql import block_sql
from backbeat.engines import open_engine
from backbeat.specs import Block

ROWS = ["('b', 1)", "('a', 1)", "('c', 2)"]


@pytest.mark.parametrize("turned", [1, -1])
def test_ties_are_in_the_order_of_what_is_shown(turned: int) -> None:
    block = Block(table="counted", columns=("name", "n"), order=("-n",))
    sql, _ = block_sql(block, f"(values {', '.join(ROWS[::turned])}) as t(name, n)", block.columns, Filters(), 0)
    found = open_engine(Config()).query(sql).to_pylist()
    assert [(row["name"], row["n"]) for row in found] == [("c", 2), ("a", 1), ("b", 1)]
