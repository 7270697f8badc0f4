"""The tables of a lake as they were published, to be compared with those of another."""

from collections.abc import Collection, Iterator
from typing import Any

SCORED_WHEN = frozenset({"gold.alerts", "gold.activity_scores", "ops.notifications"})
"""What these hold depends on when a run looked."""


def published(lake: Any, *, history: Collection[str], layers: Collection[str]) -> dict[str, list[str]]:
    """Each table of some layers as its sorted rows, without columns that tell the history of runs."""
    lake.show_published()
    names = [name for name in lake.house.names() if name not in SCORED_WHEN and name.partition(".")[0] in layers]
    return {name: sorted(map(repr, _rows(lake, name, history))) for name in names if lake.house.table(name).exists()}


def _rows(lake: Any, name: str, history: Collection[str]) -> Iterator[Any]:
    for row in lake.house.engine.native(f"select * from {name}").to_pylist():
        yield {column: value for column, value in row.items() if column not in history}
