"""A table of days is computed some days at a time, so that what it is grouped by fits in memory however long history is."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from backbeat.build.plan import inputs
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Table


@dataclass(frozen=True)
class Stretch:
    """Days from `first` on, before `end`, as YYYY-MM-DD; None is without a limit."""

    first: str | None
    end: str | None

    @property
    def is_part(self) -> bool:
        return bool(self.first or self.end)

    def holds(self, day: str) -> bool:
        return (self.first is None or day >= self.first) and (self.end is None or day < self.end)

    def of(self, column: str, sql: str) -> str:
        """The rows of a SELECT whose day lies in it."""
        limits = [f"{column} {than} date '{day}'" for than, day in ((">=", self.first), ("<", self.end)) if day]
        return f"select * from ({sql}) where {' and '.join(limits)}" if limits else sql


def shown_stretches(lake: Lakehouse, table: Table) -> Iterator[Stretch]:
    """The stretches that a whole table is computed in; while one is worked on its inputs are shown without other days.

    A table whose days depend on those around them is computed at once.
    """
    dated = {name: _rows_by_day(lake, name) for name in inputs(table) if lake.partition(name)}
    for stretch in stretches(sum(dated.values(), Counter()), None if table.margin_days else lake.engine.rows_at_once):
        for name, rows in dated.items():
            lake.show(name, dates={day for day in rows if stretch.holds(day)} if stretch.is_part else None)
        yield stretch


def stretches(rows_by_day: Mapping[str, int], limit: int | None) -> list[Stretch]:
    """All days that there are, in stretches of at most so many rows, or of one day that has more."""
    cuts, rows = [], 0
    for day in sorted(rows_by_day):
        if limit and rows and rows + rows_by_day[day] > limit:
            cuts.append(day)
            rows = 0
        rows += rows_by_day[day]
    return [Stretch(first, end) for first, end in pairwise([None, *cuts, None])]


def _rows_by_day(lake: Lakehouse, name: str) -> Counter[str]:
    column, rows = lake.partition(name), Counter[str]()
    for file in lake.table(name).files():
        rows[str(file.partition[str(column)])] += file.rows
    return rows
