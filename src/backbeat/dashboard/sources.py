"""Which relation a block reads: the published table, or the same table computed for the customers a filter keeps."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from backbeat import content
from backbeat.build.run import build_values
from backbeat.build.windows import Window, default_window
from backbeat.dashboard.filters import Filters
from backbeat.dashboard.reader import Edition, Reader
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.filtered import CUSTOMERS, only_customers
from backbeat.specs import Block, Table

COMPUTED = "computed_for_a_filter"
NOBODY = "Nobody is left after these filters."


@dataclass(frozen=True)
class Source:
    """A relation to read; without a name there is none to show, and the hint says why."""

    name: str | None
    hint: str | None = None


def obeyed_by_table(block: Block, columns: Collection[str]) -> set[str]:
    """The filters that a block over a table obeys."""
    table = content.tables().get(block.table or "")
    by_customer = set(content.slices()) if table and is_about_customers(table) else set()
    has_dates = content.date_column(columns) is not None or (table is not None and is_of_a_window(table))
    return by_customer | ({"dates"} if has_dates else set())


def is_about_customers(table: Table) -> bool:
    """Whether a table can be computed for some customers alone: its text asks who is known, and it is computed whole."""
    return table.made_from == "sql" and not table.partition and CUSTOMERS in content.reads(table.sql)


def is_of_a_window(table: Table) -> bool:
    """Whether a table is about one window rather than all of time."""
    return table.made_from == "sql" and "from" in content.parameters(table.sql)


@contextmanager
def shown_source(
    reader: Reader, edition: Edition, name: str, filters: Filters, window: Window | None
) -> Iterator[Source]:
    """The relation that answers for a table under filters, for as long as the block lasts."""
    stored = next((f"{layer}.{name}" for layer in ("gold", "ops") if f"{layer}.{name}" in edition.tables), None)
    table = content.tables().get(name)
    if (
        stored is None
        or window is None
        or table is None
        or not _has_to_be_computed(reader.house, edition, table, filters, window)
    ):
        yield Source(stored)
        return
    question = ("table", name, filters.where, window.first, window.last)
    found = reader.answer(question, lambda _: _computed(reader.house, edition, table, filters, window))
    if isinstance(found, str):
        yield Source(None, found)
        return
    with reader.house.engine.offered(COMPUTED, found):
        yield Source(COMPUTED)


def _computed(lake: Lakehouse, edition: Edition, table: Table, filters: Filters, window: Window) -> pa.Table | str:
    """The table of the customers that filters keep, else why it isn't shown."""
    with only_customers(lake, edition.clock, window, filters.by_slice) as kept:
        if kept is not None and kept < lake.config.min_group:
            return _too_few(lake, kept)
        values = {**build_values(lake, edition.clock), **window.values(edition.clock)}
        return lake.arrow(content.with_relations(table.sql), **values)


def _has_to_be_computed(lake: Lakehouse, edition: Edition, table: Table, filters: Filters, window: Window) -> bool:
    if filters.where and is_about_customers(table):
        return True
    as_of = edition.clock.as_of
    default = default_window(lake.config, as_of, edition.clock) if as_of else None
    is_stored = default is not None and (window.first, window.last) == (default.first, default.last)
    return is_of_a_window(table) and not is_stored


def _too_few(lake: Lakehouse, kept: int) -> str:
    if kept == 0:
        return NOBODY
    return f"Withheld: fewer than {lake.config.min_group} customers are left after these filters."
