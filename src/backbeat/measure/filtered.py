"""A lake in which only some customers exist: every metric and table then counts these, by the very same texts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from backbeat.build.kpis import kept_sql
from backbeat.build.windows import Window
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse

CUSTOMERS = "gold.known_customers"


@contextmanager
def only_customers(
    lake: Lakehouse, clock: Clock, window: Window, where: Mapping[str, Sequence[str]]
) -> Iterator[int | None]:
    """Show only customers whose slices over a window have one of the values of each filter; gives how many they are.

    They are those whom `kpis(where=…)` counts over the window. Without filters all are shown, and nobody counts them.
    """
    if not where:
        yield None
        return
    values = {f"where_{name}": [*kept] for name, kept in where.items()}
    lake.engine.keep("kept_customers", kept_sql(where), {**window.values(clock), **values})
    with lake.instead(CUSTOMERS, "kept_customers"):
        yield int(lake.rows(f"select count(*) as n from {CUSTOMERS}")[0]["n"])
